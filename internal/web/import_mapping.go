package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/apposengine/appos/internal/exchange"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/ui"
)

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
