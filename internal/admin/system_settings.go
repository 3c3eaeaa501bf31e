package admin

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/system"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/ui"
)

// systemSettings is the form of what the console sets in an environment, beside
// the credentials, which have forms of their own: what is typed into those is
// never sent back.
func (d Deps) systemSettings(c *ui.Ctx, s *system.System, env string) (ui.Node, error) {
	in, name := env, "in "+env
	if env == everywhere {
		in, name = "", "in every environment"
	}
	values := s.Values(in)
	defaults := map[string]string{}
	for _, v := range values {
		if v.Form != system.Credential {
			defaults[v.Key] = ""
			if v.Own {
				defaults[v.Key] = v.Text
			}
		}
	}
	f := ui.NewForm(c, "system", defaults)
	if f.Submitted() {
		_, err := appos.Call(c, configure(s, in, values, f))
		if err == nil {
			c.Toast(ui.OK, "Settings saved", "Connections are made anew with them.")
			return c.Redirect(System{Ref: s.Object().Ref, View: viewSettings, Env: env})
		}
		if !f.Fail(err) {
			return nil, err
		}
	}
	var fields []ui.Node
	for _, v := range values {
		if v.Form != system.Credential && (!v.Ignored || v.Own) {
			fields = append(fields, settingField(f, v, env))
		}
	}
	return ui.Stack(
		environments(c, s, env),
		credentials(c, d, s, in, values),
		f.Node(
			ui.Fields("Settings "+name, "An empty field leaves the value to the variable or to the code, which it shows.", fields...),
			ui.Footer(ui.Save(c, "")))), nil
}

// configure is the change that the form asks for.
func configure(s *system.System, env string, values []system.Value, f *ui.Form) platform.ConfigureSystem {
	change := platform.ConfigureSystem{System: s.Object().Ref, Environment: env, Set: map[string]string{}}
	for _, v := range values {
		text := f.Value(v.Key)
		switch {
		case v.Form == system.Credential:
		case text != "" && (!v.Own || text != v.Text):
			change.Set[v.Key] = text
		case text == "" && v.Own:
			change.Clear = append(change.Clear, v.Key)
		}
	}
	return change
}

func settingField(f *ui.Form, v system.Value, env string) ui.Node {
	o := ui.Field{Hint: v.Hint, Placeholder: v.Text, MaxLen: 2000}
	from := originName(v, env)
	if v.Own { // the code's own value is hidden behind it
		o.Placeholder = ""
	} else if !v.Set {
		o.Placeholder = v.Default
	} else {
		o.Hint = joined(o.Hint, "Now from "+from)
	}
	switch v.Form {
	case system.Choice:
		options := []ui.Option{{Value: "", Label: "not set here"}}
		for _, text := range v.Choices {
			options = append(options, ui.Option{Value: text, Label: text})
		}
		return f.Select(v.Key, v.Label, o, options...)
	case system.Number:
		o.InputMode = "numeric"
	}
	o.Wide = v.Key == "url"
	return f.Input(v.Key, v.Label, o)
}

func joined(a, b string) string {
	if a == "" {
		return b
	}
	return a + ". " + b
}

// environments chooses whose settings are shown.
func environments(c *ui.Ctx, s *system.System, env string) ui.Node {
	at := func(label, to string) section {
		return section{label, System{Ref: s.Object().Ref, View: viewSettings, Env: to}, env == to}
	}
	var all []section
	for _, e := range s.Environments() {
		all = append(all, at(e, e))
	}
	return sections(c, append(all, at("every environment", everywhere))...)
}

// credentials are replaced or cleared, one by one, and never shown.
func credentials(c *ui.Ctx, d Deps, s *system.System, env string, values []system.Value) ui.Node {
	sheet := sheet{label: "Credentials", columns: []string{"Credential", "State", "Change"}}
	for _, v := range values {
		if v.Form != system.Credential || v.Ignored {
			continue
		}
		var state ui.Node = muted("not set; the variable " + v.Variable + " would")
		switch {
		case v.Set && v.By != "":
			state = h.Span(ui.Text("•••••• set by "), userLink(c, v.By), ui.Text(" "+ago(c, d.Now(), v.At)+", "+originName(v, env)))
		case v.Set:
			state = ui.Text("•••••• set by the variable " + v.Variable)
		}
		id := "credential-" + v.Key
		address := c.Request().URL.RequestURI()
		csrf := h.Input(h.Type("hidden"), h.Name("_csrf"), h.Value(c.CSRF()))
		hidden := func(name, value string) ui.Node { return h.Input(h.Type("hidden"), h.Name(name), h.Value(value)) }
		replace := h.Form(h.Class("inline row"), h.Method("post"), h.Action(address), csrf, hidden(do, "credential"), hidden("key", v.Key),
			h.Input(h.ID(id), h.Type("password"), h.Name("credential"), h.Class("input"), h.AutoComplete("new-password"), h.Required(), h.MaxLength("2000"), h.Aria("label", "New value of "+v.Label)),
			h.Button(h.Type("submit"), h.Class("btn sm outline"), h.Aria("label", "Save "+v.Label), ui.Text("Save")))
		var clear ui.Node
		if v.Own {
			clear = rowButton(c, "Clear", "Clear "+v.Label, ui.Danger, do, "credential", "key", v.Key)
		}
		sheet.rows = append(sheet.rows, []ui.Node{ui.Text(v.Label), state, h.Span(h.Class("row"), replace, g.If(v.Own, clear))})
	}
	if sheet.rows == nil {
		return nil
	}
	return ui.FlushCard("Credentials", sheet.node(),
		h.P(h.Class("none"), ui.Text("They are kept encrypted and never shown, not even to you.")))
}

// changeCredential replaces a credential, or clears it when nothing was typed.
func changeCredential(c *ui.Ctx, ref, env string) (ui.Node, error) {
	if env == everywhere {
		env = ""
	}
	key, value := c.Posting("key"), c.Posting("credential")
	if key == "" {
		return nil, appos.Errorf(appos.Invalid, "the form names no credential")
	}
	rule := platform.ConfigureSystem{System: ref, Environment: env}
	done := object.Humanize(key) + " saved"
	if value == "" {
		rule.Clear, done = []string{key}, object.Humanize(key)+" cleared"
	} else {
		rule.Set = map[string]string{key: value}
	}
	return change(c, rule, done)
}
