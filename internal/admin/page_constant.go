package admin

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/constant"
	"github.com/apposengine/appos/internal/graph"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/ui"
)

// Constant is /admin/constants/{ref}: one constant, in several views.
type Constant struct {
	appos.Returns[ui.Node]

	Ref  string
	View string // "" is what it is
	Env  string // of the form; "" is the server's own
}

func (k console) constant(c *ui.Ctx, in Constant) (ui.Node, error) {
	d := k.deps()
	o := d.registry().ByRef(in.Ref)
	if o == nil || o.Constant == nil {
		return nil, appos.Errorf(appos.NotFound, "no constant has the reference %q", in.Ref)
	}
	if in.Env == "" {
		in.Env = d.Env
	}
	if !constant.EnvName(in.Env) {
		return nil, appos.Errorf(appos.NotFound, "there is no environment %q", in.Env)
	}
	switch c.Posting(do) {
	case "":
	case "reset":
		version, err := strconv.ParseInt(c.Posting("version"), 10, 64)
		if err != nil {
			return nil, unknown(c)
		}
		return change(c, platform.ResetConstant{Constant: o.Ref, Environment: c.Posting("env"), Version: &version}, "The code decides again in "+c.Posting("env"))
	case "restore":
		if c.Posting("value") == "" && c.Posting("set") == "" {
			return change(c, platform.ResetConstant{Constant: o.Ref, Environment: c.Posting("env")}, "The code decides again in "+c.Posting("env"))
		}
		return change(c, platform.SetConstant{Constant: o.Ref, Environment: c.Posting("env"), Value: c.Posting("value")}, "Set again in "+c.Posting("env"))
	default:
		return nil, unknown(c)
	}
	if err := d.Board.Refresh(c); err != nil {
		return nil, err
	}
	var body ui.Node
	var err error
	switch in.View {
	case "":
		body, err = d.constantValues(c, o, in.Env)
	case viewHistory:
		body = d.constantHistory(c, o)
	default:
		return nil, appos.Errorf(appos.NotFound, "there is no view %q of a constant", in.View)
	}
	if body == nil || err != nil { // a form that was saved goes on elsewhere
		return nil, err
	}
	c.Crumbs(ui.Crumb{Label: titles.Constants.In(c), URL: c.URL(Constants{})})
	at := func(label, view string) section {
		return section{label, Constant{Ref: o.Ref, View: view}, in.View == view}
	}
	return ui.Screen(c, o.Ref,
		ui.Sub(typeText(o.Constant.Type)+" of the app "+o.App.Name+" · "+o.Source.String()),
		ui.Actions(settingBadge(d.constantRow(o).state()),
			ui.LinkButton(c.URL(Object{Ref: o.Ref}), "Object", ui.Outline, ui.Icon("box")),
			ui.LinkButton(c.URL(Permissions{Ref: o.Ref}), "Permissions", ui.Outline, ui.Icon("key-round"))),
		sections(c, at("Values", ""), at("History", viewHistory)),
		body), nil
}

// constantEnvs are the environments that something is said about, the server's
// own first.
func (d Deps) constantEnvs(o *object.Object, more string) []string {
	all := map[string]bool{more: true}
	for env := range o.Constant.ByEnv {
		all[env] = true
	}
	for _, x := range d.Constants.Of(o) {
		all[x.Env] = true
	}
	delete(all, d.Env)
	return append([]string{d.Env}, slices.Sorted(maps.Keys(all))...)
}

// constantValues is what the constant is in every environment, and the form for
// one of them.
func (d Deps) constantValues(c *ui.Ctx, o *object.Object, env string) (ui.Node, error) {
	set := map[string]constant.Override{}
	for _, x := range d.Constants.Of(o) {
		if had, ok := set[x.Env]; !ok || had.Ref != o.Ref {
			set[x.Env] = x
		}
	}
	form, err := d.constantForm(c, o, env, set[env])
	if form == nil || err != nil {
		return nil, err
	}
	s := sheet{label: "Values", columns: []string{"Environment", "Code says", "Set to", "By", ""}}
	for _, e := range d.constantEnvs(o, env) {
		x, changed := set[e]
		value, by, reset := muted("–"), muted("–"), ui.Node(nil)
		if changed {
			value = brief(x.Text)
			if x.Stale != "" {
				value = h.Span(brief(x.Text), ui.Text(" "), ui.Badge(stateUnused, ui.Err), ui.Text(" "+x.Stale))
			}
			by = h.Span(userLink(c, x.By), ui.Text(" "+ago(c, d.Now(), x.At)))
			reset = rowButton(c, "Reset", "Reset in "+e, ui.Danger, do, "reset", "env", e, "version", strconv.FormatInt(x.Version, 10))
		}
		s.rows = append(s.rows, []ui.Node{anchor(c.URL(Constant{Ref: o.Ref, Env: e}), ui.Text(e)), brief(d.declaredText(o, e)), value, by, reset})
	}
	return ui.Split(
		ui.Stack(ui.FlushCard("Values", s.node()), form),
		ui.Stack(d.constantRules(c, o),
			d.edges(c, "Used by", "Nothing has read it yet.", d.Edges.UsedBy(o.Index), func(e graph.Edge) *object.Object { return e.From }))), nil
}

