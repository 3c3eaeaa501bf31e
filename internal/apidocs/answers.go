package apidocs

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos/internal/openapi"
	"github.com/apposengine/appos/ui"
)

// problem is the media type that errors have.
const problem = "application/problem+json"

// answers are the operation's, resolved: those that say what became of the request,
// and the errors that are only a problem document.
func (p *page) answers() (good, errors map[string]*openapi.Response) {
	good, errors = map[string]*openapi.Response{}, map[string]*openapi.Response{}
	for status, r := range p.e.Responses {
		if name, is := strings.CutPrefix(r.Ref, "#/components/responses/"); is {
			r = p.d.Components.Responses[name]
		}
		if len(r.Content) == 1 && r.Content[problem] != nil {
			errors[status] = r
		} else {
			good[status] = r
		}
	}
	return good, errors
}

func (p *page) answerCard() ui.Node {
	good, _ := p.answers()
	var parts []ui.Node
	for _, status := range slices.Sorted(maps.Keys(good)) {
		r := good[status]
		body := []ui.Node{h.Summary(statusBadge(status), h.Span(prose(r.Description)))}
		if names := slices.Sorted(maps.Keys(r.Headers)); len(names) > 0 {
			body = append(body, h.P(h.Class("muted"), ui.Text("Headers: "), list(names)))
		}
		body = append(body, p.contents(r.Content, received))
		parts = append(parts, h.Details(append([]ui.Node{h.Class("api-part"), g.If(status[0] == '2', g.Attr("open"))}, body...)...))
	}
	return ui.FlushCard("Answers", parts...)
}

// errorCard lists the errors, and says once what they look like.
func (p *page) errorCard() ui.Node {
	_, errors := p.answers()
	if len(errors) == 0 {
		return nil
	}
	t := sheet{label: "Errors", columns: []string{"Status", "When"}}
	var one *openapi.Response
	for _, status := range slices.Sorted(maps.Keys(errors)) {
		r := errors[status]
		t.rows = append(t.rows, []ui.Node{statusBadge(status), prose(r.Description)})
		if one == nil || status == "422" {
			one = r // which names fields
		}
	}
	return ui.FlushCard("Errors", t.node(), part("What every error says", false, p.contents(one.Content, received)))
}

func statusBadge(status string) ui.Node {
	tone := ui.Err
	switch status[0] {
	case '2', '3':
		tone = ui.OK
	case 'd': // default
		tone = ui.Info
	}
	if n, err := strconv.Atoi(status); err == nil {
		status += " " + http.StatusText(n)
	}
	return ui.Badge(status, tone)
}

// list is some words of code with commas between them.
func list(names []string) ui.Node {
	var parts []ui.Node
	for i, name := range names {
		if i > 0 {
			parts = append(parts, ui.Text(", "))
		}
		parts = append(parts, code(name))
	}
	return g.Group(parts)
}

// contents draws a body in each of its forms.
func (p *page) contents(content map[string]*openapi.MediaType, way direction) ui.Node {
	var parts []ui.Node
	for _, kind := range kinds(content) {
		m := content[kind]
		parts = append(parts, h.P(code(kind)), p.schema(m.Schema, way), example(m.Example))
	}
	return g.Group(parts)
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
	return h.Pre(h.Class("json"), h.TabIndex("0"), h.Role("region"), h.Aria("label", "Example"), ui.Text(sampleText(v)))
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
