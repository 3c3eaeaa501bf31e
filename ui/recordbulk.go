package ui

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos/internal/object"
)

// What a derived list does with the rows that are selected.
const (
	bulkEditing  = "edit"
	bulkDeleting = "delete"
)

// bulk does something with the selected rows of a list, with all or with none,
// after asking what and whether.
func bulk(c *Ctx, o *object.Object) (Node, error) {
	if len(c.bulkFields(o)) == 0 && !c.may(o, object.Delete) {
		return nil, denied(o)
	}
	s := selected{back: c.s.HTTP.URL.RequestURI()}
	posted := c.posted()
	texts, again := posted["_sel"]
	if !again {
		texts = posted["sel"]
	}
	for _, text := range texts {
		if id, err := strconv.ParseInt(text, 10, 64); err == nil && len(s.ids) < maxPageSize {
			s.ids = append(s.ids, id)
		}
	}
	slices.Sort(s.ids) // two who change the same rows wait for each other in turn
	s.ids = slices.Compact(s.ids)
	var act func(*Ctx, *object.Object, selected) (Node, error)
	switch action := c.Posting("_bulk"); action {
	case bulkEditing:
		act = bulkEdit
	case bulkDeleting:
		act = bulkDelete
	default:
		return nil, object.Errorf(object.Invalid, "the list cannot %q rows", action)
	}
	if len(s.ids) == 0 {
		return c.RedirectTo(s.back)
	}
	c.Crumbs(Crumb{c.plural(o), listURL(o)})
	return act(c, o, s)
}

// selected are rows of a list.
type selected struct {
	ids  []int64
	back string // the list, as it was
}

// hidden repeats the selection for the next request. It is not called sel there: a
// form has its fields by their columns, and one may be called so.
func (s selected) hidden(action string) Node {
	return g.Group{h.Input(h.Type("hidden"), h.Name("_bulk"), h.Value(action)),
		g.Map(s.ids, func(id int64) Node {
			return h.Input(h.Type("hidden"), h.Name("_sel"), h.Value(strconv.FormatInt(id, 10)))
		})}
}

// names lists the rows, as far as the user sees them.
func (s selected) names(c *Ctx, o *object.Object) (Node, error) {
	ids := make([]any, len(s.ids))
	for i, id := range s.ids {
		ids[i] = id
	}
	rows, err := c.find(o, &object.Query{Where: []object.Cond{{Op: object.OpIn, Field: &o.Record.Fields[object.FieldID], Value: ids}}})
	if err != nil {
		return nil, err
	}
	return h.Ul(class("rowlist"), g.Map(rows, func(row reflect.Value) Node { return h.Li(g.Text(c.rowName(o, row))) })), nil
}

// each does one thing with every row, in a transaction of the database that they
// are in. With an error comes the row that it is about; one that is gone meanwhile,
// or out of the user's sight, is a Conflict: the others stay as they are.
func (s selected) each(c *Ctx, o *object.Object, do func(ctx context.Context, id int64) error) (at int64, err error) {
	tx := c.runtime().Tx
	if in := o.Record.StoredIn; in != nil {
		tx = func(ctx context.Context, f func(context.Context) error) error { return c.runtime().TxIn(ctx, in, f) }
	}
	err = tx(c, func(ctx context.Context) error {
		for _, id := range s.ids {
			if err := do(ctx, id); err != nil {
				at = id
				return err
			}
		}
		return nil
	})
	if errors.Is(err, object.NotFound) {
		err = object.Errorf(object.Conflict, "%s", object.AsError(err).Public())
	}
	return at, err
}

// bulkDelete deletes rows.
func bulkDelete(c *Ctx, o *object.Object, s selected) (Node, error) {
	if !c.may(o, object.Delete) {
		return nil, denied(o)
	}
	var refused Node
	if c.posted().Has("_confirm") {
		_, err := s.each(c, o, func(ctx context.Context, id int64) error { return c.runtime().Delete(ctx, o.Record.Type, id, 0) })
		if err == nil {
			c.Toast(OK, c.count("record.deleted.many", len(s.ids)), "")
			return c.RedirectTo(s.back)
		}
		if refused, err = c.refusedDelete(err); err != nil {
			return nil, err
		}
	}
	names, err := s.names(c, o)
	if err != nil {
		return nil, err
	}
	return confirm(c, o, c.count("record.delete.many", len(s.ids)), s.back, refused,
		s.hidden(bulkDeleting), h.Input(h.Type("hidden"), h.Name("_confirm"), h.Value("1")), names)
}

