package ui

import (
	"reflect"

	"github.com/apposengine/appos/internal/object"
)

// BrowseRecord is the derived list of a record, of whatever app, as a part of a
// page: with search, filters, sort and pages. A row leads to what url returns for
// its id.
func BrowseRecord(c *Ctx, o *object.Object, url func(id int64) string) (Node, error) {
	grid, err := c.recordGrid(o, nil)
	if err != nil {
		return nil, err
	}
	grid.url = func(row any) string { return url(rowID(o, reflect.ValueOf(row).Elem())) }
	return grid.node(c), nil
}

// BrowseRow is the derived view of a row, of whatever app, as a part of a page:
// its fields, what AppOS knows about it, and the rows that refer to it. It returns
// what names the row.
func BrowseRow(c *Ctx, o *object.Object, id int64) (name string, body Node, err error) {
	row, err := c.load(o, id)
	if err != nil {
		return "", nil, err
	}
	details, err := c.details(o, row)
	if err != nil {
		return "", nil, err
	}
	parts := []Node{Split(details, c.history(o, row))}
	for i := range o.Record.Relations {
		related, err := c.related(o, &o.Record.Relations[i], id)
		if err != nil {
			return "", nil, err
		}
		parts = append(parts, related)
	}
	return c.rowName(o, row), Stack(parts...), nil
}

// RecordName is the record's name for people, in the plural.
func RecordName(c *Ctx, o *object.Object) string { return c.plural(o) }

// RowAddress is where an app shows a row of its record.
func RowAddress(o *object.Object, id int64) string { return rowURL(o, id) }
