package ui

import (
	"errors"
	"reflect"
	"slices"
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos/internal/object"
)

// historyRows is how many changes a page of a history has.
const historyRows = 25

// historyScreen is the derived page of who changed what in a row, newest first.
func historyScreen(c *Ctx, o *object.Object) (Node, error) {
	id, err := rowParam(c)
	if err != nil {
		return nil, err
	}
	t := timeline{c: c, o: o, id: id}
	if err := t.read(); err != nil {
		return nil, err
	}
	crumbs := []Crumb{{c.plural(o), listURL(o)}}
	if !t.deleted {
		crumbs = append(crumbs, Crumb{t.name, rowURL(o, id)})
	}
	c.Crumbs(crumbs...)
	var notice Node
	if t.deleted && o.Record.SoftDeleted {
		notice = Alert(Warn, c.T("history.deleted"), "")
	} else if t.deleted {
		notice = Alert(Warn, c.T("history.gone"), "")
	}
	return Screen(c, c.T("history.title", "name", t.name), Sub(c.singular(o)), notice, FlushCard("", t.filters(), t.node(), t.pager())), nil
}

// timeline is a page of a row's history.
type timeline struct {
	c       *Ctx
	o       *object.Object
	id      int64
	name    string // of the row
	deleted bool
	version int64 // that the row has
	entries []object.HistoryEntry
	next    int64
	people  []string // who changed the row, by name
	scratch map[*object.FieldChange][2]reflect.Value
	refs    names
}

func (c *Ctx) historian() (object.Historian, error) {
	if past, ok := c.runtime().(object.Historian); ok {
		return past, nil
	}
	return nil, object.Errorf(object.Dispatch, "this server keeps no history")
}

func (t *timeline) read() error {
	c, o := t.c, t.o
	past, err := c.historian()
	if err != nil {
		return err
	}
	row, err := c.load(o, t.id)
	switch {
	case err == nil:
		t.name = c.rowName(o, row)
		t.version = row.FieldByIndex(o.Record.Fields[object.FieldVersion].Index).Int()
	case errors.Is(err, object.NotFound):
		t.deleted, t.name = true, "#"+strconv.FormatInt(t.id, 10)
	default:
		return err
	}
	all, _, err := past.History(c, o.Record.Type, &object.HistoryQuery{Row: t.id, Limit: object.MaxHistory})
	if err != nil {
		return err
	}
	for i := range all {
		if !slices.Contains(t.people, all[i].By) {
			t.people = append(t.people, all[i].By)
		}
	}
	slices.Sort(t.people)
	if t.deleted && len(all) > 0 {
		t.version = all[0].Version
		for i := range all[0].Fields { // of a deletion it has the name
			if f := &all[0].Fields[i]; f.Field == o.Record.DisplayField() && f.Field.Kind == object.FieldText {
				t.name, _ = f.Old.(string)
			}
		}
	}
	q := object.HistoryQuery{Row: t.id, By: c.Query("by"), Limit: historyRows}
	if column := c.Query("field"); column != "" {
		f := o.Record.Field(column)
		if f == nil || f.System || !c.mayView(f) {
			return object.Errorf(object.Invalid, "the history cannot be filtered by the field %q", column)
		}
		q.Fields = []*object.Field{f}
	}
	q.Before, _ = strconv.ParseInt(c.Query("before"), 10, 64) // what is no place is the first page
	q.Before = max(q.Before, 0)
	if t.entries, t.next, err = past.History(c, o.Record.Type, &q); err != nil {
		return err
	}
	return t.values(t.entries)
}

// values puts the values of the entries into rows of their own, as cells are
// drawn from rows, and finds the names of those that are referred to.
func (t *timeline) values(entries []object.HistoryEntry) error {
	t.scratch, t.refs = map[*object.FieldChange][2]reflect.Value{}, names{}
	var rows []reflect.Value
	var fields []*object.Field
	for i := range entries {
		for j := range entries[i].Fields {
			change := &entries[i].Fields[j]
			if change.Field == nil {
				continue
			}
			pair := [2]reflect.Value{t.row(change.Field, change.Old), t.row(change.Field, change.New)}
			t.scratch[change] = pair
			if change.Field.Kind == object.FieldRef && !slices.Contains(fields, change.Field) {
				fields = append(fields, change.Field)
			}
			for _, row := range pair {
				if row.IsValid() && change.Field.Kind == object.FieldRef {
					rows = append(rows, row)
				}
			}
		}
	}
	return t.c.resolve(t.refs, fields, rows)
}