func (d Deps) constantRules(c *ui.Ctx, o *object.Object) ui.Node {
	rule := o.Constant.Validate
	if rule == "" {
		rule = "–"
	}
	pairs := []ui.Pair{{Label: "Type", Value: code(typeText(o.Constant.Type))}, {Label: "Rule", Value: code(rule)}}
	if o.Constant.Ref {
		pairs = append(pairs, ui.Pair{Label: "Refers to", Value: d.reference(c, d.valueText(o))})
	}
	return ui.Card("What fits", ui.KV(pairs...))
}

// constantForm sets the constant in an environment. The version that the form
// carries is of what it shows, so that nobody overwrites what he has not seen.
func (d Deps) constantForm(c *ui.Ctx, o *object.Object, env string, now constant.Override) (ui.Node, error) {
	if constant.FormOf(o.Constant) == constant.Other {
		return ui.Alert(ui.Info, "Only the code sets it", "Values of the type "+typeText(o.Constant.Type)+" cannot be written in a form."), nil
	}
	value := d.declaredText(o, env)
	if now.Version != 0 {
		value = now.Text
	}
	f := ui.NewForm(c, "constant", map[string]string{"value": value, "version": strconv.FormatInt(now.Version, 10)})
	if f.Submitted() {
		version, err := strconv.ParseInt(f.Value("version"), 10, 64)
		if err != nil {
			return nil, unknown(c)
		}
		_, err = appos.Call(c, platform.SetConstant{Constant: o.Ref, Environment: env, Value: plainText(c.Posting("value")), Version: &version})
		if err == nil {
			c.Toast(ui.OK, "Set in "+env, "It holds at once, on other nodes within a second.")
			return c.Redirect(Constant{Ref: o.Ref, Env: env})
		}
		if !f.Fail(err) {
			return nil, err
		}
	}
	var all []section
	for _, e := range d.constantEnvs(o, env) {
		all = append(all, section{e, Constant{Ref: o.Ref, Env: e}, e == env})
	}
	return ui.Stack(sections(c, all...), f.Node(
		h.Input(h.Type("hidden"), h.Name("version"), h.Value(f.Value("version"))),
		ui.Fields("Set in "+env, "In place of "+shortened(d.declaredText(o, env), 60)+", which the code says. Another environment has an address of its own: add ?env= and its name.",
			d.constantControl(f, o, value)),
		ui.Footer(ui.Save(c, "Set")))), nil
}

// plainText is a text as it was typed: forms send every line end as two characters.
func plainText(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// constantControl is the widget of the constant's type.
func (d Deps) constantControl(f *ui.Form, o *object.Object, value string) ui.Node {
	field := ui.Field{Required: true, Autocomplete: "off", MaxLen: 10_000}
	options := func(values ...string) []ui.Option {
		var all []ui.Option
		for _, v := range values {
			all = append(all, ui.Option{Value: v, Label: v})
		}
		return all
	}
	form := constant.FormOf(o.Constant)
	switch choices := constant.Choices(o.Constant); {
	case form == constant.Boolean:
		return f.Select("value", "Value", field, options("true", "false")...)
	case choices != nil:
		return f.Select("value", "Value", field, options(choices...)...)
	}
	switch form {
	case constant.Integer:
		field.InputMode = "numeric"
	case constant.Number, constant.Decimal:
		field.InputMode = "decimal"
	case constant.Duration:
		field.Hint = "Such as 1h30m, 45s or 2d"
	case constant.Date:
		field.Type = "date"
	case constant.Reference:
		field.Hint, field.Wide = "The reference of an object", true
		var offers []ui.Node
		for _, other := range d.referable(o) {
			offers = append(offers, h.Option(h.Value(other.Ref)))
		}
		return h.Div(f.Input("value", "Value", field, h.List("constant-offers")), h.DataList(append([]ui.Node{h.ID("constant-offers")}, offers...)...))
	case constant.Text:
		field.Required = false
		if field.Wide = true; len(value) > 80 || strings.Contains(value, "\n") {
			return f.Text("value", "Value", field)
		}
	}
	return f.Input("value", "Value", field)
}

// referable are the objects that a constant which refers to one may mean: those
// of the kind that the code names.
func (d Deps) referable(o *object.Object) []*object.Object {
	declared := d.registry().ByRef(d.declaredText(o, d.Env))
	if declared == nil {
		return nil
	}
	return d.registry().Of("", declared.Kind)
}

// constantHistory is what was changed about the constant; each value that it was
// set to can be set again.
func (d Deps) constantHistory(c *ui.Ctx, o *object.Object) ui.Node {
	type said struct{ Environment, Value *string }
	after := func(x *security.Change) (s said, ok bool) {
		ok = strings.HasPrefix(x.Action, "constant.") && json.Unmarshal(x.After, &s) == nil && s.Environment != nil
		return s, ok
	}
	return d.auditTable(c, security.ChangeQuery{Subject: o.Ref}, false,
		ui.Column[security.Change]{Key: "environment", Title: "Environment", Text: func(x *security.Change) string {
			if s, ok := after(x); ok {
				return *s.Environment
			}
			return "–"
		}},
		ui.Column[security.Change]{Key: "restore", Title: "", Number: true, Cell: func(x *security.Change) ui.Node {
			s, ok := after(x)
			if !ok {
				return nil
			}
			if s.Value == nil {
				return rowButton(c, "Reset again", "Reset again in "+*s.Environment, ui.Outline, do, "restore", "env", *s.Environment)
			}
			return rowButton(c, "Restore", "Set "+shortened(*s.Value, 40)+" again in "+*s.Environment, ui.Outline, do, "restore", "env", *s.Environment, "value", *s.Value, "set", "1")
		}})
}
