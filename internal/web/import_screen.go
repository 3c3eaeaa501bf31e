package web

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/apposengine/appos/internal/exchange"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/ui"
)

// importScreen is the page on which a file becomes rows: upload, columns, check,
// progress. Its state is the address: file, then job.
type importScreen struct {
	site *Site
	o    *object.Object
	path string
}

// importRoutes are the pages of a record's import, unless the app has a page there.
func (s *Site) importRoutes(o *object.Object, taken map[string]bool) []Route {
	is := &importScreen{s, o, "/" + o.App.Name + "/" + o.Record.Path + "/import"}
	if taken[is.path] {
		return nil
	}
	route := func(method, path string, h handler) Route {
		return Route{Method: method, Path: path, Object: o, Permission: object.Create, handle: is.signedIn(h)}
	}
	upload := route("POST", is.path, is.post)
	upload.Upload = true
	return []Route{route("GET", is.path, is.get), upload, route("GET", is.path+"/report", is.report)}
}

// signedIn sends those away who are nobody or may not create rows.
func (is *importScreen) signedIn(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if who := identityOf(r); who.session == nil {
			return errSignIn(who)
		}
		if err := is.site.engine.Permit(r.Context(), is.o, object.Create); err != nil {
			return err
		}
		return h(w, r)
	}
}

func (is *importScreen) ctx(r *http.Request) *ui.Ctx {
	return ui.NewCtx(r.Context(), is.site.uiRequest(r, identityOf(r), is.o.App))
}

func (is *importScreen) frame(c *ui.Ctx, parts ...ui.Node) ui.Node {
	title, name := ui.PluralOf(c, is.o)
	c.Crumbs(ui.Crumb{Label: title, URL: "/" + is.o.App.Name + "/" + is.o.Record.Path})
	return ui.Screen(c, c.T("import.title", "name", name), parts...)
}

func (is *importScreen) get(w http.ResponseWriter, r *http.Request) error {
	c := is.ctx(r)
	var node ui.Node
	var err error
	switch {
	case c.Query("job") != "":
		var job *exchange.Job
		if job, err = is.job(r); err == nil {
			node = is.progress(c, job)
		}
	case c.Query("file") != "":
		node, err = is.columns(c, r)
	default:
		node = is.choose(c)
	}
	if err != nil {
		return err
	}
	return c.Respond(w, is.frame(c, node))
}

func (is *importScreen) choose(c *ui.Ctx) ui.Node {
	return ui.UploadForm(c, is.path, c.T("import.file"), c.T("import.file.hint"), ".csv,.tsv,.txt,.json,.ndjson,.jsonl", c.T("import.send"))
}

func (is *importScreen) post(w http.ResponseWriter, r *http.Request) error {
	media, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if media == "multipart/form-data" {
		return is.receive(w, r, params["boundary"])
	}
	if err := readForm(r); err != nil {
		return err
	}
	c := is.ctx(r)
	var node ui.Node
	var err error
	switch r.PostForm.Get("do") {
	case "resume":
		return is.resume(c, w, r)
	case "cancel":
		return is.cancel(c, w, r)
	case "check", "run":
		node, err = is.run(c, r, r.PostForm.Get("do") == "check")
	default:
		err = object.Errorf(object.Invalid, "the form asks for nothing that is known")
	}
	if err != nil {
		return err
	}
	if node != nil {
		node = is.frame(c, node)
	}
	return c.Respond(w, node)
}

// receive keeps the file that a form sends. The form's token comes before it.
func (is *importScreen) receive(w http.ResponseWriter, r *http.Request, boundary string) error {
	who := identityOf(r)
	mr := multipart.NewReader(r.Body, boundary)
	token := r.Header.Get(csrfHeader)
	for {
		part, err := mr.NextPart()
		if err != nil {
			return with(http.StatusBadRequest, object.Invalid, "the form cannot be read: %w", err)
		}
		switch part.FormName() {
		case csrfField:
			var b [256]byte
			n, _ := io.ReadFull(part, b[:]) // a token that is cut off is not valid
			token = string(b[:n])
		case "file":
			if !security.VerifyCSRF(who.token, token) && !who.bearer {
				is.site.denied(r, who, "csrf", "the request carries no valid CSRF token")
				return with(http.StatusForbidden, object.Denied, "the request carries no valid CSRF token; reload the page and try again")
			}
			up, err := is.site.uploads().save(who.user.Name, part)
			if err == nil {
				up.name, up.contentType = part.FileName(), part.Header.Get("Content-Type")
				err = is.site.uploads().note(up, nil)
			}
			if err != nil {
				return is.site.refusedUpload(err)
			}
			c := is.ctx(r)
			node, err := c.RedirectTo(is.path + "?file=" + up.id)
			if err != nil {
				return err
			}
			return c.Respond(w, node)
		}
	}
}

// file is the upload that the address or the form names.
func (is *importScreen) file(r *http.Request, id string) (*upload, exchange.Options, error) {
	up, ok := is.site.uploads().find(id, identityOf(r).user.Name)
	if !ok {
		return nil, exchange.Options{}, object.Errorf(object.NotFound, "the file is not kept any more; upload it again")
	}
	o, err := importOptions(url.Values{}, up)
	if err != nil { // a file of an odd name and type is most likely CSV
		o = exchange.Options{Format: exchange.CSV, Map: map[string]string{}}
	}
	return up, o, nil
}

