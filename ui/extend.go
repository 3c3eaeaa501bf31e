package ui

import (
	"reflect"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
)

// RecordTable is the derived list of the record T as a part of a page, narrowed
// by pairs of columns and values: RecordTable[Order](c, "status", "open").
func RecordTable[T any](c *Ctx, where ...string) Node {
	o := c.object(reflect.TypeFor[T]())
	if o == nil || o.Record == nil {
		return failed{object.Errorf(object.Dispatch, "%s is not declared as a record", reflect.TypeFor[T]())}
	}
	var conds []object.Cond
	for i := 0; i+1 < len(where); i += 2 {
		cond, ok := equals(o.Record, where[i], where[i+1])
		if !ok {
			return failed{object.Errorf(object.Invalid, "%s has no column %q that can be %q", o.Ref, where[i], where[i+1])}
		}
		conds = append(conds, cond)
	}
	grid, err := c.recordGrid(o, conds)
	if err != nil {
		return failed{err}
	}
	return grid.node(c)
}

// Extend changes the derived list of the record T: its columns, filters, links
// and menus.
//
//	var _ = ui.Extend(App, func(c *ui.Ctx, t *ui.Table[Customer]) {
//		t.Columns = append(t.Columns, ui.Column[Customer]{
//			Key: "domain", Title: "Domain", Text: func(row *Customer) string { return domain(row.Email) },
//		})
//	})
//
// The columns that are there already draw themselves; giving one a Cell or a
// Text changes its look. Rows and Bulk are of no effect: for other data, or for
// actions on many rows, declare a page at the list's route.
func Extend[T any](app *appos.App, change func(*Ctx, *Table[T])) appos.Declared {
	d := app.Descriptor()
	if d.Extensions == nil {
		d.Extensions = map[reflect.Type][]any{}
	}
	t := reflect.TypeFor[T]()
	d.Extensions[t] = append(d.Extensions[t], extension(func(c *Ctx, g *grid) {
		table := Table[T]{ID: g.id, Name: g.name, One: g.one, Filters: g.filters, Search: g.search, Size: g.size, Export: g.export}
		for _, col := range g.columns {
			table.Columns = append(table.Columns, Column[T]{
				Key: col.key, Title: col.title, Sort: col.sort, Number: col.number, Main: col.main, Hidden: col.hidden, write: col.write,
			})
		}
		derived := *g
		table.Key = func(row *T) string { return derived.key(row) }
		table.URL = func(row *T) string { return derived.url(row) }
		change(c, &table)
		*g = *table.erase(c)
		g.bulk = nil // the list would not know what to do
		if table.Source == nil {
			g.fetch = derived.fetch
		}
	}))
	return appos.Declared{}
}

// extension is what [Extend] leaves with the app.
type extension func(*Ctx, *grid)
