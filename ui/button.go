package ui

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// Variant is the look of a button, or the tone of a badge, an alert or a toast.
type Variant string

// Looks of buttons, and tones.
const (
	Primary Variant = "primary"
	Outline Variant = "outline"
	Ghost   Variant = "ghost"
	Danger  Variant = "danger"

	OK    Variant = "ok"
	Warn  Variant = "warn"
	Err   Variant = "err"
	Info  Variant = "info"
	Muted Variant = "muted"
)

// Button submits the form that it stands in. Extra nodes are attributes, such as
// a name and a value, or an [Icon].
func Button(label string, v Variant, extra ...Node) Node {
	return h.Button(h.Type("submit"), class("btn", string(v)), group(extra), h.Span(g.Text(label)))
}

// LinkButton goes to an address, such as one of [Ctx.URL].
func LinkButton(address, label string, v Variant, extra ...Node) Node {
	return h.A(Href(address), class("btn", string(v)), group(extra), h.Span(g.Text(label)))
}

// PostButton posts to an address by itself, for actions such as "retry": a form
// of one button, with hidden values given as pairs.
func PostButton(c *Ctx, address, label string, v Variant, pairs ...string) Node {
	var hidden []Node
	for i := 0; i+1 < len(pairs); i += 2 {
		hidden = append(hidden, h.Input(h.Type("hidden"), h.Name(pairs[i]), h.Value(pairs[i+1])))
	}
	return h.Form(class("inline"), h.Method("post"), h.Action(safeURL(address)), csrfField(c), group(hidden), Button(label, v))
}

func anchor(address, classes string, content ...Node) Node {
	return h.A(Href(address), class(classes), group(content))
}

// Menu is a button that opens a list of [MenuItem]. The label says what the
// button is for; icon is a Lucide name, "" is three dots.
func Menu(c *Ctx, icon, label string, items ...Node) Node {
	if icon == "" {
		icon = "ellipsis"
	}
	id := c.ID("menu")
	return g.Group{
		h.Button(h.Type("button"), class("btn ghost icon sm"), attr("popovertarget", id), h.Aria("label", label), Icon(icon)),
		h.Div(h.ID(id), flag("popover"), class("menu"), h.Role("menu"), h.Aria("label", label), group(items)),
	}
}

// MenuItem is a link in a menu.
func MenuItem(address, icon, label string) Node {
	return h.A(h.Role("menuitem"), class("menu-item"), Href(address), Icon(icon), h.Span(class("grow"), g.Text(label)))
}
