package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/apposengine/appos/internal/exchange"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
	"github.com/apposengine/appos/ui"
)

func (is *importScreen) at(job int64, file string) string {
	return is.path + "?" + url.Values{"job": {strconv.FormatInt(job, 10)}, "file": {file}}.Encode()
}

// begin runs an import as the user of the request. The file goes when its rows
// are stored.
func (is *importScreen) begin(r *http.Request, im *exchange.Import, done func()) {
	user := object.FrameOf(r.Context()).Exec.User
	is.site.jobs.start(func(ctx context.Context) context.Context { return is.site.engine.Begin(ctx, user, "") }, im, func(j exchange.Job) {
		if j.State == exchange.Done && !j.Options.DryRun {
			done()
		}
	})
}

// job is the import that the address names; others' are as if there were none.
func (is *importScreen) job(r *http.Request) (*exchange.Job, error) {
	id, err := strconv.ParseInt(r.FormValue("job"), 10, 64)
	if err != nil {
		return nil, object.Errorf(object.NotFound, "there is no such import")
	}
	var job *exchange.Job
	err = is.site.engine.With(r.Context(), is.o, object.Create, func(p *record.Plan, _ *record.Access) (err error) {
		job, err = exchange.Find(r.Context(), p.DB(), id)
		return err
	})
	if err != nil {
		return nil, err
	}
	who := identityOf(r).user
	if job.Record != is.o.Ref || job.User != who.Name && who.Type != object.SystemAdmin {
		return nil, object.Errorf(object.NotFound, "there is no import %d", id)
	}
	return job, nil
}

// progress shows how far an import is, or how it ended.
func (is *importScreen) progress(c *ui.Ctx, j *exchange.Job) ui.Node {
	tone, title := ui.Info, c.T("import.running")
	running := j.State == exchange.Running && !j.Resumable(is.site.Now())
	switch {
	case running:
	case j.State == exchange.Done && j.Options.DryRun:
		title = c.T("import.checked")
	case j.State == exchange.Done:
		tone, title = ui.OK, c.T("import.done")
	case j.State == exchange.Refused:
		tone, title = ui.Err, c.T("import.refused")
	default:
		tone, title = ui.Warn, c.T("import.stopped")
	}
	if tone == ui.OK && j.Failed > 0 {
		tone = ui.Warn
	}
	id := strconv.FormatInt(j.ID, 10)
	var actions []ui.Node
	if j.Resumable(is.site.Now()) {
		actions = append(actions, ui.PostButton(c, is.path, c.T("import.resume"), ui.Primary, "do", "resume", "job", id))
	}
	if running && j.Options.OnError == exchange.Continue && !j.Options.DryRun {
		actions = append(actions, ui.PostButton(c, is.path, c.T("import.cancel"), ui.Outline, "do", "cancel", "job", id))
	}
	if file := c.Query("file"); !running && file != "" && (j.Options.DryRun || j.State == exchange.Refused) {
		actions = append(actions, ui.LinkButton(is.path+"?file="+url.QueryEscape(file), c.T("import.columns"), ui.Primary))
	}
	if !running {
		actions = append(actions, ui.LinkButton(is.path, c.T("import.again"), ui.Outline))
	}
	faults := readFaults(exchange.ReportPath(is.site.importDir(), j), 100)
	if len(faults) > 0 {
		actions = append(actions, ui.Download(is.path+"/report?job="+id, c.T("import.report")))
	}
	number := func(n int64) ui.Node { return ui.Text(c.Int(int(n))) }
	var bar ui.Node
	if percent, ok := is.site.jobs.percent(j); ok && running {
		bar = ui.Progress(title, percent, 100)
	}
	parts := []ui.Node{
		ui.Alert(tone, title, j.Message), bar,
		ui.Card(j.Name, ui.KV(
			ui.Pair{Label: c.T("import.created"), Value: number(j.Created)}, ui.Pair{Label: c.T("import.updated"), Value: number(j.Updated)},
			ui.Pair{Label: c.T("import.unchanged"), Value: number(j.Unchanged)}, ui.Pair{Label: c.T("import.failed"), Value: number(j.Failed)}),
			ui.Row(actions...)),
	}
	if running {
		parts = append(parts, ui.Poll(c, 2))
	}
	if len(faults) > 0 {
		parts = append(parts, ui.DataTable(c, ui.Table[exchange.Fault]{
			ID: "faults", Name: c.T("import.faults"), Rows: faults, Size: 100,
			Columns: []ui.Column[exchange.Fault]{
				{Key: "line", Title: c.T("import.line"), Number: true, Text: func(f *exchange.Fault) string { return strconv.Itoa(f.Line) }},
				{Key: "field", Title: c.T("import.field"), Main: true, Text: func(f *exchange.Fault) string { return f.Field }},
				{Key: "message", Title: c.T("import.message"), Text: func(f *exchange.Fault) string { return f.Message }},
			},
		}))
	}
	return ui.Stack(parts...)
}

func (is *importScreen) resume(c *ui.Ctx, w http.ResponseWriter, r *http.Request) error {
	job, err := is.job(r)
	if err != nil {
		return err
	}
	im, err := exchange.Resume(r.Context(), is.site.importConfig(r.Context(), is.o, "", ""), job)
	if err != nil {
		return err
	}
	path := job.File
	is.begin(r, im, func() { (&upload{path: path}).remove() })
	node, err := c.RedirectTo(is.at(job.ID, ""))
	if err != nil {
		return err
	}
	return c.Respond(w, node)
}

// cancel stops an import after its batch.
func (is *importScreen) cancel(c *ui.Ctx, w http.ResponseWriter, r *http.Request) error {
	job, err := is.job(r)
	if err != nil {
		return err
	}
	err = is.site.engine.With(r.Context(), is.o, object.Create, func(p *record.Plan, _ *record.Access) error {
		return exchange.Cancel(r.Context(), p.DB(), job.ID)
	})
	if err != nil && !errors.Is(err, object.Conflict) { // it may have ended meanwhile
		return err
	}
	node, err := c.RedirectTo(is.at(job.ID, ""))
	if err != nil {
		return err
	}
	return c.Respond(w, node)
}
