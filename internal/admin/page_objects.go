package admin

import (
	"cmp"
	"strings"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/metrics"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/ui"
)

// Objects is /admin/objects: everything that is declared.
type Objects struct {
	appos.Returns[ui.Node]

	Kind string // the title of a kind, such as "Rule"
	App  string
}

// An objectRow is an object with its figures of a day.
type objectRow struct {
	*object.Object
	day metrics.Summary
}

func (k console) objects(c *ui.Ctx, _ Objects) (ui.Node, error) {
	d := k.deps()
	rows := make([]objectRow, 0, len(d.registry().Objects))
	for _, o := range d.objects() {
		rows = append(rows, objectRow{o, d.Metrics.Summary(o.Index, metrics.Day)})
	}
	return ui.Screen(c, titles.Objects.In(c),
		ui.Sub("Everything that the apps declare, with its figures of the last 24 hours."),
		ui.DataTable(c, ui.Table[objectRow]{
			ID: "objects", Name: "objects", Rows: rows, Search: true,
			Filters: []ui.Filter{{Key: "app", Title: "App", Options: d.appOptions()}, {Key: "kind", Title: "Kind", Options: d.kindOptions()}},
			Key:     func(o *objectRow) string { return o.Ref },
			URL:     func(o *objectRow) string { return c.URL(Object{Ref: o.Ref}) },
			Columns: []ui.Column[objectRow]{
				{Key: "object", Title: "Object", Main: true, Sort: true, Text: func(o *objectRow) string { return o.Ref }},
				{Key: "kind", Title: "Kind", Sort: true, Text: func(o *objectRow) string { return o.Kind.Title() }},
				{Key: "app", Title: "App", Hidden: true, Sort: true, Text: func(o *objectRow) string { return o.App.Name }},
				{Key: "groups", Title: "Open to", Cell: func(o *objectRow) ui.Node { return d.openTo(c, o.Object) }},
				{Key: "source", Title: "Source", Text: func(o *objectRow) string { return o.Source.String() }, Cell: func(o *objectRow) ui.Node { return code(shortSource(o.Source)) }},
				{Key: "calls", Title: "Calls", Number: true, Sort: true, Text: func(o *objectRow) string { return count(c, o.day.Count) },
					Compare: func(a, b *objectRow) int { return cmp.Compare(a.day.Count, b.day.Count) }},
				{Key: "errors", Title: "Errors", Number: true, Sort: true, Text: func(o *objectRow) string { return count(c, o.day.Errors) },
					Compare: func(a, b *objectRow) int { return cmp.Compare(a.day.Errors, b.day.Errors) }},
				{Key: "p95", Title: "p95", Number: true, Sort: true, Text: func(o *objectRow) string { return took(c, o.day.P95) },
					Compare: func(a, b *objectRow) int { return cmp.Compare(a.day.P95, b.day.P95) }},
			},
		})), nil
}

// openTo names the groups that have something on the object.
func (d Deps) openTo(c *ui.Ctx, o *object.Object) ui.Node {
	grants, err := d.Security.Permissions().GrantsOf(c, o.Ref)
	if err != nil {
		return muted("not known")
	}
	var names []string
	for _, x := range grants {
		if x.Permissions != 0 {
			names = append(names, x.Group)
		}
	}
	if len(names) == 0 {
		return muted("nobody")
	}
	return ui.Text(some(names, 2))
}

// shortSource is file and line without the folders that all apps share.
func shortSource(s object.Source) string {
	text := s.String()
	if _, after, ok := strings.Cut(text, "apps/"); ok {
		return after
	}
	return text
}

func count(c *ui.Ctx, n uint64) string {
	if n == 0 {
		return "–"
	}
	return c.Int(int(n))
}