// row is a row with nothing but the value in it; invalid for none, and for what
// the field cannot hold any more.
func (t *timeline) row(f *object.Field, v any) reflect.Value {
	if v == nil || reflect.TypeOf(v) != f.Type {
		return reflect.Value{}
	}
	row := reflect.New(t.o.Record.Type).Elem()
	set(row.FieldByIndex(f.Index), reflect.ValueOf(v))
	return row
}

// filters narrow the history to a field and a person.
func (t *timeline) filters() Node {
	c := t.c
	path := c.s.HTTP.URL.Path
	field := Filter{Key: "field", Title: c.T("history.field")}
	for _, f := range c.viewable(t.o.Record) {
		field.Options = append(field.Options, Option{f.Column, c.fieldLabel(t.o, f)})
	}
	by := Filter{Key: "by", Title: c.T("history.by")}
	for _, name := range t.people {
		by.Options = append(by.Options, Option{name, c.person(name)})
	}
	return h.Form(class("dt-bar"), h.Method("get"), h.Action(path), h.Role("search"), h.Aria("label", c.T("history.filter")), hxSearch(path),
		filterControl(c, field, c.Query("field")), filterControl(c, by, c.Query("by")),
		when(c.Query("field")+c.Query("by") != "", anchor(path, "btn ghost sm", Icon("x"), h.Span(g.Text(c.T("table.reset.short"))))),
		noScript(h.Button(h.Type("submit"), class("btn outline sm"), g.Text(c.T("table.apply")))))
}

func (t *timeline) node() Node {
	c := t.c
	if len(t.entries) == 0 {
		if c.Query("field")+c.Query("by") != "" {
			return EmptyState("history", c.T("history.none"), c.T("history.none.filtered"))
		}
		return EmptyState("history", c.T("history.none"), c.T("history.none.text"))
	}
	var items []Node
	for i := range t.entries {
		items = append(items, t.entry(&t.entries[i]))
	}
	return h.Ol(class("changes"), group(items))
}

func (t *timeline) pager() Node {
	c := t.c
	if t.next == 0 && c.Query("before") == "" {
		return nil
	}
	return h.Div(class("dt-foot"), h.Span(class("grow")), h.Nav(class("pager"), h.Aria("label", c.T("pages")),
		when(c.Query("before") != "", LinkButton(c.With("before", ""), c.T("history.newest"), Outline)),
		when(t.next != 0, LinkButton(c.With("before", strconv.FormatInt(t.next, 10)), c.T("history.older"), Outline))))
}

// entry is one save: who, what, when, and the way back to it.
func (t *timeline) entry(e *object.HistoryEntry) Node {
	c := t.c
	who := c.person(e.By)
	var fields []Node
	for i := range e.Fields {
		fields = append(fields, t.change(e, &e.Fields[i]))
	}
	version := strconv.FormatInt(e.Version, 10)
	restorable := e.Operation != "delete" && e.Version > 0 && (e.Version < t.version || t.deleted) && c.may(t.o, object.Update) &&
		(!t.deleted || t.o.Record.SoftDeleted && c.may(t.o, object.Delete))
	return h.Li(
		h.Div(class("ch-head"), Avatar(who),
			h.Div(class("grow"), h.Strong(g.Text(who)), g.Text(" "+c.T("history."+e.Operation, "n", strconv.FormatInt(e.Restored, 10))),
				h.Small(When(c, e.At), when(e.Version > 0, g.Text(" · "+c.T("history.version", "n", version))),
					when(e.Version == t.version && !t.deleted, g.Text(" · "+c.T("history.current"))))),
			when(restorable, LinkButton(rowURL(t.o, t.id)+"/restore?version="+version, c.T("restore"), Outline, h.Aria("label", c.T("restore.this", "n", version)), Icon("rotate-ccw")))),
		when(len(fields) > 0, h.Dl(class("ch-fields"), group(fields))))
}

// person is what a user is called, by the sign-in name.
func (c *Ctx) person(name string) string {
	if name == c.s.user.Name {
		return c.s.user.DisplayName()
	}
	if c.s.Person != nil {
		if full := c.s.Person(name); full != "" {
			return full
		}
	}
	return name
}