// columns is the step in which the columns find their fields.
func (is *importScreen) columns(c *ui.Ctx, r *http.Request) (ui.Node, error) {
	up, o, err := is.file(r, c.Query("file"))
	if err != nil {
		return nil, err
	}
	view, err := exchange.Look(r.Context(), is.site.importConfig(r.Context(), is.o, up.path, up.name), o)
	if errors.Is(err, object.Invalid) {
		c.SetStatus(http.StatusUnprocessableEntity)
		return ui.Stack(ui.Alert(ui.Err, up.name, saying(err)), is.choose(c)), nil
	}
	if err != nil {
		return nil, err
	}
	return is.mapping(c, up, view, nil, r.PostForm), nil
}

// saying is what is wrong with a file, column by column.
func saying(err error) string {
	e := object.AsError(err)
	text := e.Public()
	for i, f := range e.Fields {
		sep := "; "
		if i == 0 {
			sep = ": "
		}
		text += sep + f.Field + " " + f.Message
	}
	return text
}

func (is *importScreen) mapping(c *ui.Ctx, up *upload, view *exchange.Preview, above ui.Node, posted url.Values) ui.Node {
	value := func(name, otherwise string) string {
		if posted.Has(name) {
			return posted.Get(name)
		}
		return otherwise
	}
	fields := []ui.Option{{Value: "-", Label: c.T("import.skip")}}
	for _, name := range view.Fields {
		fields = append(fields, ui.Option{Value: name, Label: name})
	}
	var columns []ui.Node
	for i, col := range view.Columns {
		name := "c" + strconv.Itoa(i)
		label := col.Name
		if len(col.Samples) > 0 {
			label += " (" + strings.Join(col.Samples[:min(len(col.Samples), 3)], ", ") + ")"
		}
		columns = append(columns, ui.Chooser(c, name, label, value(name, col.Target), fields...))
	}
	upsert := []ui.Option{{Value: "", Label: c.T("import.upsert.none")}}
	if is.site.engine.Allowed(c, is.o, object.Update) && is.site.engine.Allowed(c, is.o, object.View) {
		for _, f := range view.Uniques {
			upsert = append(upsert, ui.Option{Value: f.Column, Label: c.T("import.upsert.by", "name", f.Column)})
		}
	}
	return ui.Stack(above, ui.PlainForm(c, is.path,
		ui.Hidden("file", up.id),
		ui.Fields(c.T("import.columns"), c.T("import.columns.hint"), columns...),
		ui.Fields(c.T("import.options"), up.name,
			ui.Chooser(c, "upsert", c.T("import.upsert"), value("upsert", ""), upsert...),
			ui.Chooser(c, "on_error", c.T("import.errors"), value("on_error", string(exchange.Stop)),
				ui.Option{Value: string(exchange.Stop), Label: c.T("import.stop")}, ui.Option{Value: string(exchange.Continue), Label: c.T("import.continue")})),
		ui.Footer(ui.Named(ui.Outline, "do", "check", c.T("import.check")), ui.Named(ui.Primary, "do", "run", c.T("import.run")))))
}

// run checks the file, or begins to import it.
func (is *importScreen) run(c *ui.Ctx, r *http.Request, check bool) (ui.Node, error) {
	up, o, err := is.file(r, r.PostForm.Get("file"))
	if err != nil {
		return nil, err
	}
	cfg := is.site.importConfig(r.Context(), is.o, up.path, up.name)
	view, err := exchange.Look(r.Context(), cfg, o)
	if err != nil {
		return nil, err
	}
	for i, col := range view.Columns {
		if target := r.PostForm.Get("c" + strconv.Itoa(i)); target != "" {
			o.Map[col.Name] = target
		}
	}
	o.Upsert, o.OnError, o.DryRun = r.PostForm.Get("upsert"), exchange.OnError(r.PostForm.Get("on_error")), check
	im, err := exchange.New(r.Context(), cfg, o)
	if errors.Is(err, object.Invalid) {
		c.SetStatus(http.StatusUnprocessableEntity)
		return is.mapping(c, up, view, ui.Alert(ui.Err, c.T("import.refused"), saying(err)), r.PostForm), nil
	}
	if err != nil {
		return nil, err
	}
	id := im.Job().ID // from here on the import belongs to its goroutine
	is.begin(r, im, up.remove)
	return c.RedirectTo(is.at(id, up.id))
}

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

// report answers with all that is wrong with a file, as CSV.
func (is *importScreen) report(w http.ResponseWriter, r *http.Request) error {
	job, err := is.job(r)
	if err != nil {
		return err
	}
	f, err := os.Open(exchange.ReportPath(is.site.importDir(), job))
	if errors.Is(err, os.ErrNotExist) {
		return object.Errorf(object.NotFound, "import %d has no report", job.ID)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	w.Header().Set("Content-Type", exchange.CSV.ContentType())
	w.Header().Set("Content-Disposition", `attachment; filename="import-`+strconv.FormatInt(job.ID, 10)+`.csv"`)
	out := csv.NewWriter(w)
	_ = out.Write([]string{"line", "field", "rule", "message"}) // Flush has the error
	eachFault(f, func(fault exchange.Fault) bool {
		return out.Write([]string{strconv.Itoa(fault.Line), exchange.Guard(fault.Field), fault.Rule, exchange.Guard(fault.Message)}) == nil
	})
	out.Flush()
	return nil
}

// readFaults reads the beginning of a report.
func readFaults(path string, most int) (all []exchange.Fault) {
	f, err := os.Open(path)
	if err != nil {
		return nil // there is none
	}
	defer f.Close()
	eachFault(f, func(fault exchange.Fault) bool {
		all = append(all, fault)
		return len(all) < most
	})
	return all
}

// eachFault calls use for the entries of a report, until it says no.
func eachFault(f *os.File, use func(exchange.Fault) bool) {
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var fault exchange.Fault
		if json.Unmarshal(lines.Bytes(), &fault) == nil && !use(fault) {
			return
		}
	}
}
