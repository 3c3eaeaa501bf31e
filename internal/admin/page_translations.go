package admin

import (
	"cmp"
	"strings"

	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/ui"
)

// Translations is /admin/translations: the translation sets of all apps.
type Translations struct {
	appos.Returns[ui.Node]

	App string
}

// A setRow is a translation set with what is missing and changed in it.
type setRow struct {
	*object.Object
	languages        []string
	missing, changed int
}

func (k console) translations(c *ui.Ctx, _ Translations) (ui.Node, error) {
	d := k.deps()
	if c.Posting(do) == "clear" {
		return change(c, platform.ResetTranslation{Set: c.Posting("set"), Key: c.Posting("key"), Language: c.Posting("language")}, "The text is gone")
	}
	if err := d.Board.Refresh(c); err != nil {
		return nil, err
	}
	var rows []setRow
	for _, o := range d.objects() {
		if o.Translations == nil {
			continue
		}
		entries, languages := d.Texts.Entries(o)
		row := setRow{Object: o, languages: languages}
		for _, e := range entries {
			row.missing += e.Missing()
			for _, s := range e.Said {
				if s.Changed() {
					row.changed++
				}
			}
		}
		rows = append(rows, row)
	}
	number := func(n int) string {
		if n == 0 {
			return "–"
		}
		return c.Int(n)
	}
	return ui.Screen(c, titles.Translations.In(c),
		ui.Sub("The texts of the apps in every language. What is changed here shows at once, without a restart, on every node."),
		ui.Stack(d.leftTexts(c), ui.DataTable(c, ui.Table[setRow]{
			ID: "sets", Name: "translation sets", Rows: rows, Search: true,
			Filters: []ui.Filter{{Key: "app", Title: "App", Options: d.appOptions()}},
			Key:     func(r *setRow) string { return r.Ref },
			URL:     func(r *setRow) string { return c.URL(TranslationSet{Ref: r.Ref}) },
			Empty:   []ui.Node{muted("Apps declare them with appos.Translations.")},
			Columns: []ui.Column[setRow]{
				{Key: "set", Title: "Set", Main: true, Sort: true, Text: func(r *setRow) string { return r.Ref }},
				{Key: "app", Title: "App", Hidden: true, Sort: true, Text: func(r *setRow) string { return r.App.Name }},
				{Key: "languages", Title: "Languages", Text: func(r *setRow) string { return strings.Join(r.languages, ", ") }},
				{Key: "texts", Title: "Texts", Number: true, Sort: true, Text: func(r *setRow) string { return number(len(r.Translations.Keys)) },
					Compare: func(a, b *setRow) int { return cmp.Compare(len(a.Translations.Keys), len(b.Translations.Keys)) }},
				{Key: "missing", Title: "Missing", Number: true, Sort: true, Text: func(r *setRow) string { return number(r.missing) },
					Compare: func(a, b *setRow) int { return cmp.Compare(a.missing, b.missing) }},
				{Key: "changed", Title: "Changed", Number: true, Sort: true, Text: func(r *setRow) string { return number(r.changed) },
					Compare: func(a, b *setRow) int { return cmp.Compare(a.changed, b.changed) }},
			},
		}))), nil
}

// leftTexts are what was changed of texts that are gone.
func (d Deps) leftTexts(c *ui.Ctx) ui.Node {
	s := sheet{label: "Left over", columns: []string{"Text", "Language", "Said", "By", ""}}
	for _, x := range d.Texts.Stale("") {
		if o := d.registry().ByRef(x.Set); o != nil && o.Translations != nil && o.Translations.Texts[x.Key] != nil {
			continue // the page of the text shows it
		}
		name := object.TextName(x.Set, x.Key)
		s.rows = append(s.rows, []ui.Node{code(name), ui.Text(x.Language), ui.Text(shortened(x.Said, 60)), h.Span(userLink(c, x.By), ui.Text(" "+ago(c, d.Now(), x.At))),
			rowButton(c, "Clear away", "Clear away "+name+" in "+x.Language, ui.Outline, do, "clear", "set", x.Set, "key", x.Key, "language", x.Language)})
	}
	if s.rows == nil {
		return nil
	}
	return ui.FlushCard("Left of texts that are gone", s.node())
}
