package ui

import (
	"encoding/json"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"

	g "maragu.dev/gomponents"

	"github.com/apposengine/appos/internal/object"
)

// names holds what rows are called, by record and id: those that the references
// of a page point to.
type names map[reflect.Type]map[int64]string

// valueText is a value in the user's language, as plain text.
func (c *Ctx) valueText(o *object.Object, f *object.Field, v reflect.Value) string {
	switch f.Kind {
	case object.FieldText:
		if len(f.Enum) > 0 && v.Len() > 0 {
			return c.enumLabel(o.App.Name, f, v.String())
		}
		return v.String()
	case object.FieldInt:
		return c.Int(int(v.Int()))
	case object.FieldFloat:
		return localNumber(c.s.kit, strconv.FormatFloat(v.Float(), 'f', -1, 64), true)
	case object.FieldDecimal:
		return c.Number(v.Interface(), f.Scale)
	case object.FieldBool:
		if v.Bool() {
			return c.T("yes")
		}
		return c.T("no")
	case object.FieldTime:
		t, _ := v.Interface().(time.Time)
		return c.Time(t)
	case object.FieldDate:
		d, _ := v.Interface().(object.Date)
		return c.Day(d)
	case object.FieldDuration:
		return c.Duration(time.Duration(v.Int()))
	case object.FieldFile:
		file, _ := v.Interface().(object.File)
		if file.IsZero() {
			return ""
		}
		return file.Name() + " (" + c.Size(file.Size()) + ")"
	case object.FieldRef:
		if v.Int() == 0 {
			return ""
		}
		return "#" + strconv.FormatInt(v.Int(), 10)
	}
	if (v.Kind() == reflect.Slice || v.Kind() == reflect.Map) && v.Len() == 0 {
		return ""
	}
	b, err := json.Marshal(v.Interface())
	if err != nil {
		return ""
	}
	return string(b)
}

// cellText is how long a text may be in a cell of a table; the rest is on the
// row's own page.
const cellText = 80

// cell makes the function that writes a field of rows as markup. In a table it
// is short; in the view of a row it is whole. What does not change from row to
// row is done here, once.
func (c *Ctx) cell(o *object.Object, f *object.Field, refs names, short bool) func(b *buffer, row reflect.Value) error {
	if len(f.Enum) > 0 && f.Kind == object.FieldText {
		return c.enumCell(o, f)
	}
	if f.Elem != nil {
		return c.listCell(o, f, short)
	}
	if f.Kind == object.FieldJSON && !short {
		return c.jsonCell(f)
	}
	target := c.target(f)
	linked := target != nil && c.may(target, object.View)
	none := "–"
	if short {
		none = ""
	}
	return func(b *buffer, row reflect.Value) error {
		v, ok := fieldOf(row, f)
		if !ok {
			b.raw(none)
			return nil
		}
		switch {
		case f.Kind == object.FieldRef && v.Int() != 0 && linked:
			name, known := refs[f.Target][v.Int()]
			if !known { // deleted, or not this user's to see
				b.raw("#").raw(strconv.FormatInt(v.Int(), 10))
				return nil
			}
			b.raw(`<a class="link" href="`).text(rowURL(target, v.Int())).raw(`">`).text(name).raw(`</a>`)
			return nil
		case f.Kind == object.FieldBool && short:
			return boolCell(b, c, v.Bool())
		case f.Email && !short && v.Len() > 0:
			b.raw(`<a class="link" href="mailto:`).text(v.String()).raw(`">`).text(v.String()).raw(`</a>`)
			return nil
		}
		text := c.valueText(o, f, v)
		if text == "" {
			text = none
		}
		if short {
			text = shorten(text, cellText)
		}
		b.text(text)
		return nil
	}
}

