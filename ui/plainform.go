package ui

import (
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// UploadForm is a form that sends one file to an address, as its part named
// "file" and after its CSRF token. Accept lists the kinds of files, as the input's
// attribute has them.
func UploadForm(c *Ctx, address, label, hint, accept, submit string) Node {
	id := c.ID("upload")
	return h.Form(class("form"), h.Method("post"), h.Action(address), attr("enctype", "multipart/form-data"), hxPlain(), csrfField(c),
		Fields(label, hint, h.Div(class("field wide"),
			h.Label(h.For(id), g.Text(label)),
			h.Input(h.ID(id), h.Type("file"), h.Name("file"), class("input"), h.Accept(accept), h.Required()))),
		Footer(Button(submit, Primary, Icon("upload"))))
}

// PlainForm is a form without state of its own: what is in it is posted to the
// address when it is submitted.
func PlainForm(c *Ctx, address string, content ...Node) Node {
	return h.Form(class("form"), h.Method("post"), h.Action(address), csrfField(c), group(content))
}

// Chooser is a choice from a list, in a [PlainForm].
func Chooser(c *Ctx, name, label, current string, options ...Option) Node {
	id := c.ID("choose")
	return h.Div(class("field"), h.Label(h.For(id), g.Text(label)),
		h.Select(h.ID(id), h.Name(name), class("input select"), g.Map(options, func(o Option) Node {
			return h.Option(h.Value(o.Value), when(o.Value == current, h.Selected()), g.Text(o.Label))
		})))
}

// Poll asks for the page again every few seconds, while something is under way.
// Without JavaScript the page has a link instead.
func Poll(c *Ctx, seconds int) Node {
	address := c.s.HTTP.URL.RequestURI()
	return g.Group{
		h.Div(hxPoll(address, strconv.Itoa(seconds))),
		noScript(LinkButton(address, c.T("refresh"), Outline, Icon("refresh-cw"))),
	}
}

// Hidden is a value that a [PlainForm] posts along.
func Hidden(name, value string) Node { return h.Input(h.Type("hidden"), h.Name(name), h.Value(value)) }

// Named is a button that submits its form and posts a value by a name, to tell it
// from the form's other buttons.
func Named(v Variant, name, value, label string) Node {
	return Button(label, v, h.Name(name), h.Value(value))
}

// Download is a link to a file.
func Download(address, label string) Node {
	return h.A(class("btn outline"), Href(address), hxPlain(), flag("download"), Icon("download"), h.Span(g.Text(label)))
}
