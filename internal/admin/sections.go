package admin

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos/ui"
)

// A section is one of the views of a page: the page's own message, with another
// value in the field that names the section.
type section struct {
	label string
	to    ui.View
	open  bool
}

// sections are links to the views of a page. They lead to messages, so that the
// search and the sort of one view's table do not follow into the next.
func sections(c *ui.Ctx, all ...section) ui.Node {
	return h.Div(h.Class("dt-scroll"), h.Nav(h.Class("tabs"), h.Aria("label", c.T("tabs")), g.Map(all, func(s section) ui.Node {
		return h.A(ui.Href(c.URL(s.to)), g.If(s.open, h.Aria("current", "page")), ui.Text(s.label))
	})))
}
