package apidocs

import (
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/openapi"
	"github.com/apposengine/appos/ui"
)

// page draws one operation.
type page struct {
	c          *ui.Ctx
	d          *openapi.Document
	e          entry
	parameters []*openapi.Parameter // resolved
	site       string               // the address of the server, without a slash at its end
}

// Operation draws the operation with the id. One that the document has not is
// NotFound, whether there is one for others or not. Base is the address of the
// list. Site is that of the server, such as "https://example.com"; "" is taken from
// the request.
func Operation(c *ui.Ctx, d *openapi.Document, base, site, id string) (ui.Node, error) {
	p := page{c: c, d: d, site: siteOf(c, site)}
	for _, e := range entries(d) {
		if e.ID == id {
			p.e = e
		}
	}
	if p.e.Operation == nil {
		return nil, object.Errorf(object.NotFound, "no operation has the id %q, or it is not open to you", id)
	}
	for _, x := range p.e.Parameters {
		if name, is := strings.CutPrefix(x.Ref, "#/components/parameters/"); is {
			x = d.Components.Parameters[name]
		}
		p.parameters = append(p.parameters, x)
	}
	c.Crumbs(ui.Crumb{Label: "API", URL: base})
	return ui.Screen(c, p.e.Summary,
		ui.Sub(p.e.tag()),
		ui.Actions(ui.LinkButton("#try", "Try it", ui.Outline, ui.Icon("play"))),
		ui.Stack(p.requestCard(), p.parameterCard(), p.bodyCard(), p.tryCard(), p.answerCard(), p.errorCard())), nil
}

func siteOf(c *ui.Ctx, site string) string {
	if site != "" {
		return strings.TrimSuffix(site, "/")
	}
	r := c.Request()
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// requestCard is the operation in short, and as a command.
func (p *page) requestCard() ui.Node {
	var deprecated ui.Node
	if p.e.Deprecated {
		deprecated = ui.Badge("deprecated", ui.Warn)
	}
	return ui.Card("", ui.Row(request(p.e.method, p.e.path), deprecated), h.P(prose(p.e.Description)), p.who(),
		ui.Copyable(p.c, "The request as a command of curl", p.curl()))
}

// who says how a request says who sends it.
func (p *page) who() ui.Node {
	names := map[string]string{"bearer": "a token", "apiKey": "an API key", "session": "a browser's session", "csrf": "its CSRF token"}
	var ways []string
	for _, r := range p.e.Security {
		var all []string
		for _, scheme := range r {
			all = append(all, names[scheme])
		}
		if all == nil {
			all = []string{"nothing, for it is open to everybody"}
		}
		ways = append(ways, strings.Join(all, " and "))
	}
	return h.P(h.Class("muted"), ui.Text("Sent with "+strings.Join(ways, ", or ")+". Its operation id is "), code(p.e.ID), ui.Text("."))
}

func (p *page) parameterCard() ui.Node {
	if len(p.parameters) == 0 {
		return nil
	}
	t := sheet{label: "Parameters", columns: []string{"Parameter", "In", "Type", "About"}}
	var more []ui.Node
	for _, x := range p.parameters {
		s := x.Schema
		for _, m := range x.Content {
			s = m.Schema
		}
		name := x.Name
		if spread(x) {
			name = "field, field__op"
			more = append(more, part("Fields that rows can be filtered by", false, p.members("Fields to filter by", p.resolve(x.Schema), 0, sent, nil)))
		}
		t.rows = append(t.rows, []ui.Node{named(name, x.Required), ui.Text(x.In), ui.Text(typeOf(s)), prose(about(x.Description, s, sent))})
	}
	return ui.FlushCard("Parameters", t.node(), g.Group(more))
}

// spread says whether the members of a parameter are parameters themselves.
func spread(x *openapi.Parameter) bool { return x.Explode != nil && *x.Explode && x.Style == "form" }

func named(name string, required bool) ui.Node {
	return g.Group{code(name), g.If(required, h.Span(h.Class("muted"), ui.Text(" required")))}
}

func (p *page) bodyCard() ui.Node {
	if p.e.Body == nil {
		return nil
	}
	return ui.FlushCard("Body", p.contents(p.e.Body.Content, sent))
}
