package ui

import (
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// Card groups content under a title; "" leaves the title out. [Beside] places
// nodes right of the title.
func Card(title string, content ...Node) Node { return card("card", title, content) }

// FlushCard is a [Card] whose content reaches its edges: tables and lists.
func FlushCard(title string, content ...Node) Node { return card("card flush", title, content) }

func card(classes, title string, content []Node) Node {
	beside, body := split(content)
	return h.Section(class(classes),
		when(title != "", h.Header(class("card-head"), h.H2(g.Text(title)), group(beside))),
		h.Div(class("card-body"), group(body)))
}

// Grid lays nodes out in columns, 2 to 4, that collapse on small windows.
func Grid(columns int, nodes ...Node) Node {
	return h.Div(class("grid", "g"+strconv.Itoa(min(max(columns, 2), 4))), group(nodes))
}

// Split is a wide column and a narrow one.
func Split(wide, narrow Node) Node { return h.Div(class("split"), wide, narrow) }

// Stack puts nodes below one another.
func Stack(nodes ...Node) Node { return h.Div(class("stack"), group(nodes)) }

// Row puts nodes beside one another.
func Row(nodes ...Node) Node { return h.Div(class("row"), group(nodes)) }
