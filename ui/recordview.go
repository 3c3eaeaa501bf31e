package ui

import (
	"io"
	"reflect"
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos/internal/object"
)

// viewScreen is the derived view of a row: its fields, what refers to it, and
// its history.
func viewScreen(c *Ctx, o *object.Object) (Node, error) {
	id, err := rowParam(c)
	if err != nil {
		return nil, err
	}
	live := c.live()
	row, err := c.load(o, id)
	if err != nil {
		return nil, err
	}
	c.Crumbs(Crumb{c.plural(o), listURL(o)})
	details, err := c.details(o, row)
	if err != nil {
		return nil, err
	}
	parts := []Node{Sub(c.singular(o)), Actions(c.rowActions(o, id)...), live.row(o, id, false), Split(details, c.history(o, row))}
	for i := range o.Record.Relations {
		related, err := c.related(o, &o.Record.Relations[i], id)
		if err != nil {
			return nil, err
		}
		parts = append(parts, related)
	}
	return Screen(c, c.rowName(o, row), parts...), nil
}

func (c *Ctx) rowActions(o *object.Object, id int64) []Node {
	var actions []Node
	if c.may(o, object.Update) {
		actions = append(actions, LinkButton(rowURL(o, id)+"/edit", c.T("edit"), Primary, Icon("pencil")))
	}
	if c.may(o, object.Delete) {
		actions = append(actions, LinkButton(rowURL(o, id)+"/delete", c.T("delete"), Danger, Icon("trash-2")))
	}
	return actions
}

func (c *Ctx) details(o *object.Object, row reflect.Value) (Node, error) {
	fields := c.viewable(o.Record)
	refs := names{}
	if err := c.resolve(refs, fields, []reflect.Value{row}); err != nil {
		return nil, err
	}
	var pairs []Pair
	for _, f := range fields {
		pairs = append(pairs, Pair{c.fieldLabel(o, f), cellNode(c.cell(o, f, refs, false), row)})
	}
	return Card(c.T("record.details"), h.Div(class("kv-wide"), KV(pairs...))), nil
}

// history is what AppOS knows about the row itself.
func (c *Ctx) history(o *object.Object, row reflect.Value) Node {
	var pairs []Pair
	for i := range object.SystemFields {
		f := &o.Record.Fields[i]
		text := Text(plainText(f, row.FieldByIndex(f.Index)))
		if f.Kind == object.FieldTime {
			v, _ := fieldOf(row, f)
			text = Text(c.valueText(o, f, v))
		}
		pairs = append(pairs, Pair{c.fieldLabel(o, f), text})
	}
	if o.Record.Audited {
		return Card(c.T("record.history"), Beside(LinkButton(rowURL(o, rowID(o, row))+"/history", c.T("history.all"), Ghost)), KV(pairs...))
	}
	return Card(c.T("record.history"), KV(pairs...))
}

const (
	relatedRows    = 10
	relatedColumns = 5
)

// related is the card of the rows that refer to this one, nil when the user may
// not see them.
func (c *Ctx) related(o *object.Object, rel *object.Relation, id int64) (Node, error) {
	target := c.object(rel.Target)
	if target == nil || target.Record == nil || !c.may(target, object.View) {
		return nil, nil
	}
	by := target.Record.Named(rel.By)
	if by == nil || !c.mayView(by) { // the rows would tell what the field says
		return nil, nil
	}
	where := []object.Cond{{Op: object.OpEq, Field: by, Value: id}}
	var fields []*object.Field
	for _, f := range c.viewable(target.Record) {
		if f != by && f.Kind != object.FieldJSON && len(fields) < relatedColumns {
			fields = append(fields, f)
		}
	}
	refs := names{}
	page, err := c.recordRows(target, where, State{Size: relatedRows}, fields, refs)
	if err != nil {
		return nil, err
	}
	t := &grid{
		id: rel.Key, name: c.noun(c.plural(target)),
		url: func(row any) string { return rowURL(target, rowID(target, reflect.ValueOf(row).Elem())) },
		key: func(row any) string { return strconv.FormatInt(rowID(target, reflect.ValueOf(row).Elem()), 10) },
	}
	for i, f := range fields {
		col := c.recordColumn(target, f, refs, i == 0)
		col.sort = false
		t.columns = append(t.columns, col)
	}
	title := c.label(o.App.Name, o.Name+"_"+rel.Key, rel.Key)
	narrowed := "?" + filterKey(by.Column) + "=" + strconv.FormatInt(id, 10)
	var actions []Node
	if page.n > 0 {
		title += " (" + t.total(c, page) + ")"
		actions = append(actions, LinkButton(listURL(target)+narrowed, c.T("record.all"), Ghost))
	}
	if c.may(target, object.Create) && !(rel.One && page.n > 0) {
		actions = append(actions, LinkButton(listURL(target)+"/new"+narrowed, c.T("record.new", "name", c.noun(c.singular(target))), Outline, Icon("plus")))
	}
	if page.n == 0 {
		return FlushCard(title, Beside(actions...), h.P(class("none"), g.Text(c.T("table.none", "name", t.name)))), nil
	}
	shown := t.shown(c)
	return FlushCard(title, Beside(actions...), h.Div(class("dt dt-scroll"), h.Role("region"), h.Aria("label", c.T("table.region", "name", t.name)), attr("tabindex", "0"),
		h.Table(class("table"), t.head(c, State{}, shown), h.TBody(g.NodeFunc(func(w io.Writer) error { return t.writeRows(c, w, shown, page) }))))), nil
}
