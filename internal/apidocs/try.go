package apidocs

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos/internal/openapi"
	"github.com/apposengine/appos/ui"
)

// curlCard is the operation's example as a command.
func (p *page) curlCard() ui.Node {
	return ui.Card("With curl", h.Pre(h.Class("json"), h.TabIndex("0"), h.Aria("label", "Command"), ui.Text(p.curl())))
}

func (p *page) curl() string {
	path, query := p.e.path, url.Values{}
	var options []string
	for _, x := range p.parameters {
		switch {
		case x.In == "path":
			path = strings.ReplaceAll(path, "{"+x.Name+"}", url.PathEscape(fmt.Sprint(x.Example)))
		case x.In == "query" && x.Required:
			query.Set(x.Name, strings.Trim(fmt.Sprint(x.Example), "[]"))
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	if p.e.method != "GET" {
		options = append(options, "-X "+p.e.method)
	}
	if !p.open() {
		options = append(options, `-H "X-API-Key: $APPOS_KEY"`)
	}
	if p.e.Body != nil {
		kind := kinds(p.e.Body.Content)[0]
		body := p.e.Body.Content[kind].Example
		text, ok := body.(string)
		if data, err := json.Marshal(body); !ok && err == nil {
			text = string(data)
		}
		options = append(options, quoted("Content-Type: "+kind, "-H "), quoted(text, "--data-binary "))
	}
	return strings.Join(append([]string{"curl " + quoted(p.site+path, "")}, options...), " \\\n  ")
}

// quoted is an argument of a shell.
func quoted(text, option string) string {
	return option + "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// open says whether the operation is the same for everybody.
func (p *page) open() bool {
	return len(p.e.Security) == 1 && len(p.e.Security[0]) == 0
}

// tryCard is a form that sends the operation. Its inputs have no names: without the
// script nothing is sent, above all no key.
func (p *page) tryCard() ui.Node {
	var fields []ui.Node
	for i, x := range p.parameters {
		fields = append(fields, p.control(fmt.Sprintf("try-%d", i), x))
	}
	if p.e.Body != nil {
		all := kinds(p.e.Body.Content)
		var kind string
		for _, k := range all {
			if k != "multipart/form-data" { // the body itself does the same
				kind = k
				break
			}
		}
		m := p.e.Body.Content[kind]
		text := ""
		if m.Example != nil {
			text = sampleText(m.Example)
		}
		fields = append(fields, field("try-body", "Body ("+kind+")", true, h.Textarea(h.ID("try-body"), h.Class("input mono"), h.Rows("12"), g.Attr("spellcheck", "false"),
			h.Data("in", "body"), h.Data("name", kind), ui.Text("\n"+text))))
	}
	fields = append(fields, field("try-key", "API key", true,
		h.Input(h.ID("try-key"), h.Class("input"), h.Type("password"), h.AutoComplete("off"), h.Data("in", "key"), h.Placeholder("none: as you are signed in")),
		h.P(h.Class("hint"), ui.Text("It is sent with this request and kept nowhere."))))
	warn := ""
	if p.e.method != "GET" {
		warn = p.e.method + " " + p.e.path + " is really sent and may change data. Go on?"
	}
	return ui.Card("Try it",
		g.El("noscript", h.P(muted("Trying it takes JavaScript; the command above does the same."))),
		h.Form(h.Class("api-try"), h.Data("try", p.e.path), h.Data("method", p.e.method), h.Data("confirm", warn), g.Attr("hx-boost", "false"), g.If(p.streams(), h.Data("accept", "text/event-stream")),
			h.Div(append([]ui.Node{h.Class("fields")}, fields...)...),
			h.Div(h.Class("row"), ui.Button("Send", sendTone(p.e.method), ui.Icon("play")), h.Span(h.Class("muted"), h.Data("try-line", ""), h.Role("status")))),
		h.Div(h.Data("try-answer", ""), h.Hidden("hidden"), h.Aria("live", "polite"),
			h.H3(h.TabIndex("-1"), ui.Text("Answer")), h.Pre(h.Class("json"), h.TabIndex("0"), h.Aria("label", "Headers"), h.Data("try-headers", "")), h.Pre(h.Class("json"), h.TabIndex("0"), h.Aria("label", "Body"), h.Data("try-body", ""))))
}

func sendTone(method string) ui.Variant {
	if method == "DELETE" {
		return ui.Danger
	}
	return ui.Primary
}

// streams says whether the answer goes on until the client leaves.
func (p *page) streams() bool {
	r := p.e.Responses["200"]
	return r != nil && r.Content["text/event-stream"] != nil
}

// control is the input of a parameter.
func (p *page) control(id string, x *openapi.Parameter) ui.Node {
	attrs := g.Group{h.ID(id), h.Data("in", x.In), h.Data("name", x.Name), g.If(x.Required, h.Required())}
	label := x.Name
	s := p.resolve(x.Schema)
	switch {
	case spread(x):
		attrs = g.Group{h.ID(id), h.Data("in", "filter"), h.Placeholder("status__ne=draft&created_at__ge=2026-01-01")}
		label = "Filters"
	case s != nil && len(s.Enum) > 0, s != nil && s.Type == "boolean":
		values := s.Enum
		if s.Type == "boolean" {
			values = []any{"true", "false"}
		}
		options := []ui.Node{h.Option(h.Value(""), ui.Text("–"))}
		for _, v := range values {
			if v != nil {
				options = append(options, h.Option(h.Value(fmt.Sprint(v)), ui.Text(fmt.Sprint(v))))
			}
		}
		return field(id, label, false, h.Select(attrs, h.Class("input select"), g.Group(options)))
	}
	value := ""
	if x.Required && x.Example != nil {
		value = strings.Trim(fmt.Sprint(x.Example), "[]")
	}
	return field(id, label, false, h.Input(attrs, h.Class("input"), h.Type("text"), h.AutoComplete("off"), g.Attr("spellcheck", "false"), h.Value(value)))
}

func field(id, label string, wide bool, control ...ui.Node) ui.Node {
	class := "field"
	if wide {
		class += " wide"
	}
	return h.Div(append([]ui.Node{h.Class(class), h.Label(h.For(id), ui.Text(label))}, control...)...)
}
