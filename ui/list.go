package ui

import (
	"reflect"
	"strconv"

	"github.com/apposengine/appos/internal/object"
)

const (
	listColumns = 7      // shown at first; the others can be added
	countLimit  = 10_000 // rows are counted up to here
)

// listScreen is the derived list of a record.
func listScreen(c *Ctx, o *object.Object) (Node, error) {
	if c.Posted() {
		return bulk(c, o)
	}
	title, live := c.plural(o), c.live()
	grid, err := c.recordGrid(o, nil)
	if err != nil {
		return nil, err
	}
	var actions []Node
	if c.may(o, object.Create) {
		actions = append(actions, LinkButton(listURL(o)+"/new", c.T("record.new", "name", c.noun(c.singular(o))), Primary, Icon("plus")))
		grid.empty = actions
	}
	actions = append(c.exchange(o, grid), actions...)
	if len(c.bulkFields(o)) > 0 {
		grid.bulk = append(grid.bulk, Option{bulkEditing, c.T("edit")})
	}
	if c.may(o, object.Delete) {
		grid.bulk = append(grid.bulk, Option{bulkDeleting, c.T("delete")})
	}
	return Screen(c, title, Actions(actions...), live.rows(o, grid.listFilters(c, o)), grid.node(c)), nil
}

// recordGrid is the table of a record's rows that meet the conditions, as all
// apps have extended it.
func (c *Ctx) recordGrid(o *object.Object, where []object.Cond) (*grid, error) {
	if c.runtime() == nil {
		return nil, object.Errorf(object.Dispatch, "the list of %s was asked for outside of an execution", o.Ref)
	}
	r := o.Record
	refs := names{}
	g := &grid{id: o.Name, name: c.noun(c.plural(o)), one: c.noun(c.singular(o)), filters: c.recordFilters(o)}
	fields := c.viewable(r)
	secondary := secondaryFields(fields)
	for i, f := range fields {
		col := c.recordColumn(o, f, refs, i == 0)
		col.hidden = secondary[f]
		g.columns = append(g.columns, col)
		g.search = g.search || f.Search
	}
	g.key = func(row any) string { return strconv.FormatInt(rowID(o, reflect.ValueOf(row).Elem()), 10) }
	g.url = func(row any) string { return rowURL(o, rowID(o, reflect.ValueOf(row).Elem())) }
	for _, f := range fields {
		// the list that a link narrows to a reference shows what it is narrowed to
		if value := c.Query(filterKey(f.Column)); f.Kind == object.FieldRef && value != "" {
			if filter, ok := c.referenceFilter(f, value); ok {
				g.filters = append(g.filters, Filter{Key: filterKey(f.Column), Title: c.fieldLabel(o, f), Options: filter})
			}
		}
	}
	g.fetch = func(c *Ctx, s State) (rows, error) {
		shown := map[string]bool{}
		for _, col := range g.shown(c) {
			shown[col.key] = true
		}
		var drawn []*object.Field
		for _, f := range fields {
			if shown[f.Column] {
				drawn = append(drawn, f)
			}
		}
		return c.recordRows(o, where, s, drawn, refs)
	}
	for _, app := range c.runtime().Registry().Apps {
		for _, x := range app.Extensions[r.Type] {
			if change, ok := x.(extension); ok {
				change(c, g)
			}
		}
	}
	return g, nil
}

func (c *Ctx) recordColumn(o *object.Object, f *object.Field, refs names, main bool) column {
	cell := c.cell(o, f, refs, true)
	col := column{
		key: f.Column, title: c.fieldLabel(o, f), main: main,
		sort:   f.Kind != object.FieldJSON && f.Kind != object.FieldFile && f.Kind != object.FieldRef,
		number: f.Kind == object.FieldInt || f.Kind == object.FieldFloat || f.Kind == object.FieldDecimal || f.Kind == object.FieldDuration,
		write:  func(b *buffer, row any) error { return cell(b, reflect.ValueOf(row).Elem()) },
	}
	if col.main {
		fallback := c.singular(o)
		col.write = func(b *buffer, row any) error {
			b.raw(`<span class="p1">`)
			before := len(b.bytes)
			err := cell(b, reflect.ValueOf(row).Elem())
			if len(b.bytes) == before { // a link needs a text
				b.text(fallback).raw(" #").raw(strconv.FormatInt(rowID(o, reflect.ValueOf(row).Elem()), 10))
			}
			b.raw(`</span>`)
			return err
		}
	}
	return col
}

