package ui

import (
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

// PluralOf names the rows of a record for people, in the user's language; within
// is how they are named within a sentence.
func PluralOf(c *Ctx, o *object.Object) (title, within string) {
	title = c.plural(o)
	return title, c.noun(title)
}
