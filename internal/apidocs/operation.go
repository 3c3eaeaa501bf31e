package apidocs

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/openapi"
	"github.com/apposengine/appos/ui"
)

// page draws one operation.
type page struct {
	c *ui.Ctx
	d *openapi.Document
	e entry
	// parameters and their places in the components are resolved.
	parameters []*openapi.Parameter
	site       string
}

// Operation draws the operation with the id. One that the document has not is
// NotFound, whether there is one for others or not. Site is the address of the
// server, such as "https://example.com"; "" is taken from the request.
func Operation(c *ui.Ctx, d *openapi.Document, base, site, id string) (ui.Node, error) {
	p := page{c: c, d: d, site: strings.TrimSuffix(site, "/")}
	if r := c.Request(); p.site == "" {
		p.site = "https://" + r.Host
		if r.TLS == nil && r.Header.Get("X-Forwarded-Proto") != "https" {
			p.site = "http://" + r.Host
		}
	}
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
		ui.Stack(
			ui.Card("", h.Div(h.Class("api-request"), request(p.e.method, p.e.path)), h.P(prose(p.e.Description)), p.who()),
			p.parameterCard(), p.bodyCard(), p.answerCard(), p.curlCard(), p.tryCard())), nil
}

// who says how a request says who sends it.
func (p *page) who() ui.Node {
	var ways []string
	for _, r := range p.e.Security {
		names := map[string]string{"bearer": "a token", "apiKey": "an API key", "session": "a session", "csrf": "its CSRF token"}
		var all []string
		for _, scheme := range r {
			all = append(all, names[scheme])
		}
		if all == nil {
			all = []string{"nothing: it is open to everybody"}
		}
		ways = append(ways, strings.Join(all, " and "))
	}
	return h.P(muted("Sent with "+strings.Join(ways, ", or ")+". Its id is "), code(p.e.ID), muted("."))
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
			more = append(more, p.membersOf("Filters: "+x.Schema.Ref[strings.LastIndex(x.Schema.Ref, "/")+1:], s, false))
		}
		t.rows = append(t.rows, []ui.Node{p.named(name, x.Required), ui.Text(x.In), p.typed(s), prose(about(x.Description, s))})
	}
	return ui.FlushCard("Parameters", t.node(), g.Group(more))
}

// spread says whether the members of a parameter are parameters themselves.
func spread(x *openapi.Parameter) bool { return x.Explode != nil && *x.Explode && x.Style == "form" }

func (p *page) named(name string, required bool) ui.Node {
	return g.Group{code(name), g.If(required, h.Span(h.Class("muted"), ui.Text(" required")))}
}

func (p *page) bodyCard() ui.Node {
	if p.e.Body == nil {
		return nil
	}
	var parts []ui.Node
	for _, kind := range kinds(p.e.Body.Content) {
		m := p.e.Body.Content[kind]
		parts = append(parts, h.H3(code(kind)), p.schema(m.Schema), example(m.Example))
	}
	return ui.FlushCard("Body", parts...)
}

func (p *page) answerCard() ui.Node {
	var parts []ui.Node
	for _, status := range slices.Sorted(maps.Keys(p.e.Responses)) {
		r := p.e.Responses[status]
		if name, is := strings.CutPrefix(r.Ref, "#/components/responses/"); is {
			r = p.d.Components.Responses[name]
		}
		tone := ui.Err
		if status[0] == '2' || status[0] == '3' {
			tone = ui.OK
		}
		body := []ui.Node{h.Summary(ui.Badge(status, tone), h.Span(prose(r.Description)))}
		if headers := slices.Sorted(maps.Keys(r.Headers)); len(headers) > 0 {
			body = append(body, h.P(muted("Headers: "+strings.Join(headers, ", "))))
		}
		for _, kind := range kinds(r.Content) {
			m := r.Content[kind]
			body = append(body, h.H3(code(kind)), p.schema(m.Schema), example(m.Example))
		}
		parts = append(parts, h.Details(append([]ui.Node{h.Class("api-answer"), g.If(status[0] == '2', g.Attr("open"))}, body...)...))
	}
	return ui.FlushCard("Answers", parts...)
}

// kinds are the media types of a body, JSON first.
func kinds(content map[string]*openapi.MediaType) []string {
	names := slices.Sorted(maps.Keys(content))
	slices.SortStableFunc(names, func(a, b string) int {
		return strings.Compare(strings.Replace(a, "application/json", "", 1), strings.Replace(b, "application/json", "", 1))
	})
	return names
}

func example(v any) ui.Node {
	if v == nil {
		return nil
	}
	return h.Pre(h.Class("json"), h.TabIndex("0"), h.Aria("label", "Example"), ui.Text(sampleText(v)))
}

// sampleText is an example as it is sent.
func sampleText(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	data, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	var b bytes.Buffer
	if json.Indent(&b, data, "", "  ") != nil {
		return string(data)
	}
	return b.String()
}