// secondaryFields are those that a list shows only when the user adds them: what
// does not fit a cell and, when there are many, texts that nobody searches, then
// the last ones. The first field names the row and always stays.
func secondaryFields(fields []*object.Field) map[*object.Field]bool {
	secondary := map[*object.Field]bool{}
	shown := len(fields)
	hide := func(f *object.Field) {
		if !secondary[f] {
			secondary[f] = true
			shown--
		}
	}
	for i, f := range fields {
		if i > 0 && (f.Kind == object.FieldJSON && f.Elem == nil || f.Kind == object.FieldFile || f.MaxLen > longText) {
			hide(f)
		}
	}
	for i := len(fields) - 1; i > 0 && shown > listColumns; i-- {
		if f := fields[i]; f.Kind == object.FieldText && len(f.Enum) == 0 && !f.Search {
			hide(f)
		}
	}
	for i := len(fields) - 1; i > 0 && shown > listColumns; i-- {
		hide(fields[i])
	}
	return secondary
}

// recordFilters are those of enumerations and of yes-or-no fields.
func (c *Ctx) recordFilters(o *object.Object) []Filter {
	var filters []Filter
	for _, f := range c.viewable(o.Record) {
		var options []Option
		switch {
		case f.Kind == object.FieldText && len(f.Enum) > 0:
			for _, v := range f.Enum {
				options = append(options, Option{v, c.enumLabel(o.App.Name, f, v)})
			}
		case f.Kind == object.FieldBool:
			options = []Option{{"true", c.T("yes")}, {"false", c.T("no")}}
		default:
			continue
		}
		filters = append(filters, Filter{Key: filterKey(f.Column), Title: c.fieldLabel(o, f), Options: options})
	}
	return filters
}

func (c *Ctx) referenceFilter(f *object.Field, value string) ([]Option, bool) {
	id, err := strconv.ParseInt(value, 10, 64)
	target := c.target(f)
	if err != nil || target == nil {
		return nil, false
	}
	label := "#" + value
	if c.may(target, object.View) {
		if row, err := c.load(target, id); err == nil {
			label = c.rowName(target, row)
		}
	}
	return []Option{{value, label}}, true
}

// equals is the condition that a column has a value, as it travels in addresses.
func equals(r *object.Record, column, value string) (object.Cond, bool) {
	f := r.Field(column)
	if f == nil {
		return object.Cond{}, false
	}
	v, err := parsePlain(f, value)
	if err != nil {
		return object.Cond{}, false
	}
	return object.Cond{Op: object.OpEq, Field: f, Value: v.Interface()}, true
}

// recordRows reads a page of rows, their number, and the names of what the drawn
// fields point to.
func (c *Ctx) recordRows(o *object.Object, where []object.Cond, s State, drawn []*object.Field, refs names) (rows, error) {
	rt := c.runtime()
	q := object.Query{Where: append([]object.Cond(nil), where...), Search: s.Search, Limit: s.Size, After: s.After, Before: s.Before}
	for i := range o.Record.Fields {
		f := &o.Record.Fields[i]
		if value, set := s.Filters[filterKey(f.Column)]; set {
			cond, ok := equals(o.Record, f.Column, value)
			if !ok {
				return rows{total: -1}, nil // nothing has such a value
			}
			q.Where = append(q.Where, cond)
		}
		if s.Sort == f.Column && c.mayView(f) {
			q.Order = []object.Order{{Field: f, Desc: s.Desc}}
		}
	}
	var found []reflect.Value
	var cursors object.Cursors
	var err error
	if pager, ok := rt.(object.Pager); ok {
		cursors, err = pager.Page(c, o.Record.Type, &q, blank(o, &found))
	} else {
		err = rt.Find(c, o.Record.Type, &q, blank(o, &found))
	}
	if err != nil {
		return rows{}, err
	}
	if err := c.resolve(refs, drawn, found); err != nil {
		return rows{}, err
	}
	page := rows{n: len(found), at: func(i int) any { return found[i].Addr().Interface() }, next: cursors.Next, prev: cursors.Prev}
	if cursors == (object.Cursors{}) && len(found) < s.Size {
		page.total = len(found) // this is all there is
		return page, nil
	}
	if page.total, err = c.countRows(o, &object.Query{Where: q.Where, Search: q.Search}); err != nil {
		return rows{}, err
	}
	if page.total > countLimit {
		page.total, page.more = countLimit, true
	}
	return page, nil
}

// countRows counts as far as the user is told.
func (c *Ctx) countRows(o *object.Object, q *object.Query) (int, error) {
	if counter, ok := c.runtime().(object.Counter); ok {
		return counter.CountUpTo(c, o.Record.Type, q, countLimit+1)
	}
	return c.runtime().Count(c, o.Record.Type, q)
}
