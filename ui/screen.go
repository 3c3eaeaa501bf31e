package ui

import (
	"io"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// screen is a page's content with its frame. It stays apart from other nodes
// until the answer is written, because a boosted request wants it without the
// shell, and a page within a page without the frame.
type screen struct {
	node  Node
	title string
	body  []Node
}

// Render writes the main region.
func (s screen) Render(w io.Writer) error { return s.node.Render(w) }

func (s screen) inner() Node { return h.Section(class("stack"), h.H2(g.Text(s.title)), group(s.body)) }

// headPart is a node that a frame or a card places beside its title.
type headPart struct{ Node }

// Screen is the frame of a page: the breadcrumb, the title, what belongs beside
// it ([Sub], [Actions]), and the content. It sets the document's title.
func Screen(c *Ctx, title string, parts ...Node) Node {
	if title == "" {
		title = c.s.App.Title
	}
	c.SetTitle(title)
	beside, body := split(parts)
	app := c.s.App
	crumbs := c.s.crumb
	if app.Title != "" { // a page outside every app has none to lead back to
		crumbs = append([]Crumb{{app.Title, app.Path + "/"}}, crumbs...)
	}
	node := h.Main(h.ID("main"), class("main"), attr("tabindex", "-1"),
		h.Header(class("topbar"),
			h.Button(h.Type("button"), class("btn ghost icon"), h.Data("nav-toggle", ""), h.Aria("label", c.T("nav.toggle")), h.Aria("controls", "sidebar"), Icon("panel-left")),
			h.Nav(h.Aria("label", c.T("crumbs")), class("crumbs"), h.Ol(
				g.Map(crumbs, func(k Crumb) Node { return h.Li(h.A(Href(k.URL), g.Text(k.Label))) }),
				h.Li(h.Span(h.Aria("current", "page"), g.Text(title))))),
			h.Div(class("topbar-actions"),
				h.Button(h.Type("button"), class("btn ghost icon"), h.Data("theme-cycle", ""), h.Aria("label", c.T("scheme.switch")), Icon("sun", "only-light"), Icon("moon", "only-dark"))),
		),
		h.Div(class("content"),
			h.Div(class("page-head"), h.H1(g.Text(title)), group(beside)),
			group(body),
		),
	)
	return screen{node: node, title: title, body: body}
}

// split parts what stands beside a title from what stands below it.
func split(parts []Node) (beside, below []Node) {
	for _, p := range parts {
		if hp, ok := p.(headPart); ok {
			beside = append(beside, hp.Node)
		} else if p != nil {
			below = append(below, p)
		}
	}
	return beside, below
}

// Sub is the line under a title.
func Sub(text string) Node { return headPart{h.P(class("sub"), g.Text(text))} }

// Actions are the buttons beside a title.
func Actions(nodes ...Node) Node { return headPart{h.Div(class("actions"), group(nodes))} }

// Beside places nodes beside the title of a [Screen] or a [Card].
func Beside(nodes ...Node) Node { return headPart{group(nodes)} }
