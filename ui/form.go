package ui

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos/internal/object"
)

// Form is the state of a form: what was typed, what is wrong with it, and
// whether the user asked to save. One function shows, checks and saves:
//
//	f := ui.NewForm(c, "ticket", map[string]string{"priority": "normal"})
//	f.Check("title", f.Value("title") != "", "Enter a title")
//	if f.Submitted() && f.Valid() {
//		_, err := appos.Call(c, CreateTicket{Title: f.Value("title")})
//		if err == nil {
//			return c.Redirect(TicketsPage{})
//		}
//		if !f.Fail(err) {
//			return nil, err
//		}
//	}
//	return ui.Screen(c, "New ticket", f.Node(
//		ui.Fields("Ticket", "", f.Input("title", "Title", ui.Field{Required: true})),
//		ui.Footer(ui.Save(c, "Create")))), nil
//
// With JavaScript the form posts itself with every change and is drawn again,
// so that checks show while the user types; only a submit saves.
type Form struct {
	c         *Ctx
	id        string
	values    map[string]string
	faults    map[string]string
	general   []string // faults of no field
	touched   []string
	submitted bool
	order     []string // the fields, as they were drawn
	labels    map[string]string
}

// NewForm reads what was posted; fields that were not, and a first view, have
// their defaults. The id names the form's elements.
func NewForm(c *Ctx, id string, defaults map[string]string) *Form {
	f := &Form{c: c, id: id, values: map[string]string{}, faults: map[string]string{}, labels: map[string]string{}}
	posted := c.Posted()
	for k, v := range defaults {
		f.values[k] = v
	}
	if posted {
		for k := range c.posted() {
			f.values[k] = c.Posting(k)
		}
		for k := range defaults { // an unchecked box is absent from a post
			if !c.posted().Has(k) {
				f.values[k] = ""
			}
		}
		f.touched = strings.Split(c.Posting("_touched"), ",")
		f.submitted = c.posted().Has("_submit")
	}
	return f
}

// Value is what the field holds, without space around it.
func (f *Form) Value(key string) string { return strings.TrimSpace(f.values[key]) }

// On says whether a switch is on.
func (f *Form) On(key string) bool { return f.values[key] == "on" }

// Set changes what the field holds.
func (f *Form) Set(key, value string) { f.values[key] = value }

// Submitted says whether the user asked to save.
func (f *Form) Submitted() bool { return f.submitted }

// Check notes what is wrong with a field, unless it is ok or something is noted.
// The message says what to do. It shows once the user has been in the field.
func (f *Form) Check(key string, ok bool, message string) {
	if !ok && f.faults[key] == "" {
		f.faults[key] = message
	}
}

// Fault notes what is wrong with the form as a whole.
func (f *Form) Fault(message string) { f.general = append(f.general, message) }

// Valid says whether nothing is wrong.
func (f *Form) Valid() bool { return len(f.faults) == 0 && len(f.general) == 0 }

// Fail notes what an error says is wrong with the input, field by field, and
// reports whether the error is about the input, or about the state of the data.
// Every other error is not for the form.
func (f *Form) Fail(err error) bool {
	if !errors.Is(err, object.Invalid) && !errors.Is(err, object.Conflict) {
		return false
	}
	e := object.AsError(err)
	for _, fe := range e.Fields {
		f.Check(fe.Field, false, f.c.faultText(nil, fe))
	}
	if len(e.Fields) == 0 {
		f.Fault(f.c.sentence(e.Public()))
	}
	return true
}

// fault is what is shown to be wrong with a field.
func (f *Form) fault(key string) string {
	if f.submitted || slices.Contains(f.touched, key) {
		return f.faults[key]
	}
	return ""
}

// Node draws the form around its fields. With faults the answer is 422.
func (f *Form) Node(content ...Node) Node {
	if f.submitted && !f.Valid() && f.c.s.out.Status == 0 {
		f.c.SetStatus(http.StatusUnprocessableEntity)
	}
	address := f.c.s.HTTP.URL.RequestURI()
	return h.Form(h.ID(f.id), class("form"), h.Method("post"), h.Action(address), attr("novalidate", ""), h.Data("form", ""), hxForm(address),
		csrfField(f.c),
		h.Input(h.Type("hidden"), h.Name("_touched"), h.Value(strings.Join(f.touched, ","))),
		f.summary(), group(content))
}

// summary lists what is wrong, with links to the fields. It stands above them,
// and is focused by the script after a submit.
func (f *Form) summary() Node {
	if !f.submitted || f.Valid() {
		return nil
	}
	var items []Node
	listed := map[string]bool{}
	link := func(key, text string) {
		listed[key] = true
		items = append(items, h.Li(h.A(h.Href("#"+f.id+"-"+key), hxPlain(), g.Text(text))))
	}
	for _, key := range f.order {
		if text := f.faults[key]; text != "" && !listed[key] {
			link(key, f.labels[key]+": "+text)
		}
	}
	for key, text := range f.faults { // about fields that the form does not show
		if !listed[key] {
			items = append(items, h.Li(g.Text(object.Humanize(key)+": "+text)))
		}
	}
	for _, text := range f.general {
		items = append(items, h.Li(g.Text(text)))
	}
	return h.Div(class("alert err"), h.Role("alert"), h.ID(f.id+"-sum"), attr("tabindex", "-1"), Icon("circle-alert"),
		h.Div(h.Strong(g.Text(f.c.count("form.faults", len(items)))), h.Ul(group(items))))
}

// Fields is a titled block of fields; text explains it.
func Fields(title, text string, fields ...Node) Node {
	return h.Div(class("fsec"), h.Div(h.H2(g.Text(title)), when(text != "", h.P(g.Text(text)))), h.Div(class("fields"), group(fields)))
}

// Footer holds a form's buttons, in view while the form scrolls.
func Footer(nodes ...Node) Node { return h.Div(class("ffoot"), group(nodes)) }

// Save is the button that submits a form; "" is labelled "Save".
func Save(c *Ctx, label string) Node {
	if label == "" {
		label = c.T("save")
	}
	return h.Button(h.Type("submit"), class("btn primary"), h.Name("_submit"), h.Value("1"), h.Span(g.Text(label)))
}