// bulkFields are those that many rows can have the same value of and that the user
// may change.
func (c *Ctx) bulkFields(o *object.Object) []*object.Field {
	if !c.may(o, object.Update) {
		return nil
	}
	var fields []*object.Field
	for i := range o.Record.Fields {
		if f := &o.Record.Fields[i]; !f.Unique && c.mayUpdate(f) {
			fields = append(fields, f)
		}
	}
	return fields
}

// bulkEdit gives one field of rows a value. Which field comes first: the control
// is drawn when it is chosen, by the next request.
func bulkEdit(c *Ctx, o *object.Object, s selected) (Node, error) {
	fields := c.bulkFields(o)
	if len(fields) == 0 {
		return nil, denied(o)
	}
	choices := []Option{{"", c.T("choose")}}
	var chosen []*object.Field
	texts := map[string]string{"_field": ""}
	for _, f := range fields {
		choices = append(choices, Option{f.Column, c.fieldLabel(o, f)})
		if f.Column == c.Posting("_field") {
			chosen = []*object.Field{f}
			texts[f.Column] = ""
		}
	}
	e := editor{c: c, o: o, row: reflect.New(o.Record.Type).Elem(), form: NewForm(c, o.Name, texts)}
	drawn := len(chosen) == 1 && c.Posting("_drawn") == chosen[0].Column
	if drawn {
		values := e.parse(chosen)
		if e.form.Submitted() && e.form.Valid() {
			saved, err := e.saveAll(s, values)
			if err != nil || saved {
				return nil, err
			}
		}
	} else if e.form.Submitted() {
		e.form.Check("_field", len(chosen) == 1, c.T("choose"))
	}
	return e.drawAll(s, choices, chosen)
}

// saveAll stores the values in every row, as save does in one.
func (e *editor) saveAll(s selected, values map[*object.Field]reflect.Value) (saved bool, err error) {
	c, t := e.c, e.o.Record.Type
	at, err := s.each(c, e.o, func(ctx context.Context, id int64) error {
		p := reflect.New(t)
		return c.runtime().Update(ctx, t, id, 0, p.Interface(), func() error {
			fill(p.Elem(), values)
			return nil
		})
	})
	if err == nil {
		c.Toast(OK, c.count("record.changed.many", len(s.ids)), "")
		_, _ = c.RedirectTo(s.back)
		return true, nil
	}
	if err := e.refuse(err); err != nil {
		return false, err
	}
	if row, missing := c.load(e.o, at); missing == nil {
		e.form.Fault(c.T("record.change.refused", "name", c.rowName(e.o, row)))
	} else if !errors.Is(missing, object.NotFound) {
		return false, missing
	}
	return false, nil
}

// drawAll is the form of bulkEdit.
func (e *editor) drawAll(s selected, choices []Option, chosen []*object.Field) (Node, error) {
	c := e.c
	list, err := s.names(c, e.o)
	if err != nil {
		return nil, err
	}
	controls := []Node{e.form.Select("_field", c.T("record.change.field"), Field{Required: true}, choices...)}
	save := c.T("continue")
	for _, f := range chosen {
		control, err := e.control(f, names{})
		if err != nil {
			return nil, err
		}
		controls = append(controls, control, h.Input(h.Type("hidden"), h.Name("_drawn"), h.Value(f.Column)))
		save = c.count("record.change.many", len(s.ids))
	}
	return Screen(c, c.count("record.change.many", len(s.ids)), e.form.Node(s.hidden(bulkEditing),
		Card("", h.Div(class("fields"), group(controls))),
		Card("", h.P(g.Text(c.T("record.change.text"))), list),
		Footer(LinkButton(s.back, c.T("cancel"), Outline), Save(c, save)))), nil
}
