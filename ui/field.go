package ui

import (
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// Field says more about a field of a [Form].
type Field struct {
	Hint         string
	Placeholder  string
	Prefix       string // shown before the input, such as "€"
	Suffix       string
	Type         string // of the input, such as "email"; "" is "text"
	InputMode    string // of the keyboard, such as "decimal"
	Autocomplete string
	MinLen       int
	MaxLen       int
	Required     bool
	Wide         bool // over the whole width
	Code         bool // a text of several lines for machines: no spelling is checked
}

// frame draws the label, the control, the hint and the fault of a field.
func (f *Form) frame(key, label string, o Field, control func(attrs Node) Node) Node {
	f.order = append(f.order, key)
	f.labels[key] = label
	id := f.id + "-" + key
	fault := f.fault(key)
	var described []string
	if fault != "" {
		described = append(described, id+"-e")
	}
	if o.Hint != "" {
		described = append(described, id+"-h")
	}
	attrs := g.Group{
		h.ID(id), h.Name(key), when(o.Required, h.Aria("required", "true")), when(fault != "", h.Aria("invalid", "true")),
		when(len(described) > 0, h.Aria("describedby", strings.Join(described, " "))),
	}
	wide, bad := "", ""
	if o.Wide {
		wide = "wide"
	}
	if fault != "" {
		bad = "bad"
	}
	return h.Div(h.ID(id+"-f"), class("field", wide, bad),
		h.Label(h.For(id), g.Text(label), when(!o.Required, h.Small(g.Text(f.c.T("form.optional"))))),
		control(attrs),
		when(fault != "", h.P(class("ferr"), h.ID(id+"-e"), Icon("circle-alert"), g.Text(fault))),
		when(o.Hint != "", h.P(class("hint"), h.ID(id+"-h"), g.Text(o.Hint))))
}

// Input is a field of one line.
func (f *Form) Input(key, label string, o Field, extra ...Node) Node {
	return f.frame(key, label, o, func(attrs Node) Node {
		kind := o.Type
		if kind == "" {
			kind = "text"
		}
		input := h.Input(attrs, h.Type(kind), class("input"), h.Value(f.values[key]),
			when(o.Placeholder != "", h.Placeholder(o.Placeholder)),
			when(o.Autocomplete != "", h.AutoComplete(o.Autocomplete)),
			when(o.InputMode != "", attr("inputmode", o.InputMode)),
			when(o.MinLen > 0, h.MinLength(strconv.Itoa(o.MinLen))),
			when(o.MaxLen > 0, h.MaxLength(strconv.Itoa(o.MaxLen))),
			group(extra))
		if o.Prefix == "" && o.Suffix == "" {
			return input
		}
		return h.Div(class("igroup"), when(o.Prefix != "", h.Span(g.Text(o.Prefix))), input, when(o.Suffix != "", h.Span(g.Text(o.Suffix))))
	})
}

// Text is a field of several lines.
func (f *Form) Text(key, label string, o Field) Node {
	o.Wide = true
	mono := ""
	if o.Code {
		mono = "mono"
	}
	return f.frame(key, label, o, func(attrs Node) Node {
		return h.Textarea(attrs, class("input", mono), h.Rows("5"), when(o.Code, attr("spellcheck", "false")), when(o.Placeholder != "", h.Placeholder(o.Placeholder)),
			when(o.MaxLen > 0, h.MaxLength(strconv.Itoa(o.MaxLen))), g.Text("\n"+f.values[key])) // HTML drops the first newline
	})
}

// Select is a choice from a list. An option with the value "" stands for none.
func (f *Form) Select(key, label string, o Field, options ...Option) Node {
	return f.frame(key, label, o, func(attrs Node) Node {
		return h.Select(attrs, class("input select"), g.Map(options, func(x Option) Node {
			return h.Option(h.Value(x.Value), when(f.values[key] == x.Value, h.Selected()), g.Text(x.Label))
		}))
	})
}

// Choice is a choice from a few options, all in view.
func (f *Form) Choice(key, label string, options ...Option) Node {
	f.order = append(f.order, key)
	f.labels[key] = label
	id := f.id + "-" + key
	fault := f.fault(key)
	first := true
	return h.FieldSet(class("choice wide"), h.Legend(g.Text(label)), when(fault != "", h.Aria("describedby", id+"-e")),
		g.Map(options, func(x Option) Node {
			at := id
			if !first { // the summary links to the first
				at += "-" + x.Value
			}
			first = false
			return h.Label(h.Input(h.Type("radio"), h.Name(key), h.ID(at), h.Value(x.Value), when(f.values[key] == x.Value, h.Checked())), h.Span(h.Strong(g.Text(x.Label))))
		}),
		when(fault != "", h.P(class("ferr"), h.ID(id+"-e"), Icon("circle-alert"), g.Text(fault))))
}

// Switch is on or off; [Form.On] reads it. Its default must be given to
// [NewForm], "on" or "".
func (f *Form) Switch(key, label, hint string) Node {
	f.order = append(f.order, key)
	f.labels[key] = label
	return h.Label(class("switchrow wide"), h.Span(h.Strong(g.Text(label)), when(hint != "", h.Small(g.Text(hint)))),
		h.Input(h.Type("checkbox"), h.Role("switch"), class("switch"), h.ID(f.id+"-"+key), h.Name(key), h.Value("on"), when(f.On(key), h.Checked())))
}

// Shown is a field that is only read.
func (f *Form) Shown(label string, value Node) Node {
	return h.Div(class("field"), h.Span(class("flabel"), g.Text(label)), h.Div(class("shown"), value))
}
