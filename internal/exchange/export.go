package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
)

// pageRows is how many rows of an export are read together.
const pageRows = 500

// Selection says what is exported and how.
type Selection struct {
	Format Format
	Query  object.Query // its Limit and cursors are of no account
	Fields []string     // columns, in their order; nil is all that may be seen
	// Names writes references by a unique field, or what names the row, of the
	// record they lead to, as "customer.code", instead of by id. An import reads
	// either, and names mean the same in another database.
	Names bool
}

// RefusePages refuses the parameters of a list that choose one of its pages, or
// what is beside its rows: an export has all rows.
func RefusePages(params url.Values) error {
	var faults []object.FieldError
	for _, name := range []string{"limit", "cursor", "before", "count", "expand"} {
		if params.Has(name) {
			faults = append(faults, object.FieldError{Field: name, Rule: "unknown", Message: "is not a parameter of an export, which has all rows"})
		}
	}
	if faults == nil {
		return nil
	}
	return &object.Error{Code: object.Invalid, Text: "some parameters are not valid", Fields: faults}
}

// Export writes the rows that the user of ctx reaches. It reads them page by page,
// passing the gate for each: no transaction is held, memory stays flat, and rows
// that change meanwhile are in it as they are when their page is read. Nothing is
// written when the error is about what is asked for.
func Export(ctx context.Context, gate Gate, o *object.Object, w io.Writer, s Selection) (rows int, err error) {
	e := &export{w: w, s: s}
	q := s.Query
	q.Limit, q.Before, q.After, q.With = pageRows, "", "", nil
	for {
		var next string
		err := gate.With(ctx, o, object.View, func(p *record.Plan, a *record.Access) error {
			if err := e.begin(ctx, p, a); err != nil {
				return err
			}
			n := 0
			page, err := p.Find(ctx, a, &q, func() any {
				if n == len(e.rows) {
					e.rows = append(e.rows, p.NewRow())
				}
				n++
				return e.rows[n-1]
			})
			if err != nil {
				return err
			}
			next = page.Next
			return e.page(ctx, p, a, e.rows[:page.Rows])
		})
		if err != nil {
			return e.n, err
		}
		if next == "" {
			return e.n, e.end()
		}
		q.After = next
	}
}

// FileName is what an export is called: "customers-2026-01-31.csv".
func FileName(o *object.Object, f Format, now time.Time) string {
	return o.Record.Path + "-" + now.Format(time.DateOnly) + "." + string(f)
}

type export struct {
	w     io.Writer
	s     Selection
	rows  []any
	buf   []byte
	cols  []outColumn
	begun bool
	n     int
}

// outColumn is a column of the file.
type outColumn struct {
	name   string
	f      *object.Field
	by     *object.Field    // of the record that f refers to; nil writes f itself
	labels map[int64]string // of the page
}

// begin works out the columns and writes the header, once.
func (e *export) begin(ctx context.Context, p *record.Plan, a *record.Access) error {
	if e.begun {
		return nil
	}
	r := p.Object().Record
	var faults []object.FieldError
	visible := map[string]*object.Field{}
	var order []string
	for i := range r.Fields {
		f := &r.Fields[i]
		if seen(a, i, f) {
			visible[f.Column] = f
			order = append(order, f.Column)
		}
	}
	if e.s.Fields != nil {
		order = e.s.Fields
	}
	for i, name := range order {
		f := visible[name]
		switch {
		case f == nil:
			hint := ""
			if near := object.Nearest(name, keys(visible)); near != "" {
				hint = fmt.Sprintf("; did you mean %q?", near)
			}
			faults = append(faults, object.FieldError{Field: "fields", Rule: "unknown", Message: fmt.Sprintf("names %q, which is no field of %s%s", clip(name), p.Object().Name, hint)})
			continue
		case slices.Contains(order[:i], name):
			faults = append(faults, object.FieldError{Field: "fields", Rule: "duplicate", Message: fmt.Sprintf("names %q twice", name)})
			continue
		}
		c := outColumn{name: name, f: f}
		if e.s.Names && f.Kind == object.FieldRef {
			if c.by = naming(p, a, f); c.by != nil {
				c.name = f.Key + "." + c.by.Column
			}
		}
		e.cols = append(e.cols, c)
	}
	if faults != nil {
		return &object.Error{Code: object.Invalid, Text: "some parameters are not valid", Fields: faults}
	}
	e.begun = true
	switch e.s.Format {
	case CSV:
		for i, c := range e.cols {
			if i > 0 {
				e.buf = append(e.buf, ',')
			}
			e.buf = appendCSV(e.buf, c.name)
		}
		e.buf = append(e.buf, '\r', '\n')
	case JSON:
		e.buf = append(e.buf, '[')
	}
	return nil
}

