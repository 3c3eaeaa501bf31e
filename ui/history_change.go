package ui

import (
	"reflect"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos/internal/object"
)

// change is what an entry did to a field.
func (t *timeline) change(e *object.HistoryEntry, change *object.FieldChange) Node {
	c := t.c
	label := object.Humanize(change.Column)
	if change.Field != nil {
		label = c.fieldLabel(t.o, change.Field)
	}
	return h.Div(h.Dt(g.Text(label)), h.Dd(t.difference(e, change)))
}

func (t *timeline) difference(e *object.HistoryEntry, change *object.FieldChange) Node {
	c := t.c
	old, fresh := t.long(change, change.Old), t.long(change, change.New)
	if long := max(len(old), len(fresh)) > cellText; long {
		text, ok := textDiff(c, old, fresh)
		label := c.T("history.diff")
		if !ok {
			text = g.Group{gone(c, g.Text(old)), g.Text(" "), added(c, g.Text(fresh))}
		}
		if old == "" || fresh == "" {
			label = c.T("history.text")
		}
		return h.Details(h.Summary(g.Text(label)), h.Div(class("ch-text"), text))
	}
	was, is := gone(c, t.value(change, 0, change.Old)), t.value(change, 1, change.New)
	switch {
	case e.Operation == "create":
		return is
	case e.Operation == "delete":
		return was
	case change.Old == nil:
		was = h.Span(srOnly(c.T("history.was")+" "), t.value(change, 0, nil)) // nothing is not struck out
	}
	return g.Group{was, h.Span(class("ch-arrow"), h.Aria("hidden", "true"), g.Text("→")), added(c, is)}
}

// long is a value that may be too long to stand in a line.
func (t *timeline) long(change *object.FieldChange, v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	if f := change.Field; f != nil && v != nil && (f.Kind == object.FieldText || f.Kind == object.FieldJSON) && len(f.Enum) == 0 && reflect.TypeOf(v) == f.Type {
		return t.c.valueText(t.o, f, reflect.ValueOf(v))
	}
	return ""
}

// value is a value of a change as a cell of the record shows it.
func (t *timeline) value(change *object.FieldChange, side int, v any) Node {
	none := h.Span(class("muted"), g.Text(t.c.T("history.empty")))
	if row := t.scratch[change][side]; row.IsValid() {
		if change.Field.Kind == object.FieldText && row.FieldByIndex(change.Field.Index).IsZero() {
			return none
		}
		return cellNode(t.c.cell(t.o, change.Field, t.refs, false), row)
	}
	if s, ok := v.(string); ok && strings.TrimSpace(s) != "" {
		return g.Text(s)
	}
	return none
}
