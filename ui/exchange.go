package ui

import (
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos/internal/object"
)

// exchange adds to a derived list what moves its rows in and out of files, for
// those who may.
func (c *Ctx) exchange(o *object.Object, t *grid) (actions []Node) {
	if c.may(o, object.Create) {
		actions = append(actions, LinkButton(listURL(o)+"/import", c.T("import"), Outline, Icon("upload")))
	}
	for _, format := range []string{"csv", "json"} {
		t.exports = append(t.exports, Option{exportURL(c, o, t, format), strings.ToUpper(format)})
	}
	return actions
}

// exportURL is the address that answers with all rows that the list shows.
func exportURL(c *Ctx, o *object.Object, t *grid, format string) string {
	s := t.stateOf(c)
	v := t.listFilters(c, o)
	v.Set("format", format)
	if s.Sort != "" && o.Record.Field(s.Sort) != nil {
		v.Set("sort", s.Sort)
		if s.Desc {
			v.Set("sort", "-"+s.Sort)
		}
	}
	return "/api/" + o.App.Name + "/" + o.Record.Path + "/export?" + v.Encode()
}

// exporter offers the formats of the exports.
func (t *grid) exporter(c *Ctx) Node {
	id := t.id + "-export"
	return g.Group{
		h.Button(h.Type("button"), class("btn outline sm"), attr("popovertarget", id), Icon("download"), h.Span(g.Text(c.T("table.export")))),
		h.Div(h.ID(id), flag("popover"), class("menu end"), h.Role("group"), h.Aria("label", c.T("table.export")),
			g.Map(t.exports, func(o Option) Node {
				return h.A(class("menu-item"), Href(o.Value), hxPlain(), flag("download"), h.Span(g.Text(o.Label)))
			})),
	}
}

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

// PluralOf names the rows of a record for people, in the user's language; within
// is how they are named within a sentence.
func PluralOf(c *Ctx, o *object.Object) (title, within string) {
	title = c.plural(o)
	return title, c.noun(title)
}
