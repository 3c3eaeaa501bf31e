package ui

import (
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
	"reflect"

	"github.com/apposengine/appos/internal/object"
)

// draw is the form with a control for every field.
func (e *editor) draw(fields []*object.Field) (Node, error) {
	c := e.c
	refs := names{}
	if err := c.resolve(refs, fields, []reflect.Value{e.row}); err != nil {
		return nil, err
	}
	var controls, long []Node
	for _, f := range fields {
		n, err := e.control(f, refs)
		if err != nil {
			return nil, err
		}
		if f.Kind == object.FieldBool && !f.Optional || f.Kind == object.FieldJSON && c.mayUpdate(f) || f.MaxLen > longText {
			long = append(long, n)
		} else {
			controls = append(controls, n)
		}
	}
	cancel, label := listURL(e.o), c.T("create")
	if e.id != 0 {
		cancel, label = rowURL(e.o, e.id), c.T("save")
	}
	return e.form.Node(
		when(e.id != 0, h.Input(h.Type("hidden"), h.Name("_version"), h.Value(e.form.Value("_version")))),
		Card("", h.Div(class("fields"), group(controls), group(long))),
		Footer(LinkButton(cancel, c.T("cancel"), Outline), Save(c, label))), nil
}

// control is the widget of a field, by its type.
func (e *editor) control(f *object.Field, refs names) (Node, error) {
	c, form := e.c, e.form
	label := c.fieldLabel(e.o, f)
	if !c.mayUpdate(f) {
		return form.Shown(label, cellNode(c.cell(e.o, f, refs, false), e.row)), nil
	}
	o := Field{Required: needed(f), MinLen: f.MinLen, MaxLen: f.MaxLen}
	switch {
	case f.Kind == object.FieldRef:
		return e.reference(f, label, o)
	case f.Kind == object.FieldBool && f.Optional:
		return form.Select(f.Column, label, o, append(e.none(f), Option{"on", c.T("yes")}, Option{"off", c.T("no")})...), nil
	case f.Kind == object.FieldBool:
		return form.Switch(f.Column, label, ""), nil
	case f.Kind == object.FieldText && len(f.Enum) > 0:
		options := e.none(f)
		for _, v := range f.Enum {
			options = append(options, Option{v, c.enumLabel(e.o.App.Name, f, v)})
		}
		return form.Select(f.Column, label, o, options...), nil
	case f.Kind == object.FieldText && f.MaxLen > longText:
		return form.Text(f.Column, label, o), nil
	case f.Elem != nil:
		o.Hint = c.T("form.lines")
		if f.Elem.Enum != nil {
			o.Hint += ": " + strings.Join(f.Elem.Enum, ", ")
		}
		return form.Text(f.Column, label, o), nil
	case f.Kind == object.FieldJSON:
		o.Hint, o.Code = c.T("form.json"), true
		return form.Text(f.Column, label, o), nil
	case f.Kind == object.FieldTime:
		o.Type, o.Hint = "datetime-local", c.s.zone.String()
	case f.Kind == object.FieldDate:
		o.Type = "date"
	case f.Kind == object.FieldDuration:
		o.Hint, o.Autocomplete = c.T("form.duration"), "off"
	case f.Kind == object.FieldInt:
		o.InputMode = "numeric"
	case f.Kind == object.FieldFloat, f.Kind == object.FieldDecimal:
		o.InputMode = "decimal"
	case f.Email:
		o.Type, o.Autocomplete = "email", "off"
	case strings.Contains(f.Validate, "url"):
		o.Type = "url"
	}
	return form.Input(f.Column, label, o), nil
}

// none is the option of a choice that is not made: where it may stay so, and
// where it has not been made yet.
func (e *editor) none(f *object.Field) []Option {
	if !needed(f) {
		return []Option{{"", e.c.T("none")}}
	}
	if e.form.Value(f.Column) == "" {
		return []Option{{"", e.c.T("choose")}}
	}
	return nil
}

// reference chooses a row: from a list when there are few, else by typing, which
// asks for the rows that match.
func (e *editor) reference(f *object.Field, label string, o Field) (Node, error) {
	c := e.c
	target := c.target(f)
	if target == nil || !c.may(target, object.View) {
		o.InputMode = "numeric"
		return e.form.Input(f.Column, label, o), nil
	}
	options, few, err := c.choices(target, "")
	if err != nil {
		return nil, err
	}
	if few {
		return e.form.Select(f.Column, label, o, append(e.none(f), options...)...), nil
	}
	typed := e.form.Value(f.Column)
	if v, fault := c.parseReference(f, typed); fault == "" && v.IsValid() {
		if row, err := c.load(target, v.Int()); err == nil {
			e.form.Set(f.Column, choiceText(c.rowName(target, row), v.Int()))
		}
	} else if typed != "" {
		if options, _, err = c.choices(target, typed); err != nil {
			return nil, err
		}
	}
	list := e.form.id + "-" + f.Column + "-list"
	o.Placeholder = c.T("form.find", "name", c.noun(c.singular(target)))
	o.Autocomplete = "off"
	return g.Group{
		e.form.Input(f.Column, label, o, attr("list", list)),
		h.DataList(h.ID(list), g.Map(options, func(x Option) Node { return h.Option(h.Value(x.Label + " #" + x.Value)) })),
	}, nil
}
