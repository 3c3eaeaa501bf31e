package admin

import (
	"slices"
	"strconv"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/exchange"
	"github.com/apposengine/appos/ui"
)

// Imports is /admin/imports: what was imported into records, and what is under way.
type Imports struct{ appos.Returns[ui.Node] }

// shownImports is how many imports of a database are shown, the latest.
const shownImports = 500

func (k console) imports(c *ui.Ctx, _ Imports) (ui.Node, error) {
	d := k.deps()
	var all []exchange.Job
	for _, s := range d.Engine.Stores() {
		jobs, err := exchange.Jobs(c, s.DB, shownImports)
		if err != nil {
			return nil, err
		}
		for _, j := range jobs {
			all = append(all, *j)
		}
	}
	slices.SortStableFunc(all, func(a, b exchange.Job) int { return b.StartedAt.Compare(a.StartedAt) })
	table := ui.DataTable(c, ui.Table[exchange.Job]{
		ID: "imports", Name: "imports", One: "import", Rows: all, Search: true,
		Key: func(j *exchange.Job) string { return j.Record + "-" + strconv.FormatInt(j.ID, 10) },
		URL: d.importURL,
		Columns: []ui.Column[exchange.Job]{
			{Key: "started", Title: "Began", Text: func(j *exchange.Job) string { return c.Time(j.StartedAt) }},
			{Key: "file", Title: "File", Main: true, Text: func(j *exchange.Job) string { return j.Name }},
			{Key: "record", Title: "Record", Cell: func(j *exchange.Job) ui.Node { return d.reference(c, j.Record) }},
			{Key: "user", Title: "By", Cell: func(j *exchange.Job) ui.Node { return userLink(c, j.User) }},
			{Key: "state", Title: "State", Cell: func(j *exchange.Job) ui.Node { return d.importBadge(j) }},
			jobCount(c, "created", "Created", func(j *exchange.Job) int64 { return j.Created }),
			jobCount(c, "updated", "Updated", func(j *exchange.Job) int64 { return j.Updated }),
			jobCount(c, "unchanged", "Unchanged", func(j *exchange.Job) int64 { return j.Unchanged }),
			jobCount(c, "failed", "Wrong", func(j *exchange.Job) int64 { return j.Failed }),
			{Key: "message", Title: "Why", Hidden: true, Text: func(j *exchange.Job) string { return shortened(j.Message, 120) }},
		},
	})
	for i := range all {
		if all[i].State == exchange.Running && !all[i].Resumable(d.Now()) {
			table = ui.Stack(table, ui.Poll(c, 3))
			break
		}
	}
	return ui.Screen(c, titles.Imports.In(c), ui.Sub("Files that became rows, newest first. The page of an import has its report, and goes on with one that was cut off."), table), nil
}

func jobCount(c *ui.Ctx, key, title string, of func(*exchange.Job) int64) ui.Column[exchange.Job] {
	return ui.Column[exchange.Job]{Key: key, Title: title, Number: true, Text: func(j *exchange.Job) string { return c.Int(int(of(j))) }}
}

// importURL is the page of an import in its app.
func (d Deps) importURL(j *exchange.Job) string {
	o := d.registry().ByRef(j.Record)
	if o == nil || o.Record == nil {
		return ""
	}
	return "/" + o.App.Name + "/" + o.Record.Path + "/import?job=" + strconv.FormatInt(j.ID, 10)
}

func (d Deps) importBadge(j *exchange.Job) ui.Node {
	switch {
	case j.State == exchange.Running && j.Resumable(d.Now()):
		return ui.Badge("cut off", ui.Warn)
	case j.State == exchange.Running:
		return ui.Badge("running", ui.Info)
	case j.State == exchange.Done && j.Options.DryRun:
		return ui.Badge("checked", ui.Muted)
	case j.State == exchange.Done:
		return ui.Badge("done", ui.OK)
	case j.State == exchange.Refused:
		return ui.Badge("refused", ui.Err)
	case j.State == exchange.Failed:
		return ui.Badge("stopped", ui.Err)
	}
	return ui.Badge(string(j.State), ui.Warn)
}