func boolCell(b *buffer, c *Ctx, yes bool) error {
	if !yes {
		b.raw(`<span class="muted" aria-hidden="true">–</span><span class="sr">`).text(c.T("no")).raw(`</span>`)
		return nil
	}
	b.raw(`<span class="yes">`)
	if err := Icon("check").Render(b); err != nil {
		return err
	}
	b.raw(`</span><span class="sr">`).text(c.T("yes")).raw(`</span>`)
	return nil
}

// enumCell writes the values of an enumeration as badges, which are made once.
func (c *Ctx) enumCell(o *object.Object, f *object.Field) func(*buffer, reflect.Value) error {
	badges := make(map[string]string, len(f.Enum))
	badge := func(value string) string {
		if m, ok := badges[value]; ok {
			return m
		}
		var b buffer
		_ = Badge(c.enumLabel(o.App.Name, f, value), tone(value)).Render(&b) // a buffer does not fail
		badges[value] = string(b.bytes)
		return badges[value]
	}
	return func(b *buffer, row reflect.Value) error {
		if v, ok := fieldOf(row, f); ok && v.Len() > 0 {
			b.raw(badge(v.String()))
		}
		return nil
	}
}

// tone guesses what a state means from its name; what says nothing is neutral.
func tone(value string) Variant {
	switch strings.ToLower(value) {
	case "active", "paid", "done", "completed", "confirmed", "delivered", "approved", "open", "ok", "won":
		return OK
	case "new", "trial", "shipped", "sent", "running", "in_progress", "placed", "submitted":
		return Info
	case "pending", "waiting", "due", "past_due", "on_hold", "paused", "review", "partial":
		return Warn
	case "cancelled", "canceled", "failed", "rejected", "overdue", "blocked", "lost", "churned", "error", "void":
		return Err
	}
	return Muted
}

func shorten(text string, n int) string {
	if len(text) <= n {
		return text
	}
	r := []rune(text)
	if len(r) <= n {
		return text
	}
	return string(r[:n-1]) + "…"
}

// cellNode is a cell outside of a table.
func cellNode(write func(*buffer, reflect.Value) error, row reflect.Value) Node {
	return g.NodeFunc(func(w io.Writer) error {
		var b buffer
		if err := write(&b, row); err != nil {
			return err
		}
		_, err := w.Write(b.bytes)
		return err
	})
}

// resolve fills refs with the names of the rows that fields of the rows point
// to: one query for a record, however many rows and fields there are.
func (c *Ctx) resolve(refs names, fields []*object.Field, rows []reflect.Value) error {
	wanted := map[reflect.Type]map[int64]bool{}
	for _, f := range fields {
		if f.Kind != object.FieldRef {
			continue
		}
		for _, row := range rows {
			if v, ok := fieldOf(row, f); ok && v.Int() != 0 {
				if wanted[f.Target] == nil {
					wanted[f.Target] = map[int64]bool{}
				}
				wanted[f.Target][v.Int()] = true
			}
		}
	}
	for t, ids := range wanted {
		o := c.object(t)
		if o == nil || o.Record == nil || !c.may(o, object.View) {
			continue
		}
		list := make([]any, 0, len(ids))
		for id := range ids {
			list = append(list, id)
		}
		found, err := c.find(o, &object.Query{Where: []object.Cond{{Op: object.OpIn, Field: &o.Record.Fields[object.FieldID], Value: list}}})
		if err != nil {
			return err
		}
		if refs[t] == nil {
			refs[t] = map[int64]string{}
		}
		for _, row := range found {
			refs[t][rowID(o, row)] = c.rowName(o, row)
		}
	}
	return nil
}

// find reads rows.
func (c *Ctx) find(o *object.Object, q *object.Query) ([]reflect.Value, error) {
	var rows []reflect.Value
	err := c.runtime().Find(c, o.Record.Type, q, blank(o, &rows))
	return rows, err
}

// blank makes the function that gives a query a struct for every row it finds.
func blank(o *object.Object, rows *[]reflect.Value) func() any {
	return func() any {
		p := reflect.New(o.Record.Type)
		*rows = append(*rows, p.Elem())
		return p.Interface()
	}
}