func keys(m map[string]*object.Field) []string {
	var all []string
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

// naming is the field by which rows of the record that f refers to are named in a
// file, or nil.
func naming(p *record.Plan, a *record.Access, f *object.Field) *object.Field {
	target, ta, err := p.Target(a, f)
	if err != nil {
		return nil
	}
	r := target.Object().Record
	var display *object.Field
	for i := range r.Fields {
		g := &r.Fields[i]
		if g.System || g.Optional || !seen(ta, i, g) {
			continue
		}
		if g.Unique && (g.Kind == object.FieldText || g.Kind == object.FieldInt) {
			return g
		}
		if g == r.DisplayField() {
			display = g
		}
	}
	return display
}

// page writes rows.
func (e *export) page(ctx context.Context, p *record.Plan, a *record.Access, rows []any) error {
	for i := range e.cols {
		if c := &e.cols[i]; c.by != nil {
			if err := c.load(ctx, p, a, rows); err != nil {
				return err
			}
		}
	}
	for _, row := range rows {
		switch e.s.Format {
		case CSV:
			e.csv(p, row)
		case JSON:
			if e.n > 0 {
				e.buf = append(e.buf, ',')
			}
			e.buf = append(e.buf, '\n')
			e.json(p, row)
		default:
			e.json(p, row)
			e.buf = append(e.buf, '\n')
		}
		e.n++
	}
	return e.flush()
}

// load reads what the rows that a column refers to are named by.
func (c *outColumn) load(ctx context.Context, p *record.Plan, a *record.Access, rows []any) error {
	c.labels = map[int64]string{}
	target, ta, err := p.Target(a, c.f)
	if errors.Is(err, object.Denied) {
		return nil
	}
	if err != nil {
		return err
	}
	var ids []int64
	for _, row := range rows {
		if id, ok := p.Value(row, c.f.Column).(int64); ok {
			ids = append(ids, id)
		}
	}
	found, err := target.ByIDs(ctx, ta, ids)
	for id, row := range found {
		c.labels[id] = record.FormatValue(c.by, target.Value(row, c.by.Column))
	}
	return err
}

func (e *export) csv(p *record.Plan, row any) {
	for i := range e.cols {
		c := &e.cols[i]
		if i > 0 {
			e.buf = append(e.buf, ',')
		}
		text, ok := "", false
		if v := p.Value(row, c.f.Column); v != nil {
			if text, ok = c.label(v); !ok {
				text = record.FormatValue(c.f, v)
			}
			if ok || c.f.Kind == object.FieldText {
				text = guarded(text)
			}
		}
		e.buf = appendCSV(e.buf, text)
	}
	e.buf = append(e.buf, '\r', '\n')
}

// label is what the row is named that the column refers to; "" when it cannot be
// seen. False is a column that is written as it is.
func (c *outColumn) label(v any) (string, bool) {
	id, ok := v.(int64)
	if c.by == nil || !ok {
		return "", false
	}
	return c.labels[id], true
}

func (e *export) json(p *record.Plan, row any) {
	e.buf = append(e.buf, '{')
	for i := range e.cols {
		c := &e.cols[i]
		if i > 0 {
			e.buf = append(e.buf, ',')
		}
		e.buf = appendQuoted(e.buf, c.name)
		e.buf = append(e.buf, ':')
		if text, ok := c.label(p.Value(row, c.f.Column)); ok {
			e.buf = appendQuoted(e.buf, text)
		} else {
			e.buf = p.AppendField(e.buf, row, c.f)
		}
	}
	e.buf = append(e.buf, '}')
}

func (e *export) end() error {
	if e.s.Format == JSON {
		e.buf = append(e.buf, '\n', ']', '\n')
	}
	return e.flush()
}

func (e *export) flush() error {
	_, err := e.w.Write(e.buf)
	e.buf = e.buf[:0]
	return err
}

// appendCSV appends a field, quoted where it must be.
func appendCSV(dst []byte, s string) []byte {
	if !strings.ContainsAny(s, ",\"\r\n") && (s == "" || s[0] != ' ' && s[len(s)-1] != ' ') {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	dst = append(dst, strings.ReplaceAll(s, `"`, `""`)...)
	return append(dst, '"')
}
