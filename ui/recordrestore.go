package ui

import (
	"errors"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos/internal/object"
)

// restoreScreen asks whether to bring a version of a row back, says what that
// would change, and does it.
func restoreScreen(c *Ctx, o *object.Object) (Node, error) {
	id, err := rowParam(c)
	if err != nil {
		return nil, err
	}
	version, err := strconv.ParseInt(c.Query("version"), 10, 64)
	if err != nil || version < 1 {
		return nil, object.Errorf(object.NotFound, "there is no page at this address")
	}
	if !c.may(o, object.Update) {
		return nil, denied(o)
	}
	t := timeline{c: c, o: o, id: id}
	if err := t.read(); err != nil {
		return nil, err
	}
	back := rowURL(o, id) + "/history"
	crumbs := []Crumb{{c.plural(o), listURL(o)}}
	if !t.deleted {
		crumbs = append(crumbs, Crumb{t.name, rowURL(o, id)})
	}
	c.Crumbs(append(crumbs, Crumb{c.T("record.history"), back})...)

	var refused Node
	if c.Posted() {
		done, err := t.restore(version)
		if done {
			return c.RedirectTo(rowURL(o, id))
		}
		if refused, err = c.refusedRestore(o, err); err != nil {
			return nil, err
		}
	}
	preview, err := t.preview(version)
	if err != nil {
		return nil, err
	}
	n := strconv.FormatInt(version, 10)
	return Screen(c, c.T("restore.title", "n", n), Sub(c.singular(o)+" "+t.name), refused, Card("",
		h.Form(class("confirm"), h.Method("post"), h.Action(c.s.HTTP.URL.RequestURI()), csrfField(c),
			h.Input(h.Type("hidden"), h.Name("_version"), h.Value(strconv.FormatInt(t.version, 10))),
			preview,
			Row(LinkButton(back, c.T("cancel"), Outline), Button(c.T("restore"), Primary, Icon("rotate-ccw")))))), nil
}

func (t *timeline) restore(version int64) (done bool, err error) {
	c := t.c
	past, err := c.historian()
	if err != nil {
		return false, err
	}
	expected, _ := strconv.ParseInt(c.Posting("_version"), 10, 64) // without it the row changes as it is
	row := reflect.New(t.o.Record.Type)
	lost, err := past.Restore(c, t.o.Record.Type, t.id, version, expected, row.Interface())
	if err != nil {
		return false, err
	}
	c.Toast(OK, c.T("restore.done", "n", strconv.FormatInt(version, 10)), c.rowName(t.o, row.Elem()))
	if len(lost) > 0 {
		for i, column := range lost {
			if f := t.o.Record.Field(column); f != nil {
				lost[i] = c.fieldLabel(t.o, f)
			} else {
				lost[i] = object.Humanize(column)
			}
		}
		c.Toast(Warn, c.T("restore.lost", "name", strings.Join(lost, ", ")), "")
	}
	return true, nil
}

// refusedRestore says why the row stays as it is, when its values or the state
// of the data are the reason.
func (c *Ctx) refusedRestore(o *object.Object, err error) (Node, error) {
	var stale *object.Stale
	if errors.As(err, &stale) {
		c.SetStatus(http.StatusConflict)
		return Alert(Err, c.T("restore.refused"), c.T("record.stale")), nil
	}
	fault := object.AsError(err)
	switch {
	case errors.Is(err, object.Conflict):
		c.SetStatus(http.StatusConflict)
	case errors.Is(err, object.Invalid):
		c.SetStatus(http.StatusUnprocessableEntity)
	case errors.Is(err, object.Denied) && len(fault.Fields) > 0:
		c.SetStatus(http.StatusForbidden)
	default:
		return nil, err
	}
	var items []Node
	for _, fe := range fault.Fields {
		label := fe.Field
		if f := o.Record.Field(fe.Field); f != nil {
			label = c.fieldLabel(o, f)
		}
		items = append(items, h.Li(g.Text(label+": "+fe.Message)))
	}
	return Alert(Err, c.T("restore.refused"), c.sentence(fault.Public()), when(len(items) > 0, h.Ul(group(items)))), nil
}

// preview lists what the fields are and what they would be.
func (t *timeline) preview(version int64) (Node, error) {
	c := t.c
	past, err := c.historian()
	if err != nil {
		return nil, err
	}
	entries, _, err := past.History(c, t.o.Record.Type, &object.HistoryQuery{Row: t.id, Limit: object.MaxHistory})
	if err != nil {
		return nil, err
	}
	undone := object.HistoryEntry{Operation: "update"}
	at := map[string]int{}
	for _, e := range entries {
		if e.Version <= version {
			break
		}
		if e.Operation == "delete" || e.Operation == "create" {
			continue
		}
		for _, f := range e.Fields {
			i, seen := at[f.Column]
			if !seen {
				at[f.Column] = len(undone.Fields)
				undone.Fields = append(undone.Fields, object.FieldChange{Column: f.Column, Field: f.Field, Old: f.New, New: f.Old})
				continue
			}
			undone.Fields[i].New = f.Old
		}
	}
	all := []object.HistoryEntry{undone}
	if err := t.values(all); err != nil {
		return nil, err
	}
	var fields []Node
	for i := range all[0].Fields {
		f := &all[0].Fields[i]
		if f.Field != nil && !reflect.DeepEqual(f.Old, f.New) {
			fields = append(fields, t.change(&all[0], f))
		}
	}
	if fields == nil {
		return h.P(g.Text(c.T("restore.same"))), nil
	}
	return g.Group{h.P(g.Text(c.T("restore.text"))), h.Dl(class("ch-fields"), group(fields))}, nil
}
