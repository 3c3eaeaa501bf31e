package ui

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// Copyable shows a text that people take elsewhere, such as a key or a command,
// with a button that copies it. The label says what it is. Without JavaScript the
// text is selected and copied by hand.
func Copyable(c *Ctx, label, text string) Node {
	id := c.ID("copy")
	return h.Div(class("copy"),
		h.Textarea(h.ID(id), class("input"), h.Rows("2"), h.ReadOnly(), h.Aria("label", label), attr("spellcheck", "false"), h.AutoComplete("off"), g.Text("\n"+text)),
		h.Button(h.Type("button"), class("btn outline"), h.Data("copy", id), h.Data("copied", c.T("copied")), h.Aria("live", "polite"),
			Icon("copy"), h.Span(g.Text(c.T("copy")))))
}
