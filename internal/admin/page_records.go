package admin

import (
	"cmp"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/ui"
)

// Records is /admin/records: the records of all apps, with how many rows they have.
type Records struct{ appos.Returns[ui.Node] }

// Rows is /admin/records/{ref}: the rows of one record.
type Rows struct {
	appos.Returns[ui.Node]

	Ref string
}

// Row is /admin/records/{ref}/{row}: one row.
type Row struct {
	appos.Returns[ui.Node]

	Ref string
	Row int64
}

// mostCounted is how far rows are counted: to count all of a large table takes
// as long as to read it.
const mostCounted = 10_000

// A recordRow is a record with its number of rows.
type recordRow struct {
	*object.Object
	rows  int // -1 when they could not be counted
	fault string
}

func (k console) records(c *ui.Ctx, _ Records) (ui.Node, error) {
	d := k.deps()
	var rows []recordRow
	for _, o := range d.registry().Of("", object.KindRecord) {
		row := recordRow{Object: o}
		n, err := d.Engine.CountUpTo(c, o.Record.Type, &object.Query{}, mostCounted+1)
		if err != nil { // such as a database that does not answer: the others are shown
			n, row.fault = -1, reason(err)
		}
		row.rows = n
		rows = append(rows, row)
	}
	return ui.Screen(c, titles.Records.In(c),
		ui.Sub("What is stored, in every app. Reading rows here is noted in the security log."),
		ui.DataTable(c, ui.Table[recordRow]{
			ID: "records", Name: "records", Rows: rows, Search: true,
			Filters: []ui.Filter{{Key: "app", Title: "App", Options: d.appOptions()}},
			Key:     func(r *recordRow) string { return r.Ref },
			URL:     func(r *recordRow) string { return c.URL(Rows{Ref: r.Ref}) },
			Columns: []ui.Column[recordRow]{
				{Key: "record", Title: "Record", Main: true, Sort: true, Text: func(r *recordRow) string { return r.Ref }},
				{Key: "app", Title: "App", Sort: true, Text: func(r *recordRow) string { return r.App.Name }},
				{Key: "database", Title: "Database", Sort: true, Text: databaseOf},
				{Key: "rows", Title: "Rows", Number: true, Sort: true, Text: func(r *recordRow) string { return rowCount(c, r) },
					Compare: func(a, b *recordRow) int { return cmp.Compare(a.rows, b.rows) }},
				{Key: "audited", Title: "Audited", Cell: func(r *recordRow) ui.Node { return yes(r.Record.Audited) }},
				{Key: "table", Title: "Table", Hidden: true, Text: func(r *recordRow) string { return r.Record.Table }},
			},
		})), nil
}

// databaseOf names where the rows of a record are.
func databaseOf(r *recordRow) string {
	if in := r.Record.StoredIn; in != nil {
		return in.Ref
	}
	return "platform"
}

func rowCount(c *ui.Ctx, r *recordRow) string {
	switch {
	case r.rows < 0:
		return r.fault
	case r.rows > mostCounted:
		return c.Int(mostCounted) + "+"
	}
	return c.Int(r.rows)
}

// recordOf is the record with the reference.
func (d Deps) recordOf(ref string) (*object.Object, error) {
	o := d.registry().ByRef(ref)
	if o == nil || o.Record == nil {
		return nil, appos.Errorf(appos.NotFound, "no record has the reference %q", ref)
	}
	return o, nil
}

func (k console) rows(c *ui.Ctx, in Rows) (ui.Node, error) {
	o, err := k.deps().recordOf(in.Ref)
	if err != nil {
		return nil, err
	}
	table, err := ui.BrowseRecord(c, o, func(id int64) string { return c.URL(Row{Ref: o.Ref, Row: id}) })
	if err != nil {
		return nil, err
	}
	c.Crumbs(ui.Crumb{Label: titles.Records.In(c), URL: c.URL(Records{})})
	return ui.Screen(c, ui.RecordName(c, o),
		ui.Sub(o.Ref+" · "+databaseOf(&recordRow{Object: o})),
		ui.Actions(ui.LinkButton(c.URL(Object{Ref: o.Ref}), "Object", ui.Outline, ui.Icon("boxes"))),
		table), nil
}

func (k console) row(c *ui.Ctx, in Row) (ui.Node, error) {
	o, err := k.deps().recordOf(in.Ref)
	if err != nil {
		return nil, err
	}
	name, body, err := ui.BrowseRow(c, o, in.Row)
	if err != nil {
		return nil, err
	}
	c.Crumbs(ui.Crumb{Label: titles.Records.In(c), URL: c.URL(Records{})}, ui.Crumb{Label: ui.RecordName(c, o), URL: c.URL(Rows{Ref: o.Ref})})
	return ui.Screen(c, name, ui.Sub(o.Ref),
		ui.Actions(ui.LinkButton(ui.RowAddress(o, in.Row), "Open in the app", ui.Outline, ui.Icon("external-link"))),
		body), nil
}
