package apidocs

import (
	"fmt"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos/internal/openapi"
	"github.com/apposengine/appos/ui"
)

// tryCard is a form that sends the operation. Its inputs have no names, so that
// without the script nothing is sent, above all no key. Their ids are the
// operation's, so that nothing that was typed in is carried over to another page.
//
// What the kit's script reads: on the form data-try, the path, data-method,
// data-accept, data-confirm and what it says of answers; on each input data-in (path, query, many, header,
// raw, kind, body or key) and data-name.
func (p *page) tryCard() ui.Node {
	var fields []ui.Node
	for i, x := range p.parameters {
		fields = append(fields, p.control(fmt.Sprintf("%s%d", p.id("try"), i), x))
	}
	if p.e.Body != nil {
		fields = append(fields, p.bodyControls()...)
	}
	if !p.open() {
		id := p.id("key")
		fields = append(fields, field(id, "API key or token", true,
			h.Input(h.ID(id), h.Class("input"), h.Type("password"), h.AutoComplete("off"), h.Data("in", "key"), h.Data("1p-ignore", "")),
			h.P(h.Class("hint"), ui.Text("Empty: it is sent as "+p.c.User().Name+", with the session of this page. A key goes with this request alone and is kept nowhere."))))
	}
	tone, hint, confirm := ui.Primary, "", ""
	switch p.e.method {
	case "GET":
	case "DELETE":
		tone, confirm = ui.Danger, "This really removes something. Send it?"
	default:
		hint = "This is really done, on this server."
	}
	return h.Section(h.ID("try"), h.Aria("label", "Try it"), ui.Card("Try it",
		g.El("noscript", h.P(h.Class("muted"), ui.Text("Trying it here takes JavaScript; the command above does the same."))),
		h.Form(h.ID(p.id("form")), h.Class("api-try"), h.AutoComplete("off"), g.Attr("hx-boost", "false"),
			h.Data("try", p.e.path), h.Data("method", p.e.method), h.Data("confirm", confirm),
			h.Data("failed", "Not sent"), h.Data("stopped", "stopped"), h.Data("cut", "cut off here"), h.Data("binary", "not text, and so not shown"), h.Data("redirect", "A redirect"), g.If(p.streams(), h.Data("accept", "text/event-stream")),
			h.Div(h.Class("fields"), g.Group(fields)),
			h.Div(h.Class("row"), ui.Button("Send", tone, ui.Icon("play")),
				h.Button(h.Type("button"), h.Class("btn outline"), h.Data("try-stop", ""), h.Hidden("hidden"), ui.Text("Stop")),
				h.Span(h.Class("hint"), ui.Text(hint)))),
		h.Div(h.ID(p.id("answer")), h.Class("api-answer"), h.Data("try-answer", ""), h.Hidden("hidden"),
			h.P(h.Class("row"), h.Role("status"), h.Data("try-line", "")),
			h.Details(h.Class("json"), h.Summary(ui.Text("Headers")), h.Pre(h.Class("json"), h.TabIndex("0"), h.Role("region"), h.Aria("label", "Headers of the answer"), h.Data("try-headers", ""))),
			h.Pre(h.Class("json"), h.TabIndex("0"), h.Role("region"), h.Aria("label", "Body of the answer"), h.Data("try-body", "")))))
}

// id is that of a part of the form.
func (p *page) id(part string) string { return p.e.ID + "-" + part }

// bodyControls are the text that is sent, and what it is where there is a choice.
func (p *page) bodyControls() []ui.Node {
	var options []ui.Node
	first := ""
	for _, kind := range kinds(p.e.Body.Content) {
		if m := p.e.Body.Content[kind]; m.Example != nil { // of others, such as forms, there is a text that does the same
			if options == nil {
				first = sampleText(m.Example)
			}
			options = append(options, h.Option(h.Value(kind), h.Data("sample", sampleText(m.Example)), ui.Text(kind)))
		}
	}
	id, kind := p.id("body"), p.id("kind")
	return []ui.Node{
		field(kind, "Content type", false, h.Select(h.ID(kind), h.Class("input select"), h.Data("in", "kind"), g.Group(options))),
		field(id, "Body", true, h.Textarea(h.ID(id), h.Class("input mono"), h.Rows("12"), g.Attr("spellcheck", "false"), h.Data("in", "body"), ui.Text("\n"+first))),
	}
}

// control is the input of a parameter.
func (p *page) control(id string, x *openapi.Parameter) ui.Node {
	s := p.resolve(x.Schema)
	attrs := g.Group{h.ID(id), h.Data("name", x.Name), g.If(x.Required, h.Required())}
	plainInput := func(in, value, placeholder string) ui.Node {
		return h.Input(attrs, h.Data("in", in), h.Class("input"), h.Type("text"), h.AutoComplete("off"), g.Attr("spellcheck", "false"), h.Value(value), h.Placeholder(placeholder))
	}
	value := ""
	if x.Required {
		value = sampleOf(x)
	}
	switch {
	case spread(x):
		return field(id, "Filters", true, plainInput("raw", "", "field=value&field__op=value"))
	case s != nil && s.Items != nil && x.Explode == nil:
		return field(id, x.Name, true, h.Textarea(attrs, h.Data("in", "many"), h.Class("input mono"), h.Rows("2"), g.Attr("spellcheck", "false"), ui.Text("\n"+value)),
			h.P(h.Class("hint"), ui.Text("One a line.")))
	case s != nil && s.Items == nil && len(s.Enum) > 0, s != nil && s.Type == "boolean":
		values := choices(s)
		if s.Type == "boolean" {
			values = []string{"true", "false"}
		}
		return field(id, x.Name, false, h.Select(attrs, h.Data("in", x.In), h.Class("input select"), h.Option(h.Value(""), ui.Text("–")),
			g.Map(values, func(v string) ui.Node { return h.Option(h.Value(v), g.If(v == value, h.Selected()), ui.Text(v)) })))
	case s != nil && s.Items != nil:
		return field(id, x.Name, false, plainInput(x.In, value, "with commas between them"))
	}
	return field(id, x.Name, false, plainInput(x.In, value, ""))
}

func field(id, label string, wide bool, control ...ui.Node) ui.Node {
	class := "field"
	if wide {
		class += " wide"
	}
	return h.Div(h.Class(class), h.Label(h.For(id), ui.Text(label)), g.Group(control))
}
