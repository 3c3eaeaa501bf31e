package admin

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/ui"
)

// definition is what the code says that the object is, in cards.
func (d Deps) definition(c *ui.Ctx, o *object.Object) []ui.Node {
	var cards []ui.Node
	if facts := d.facts(c, o); facts != nil {
		cards = append(cards, ui.Card("Definition", ui.KV(facts...)))
	}
	switch {
	case o.Record != nil:
		cards = append(cards, d.fieldCard(c, "Fields", o.Record.Fields))
		if len(o.Record.Relations) > 0 {
			cards = append(cards, d.relationCard(c, o.Record.Relations))
		}
	case o.Message != nil:
		cards = append(cards, d.fieldCard(c, "Inputs", o.Message.Fields))
		if o.Output != nil && o.Page == nil && o.Kind != object.KindInterface {
			cards = append(cards, answerCard(o.Output))
		}
	case o.WebAPI != nil:
		cards = append(cards, d.inputCard(c, o))
		if to := o.WebAPI.To; to != nil && to.Output != nil {
			cards = append(cards, answerCard(to.Output))
		}
	case o.Constant != nil:
		cards = append(cards, d.constantCard(c, o))
	case o.Translations != nil:
		cards = append(cards, translationCard(c, o))
	case o.Site != nil:
		cards = append(cards, ui.Card("Menu", menu(o.Site.Nav)))
	}
	return cards
}

// facts are what is short enough for a line.
func (d Deps) facts(c *ui.Ctx, o *object.Object) []ui.Pair {
	var facts []ui.Pair
	add := func(label, value string) {
		if value != "" {
			facts = append(facts, ui.Pair{Label: label, Value: ui.Text(value)})
		}
	}
	if o.CacheFor > 0 {
		add("Answers kept for", o.CacheFor.String())
	}
	if len(o.Formerly) > 0 {
		add("Formerly", strings.Join(o.Formerly, ", "))
	}
	if o.Page != nil {
		address := "/" + o.App.Name + o.Page.Route
		value := ui.Node(code(address))
		if !strings.Contains(address, "{") {
			value = anchor(address, code(address))
		}
		facts = append(facts, ui.Pair{Label: "Address", Value: value})
		add("Title", o.Page.Title.In(c.Language()))
	}
	if w := o.WebAPI; w != nil {
		facts = append(facts, ui.Pair{Label: "Address", Value: code(w.Method + " " + w.Path)},
			ui.Pair{Label: "Sends to", Value: d.reference(c, w.To.Ref)})
		if w.Status != 0 {
			add("Status of a success", fmt.Sprint(w.Status))
		}
		add("Requests of an account", "as many as the server lets every account send")
		if w.Limit.Requests > 0 {
			facts[len(facts)-1].Value = ui.Text(fmt.Sprintf("%d in %s", w.Limit.Requests, object.FormatDuration(w.Limit.Per)))
		}
		if w.MaxBody > 0 {
			add("Largest body", object.FormatSize(w.MaxBody))
		}
		if w.Timeout > 0 {
			add("Time limit", object.FormatDuration(w.Timeout))
		}
		logged := "no"
		switch {
		case w.Encrypt:
			logged = "encrypted"
		case w.LogPayloads:
			logged = "as they are"
		}
		add("Payloads logged", logged)
	}
	if r := o.Record; r != nil {
		facts = append(facts,
			ui.Pair{Label: "Table", Value: code(r.Table)},
			ui.Pair{Label: "Screens", Value: anchor("/"+o.App.Name+"/"+r.Path, code("/"+o.App.Name+"/"+r.Path))},
			ui.Pair{Label: "REST", Value: code("/api/" + o.App.Name + "/" + r.Path)},
			ui.Pair{Label: "Changes audited", Value: yes(r.Audited)},
			ui.Pair{Label: "Deleted rows kept", Value: yes(r.SoftDeleted)},
			ui.Pair{Label: "Row security", Value: ui.Text(plural(len(r.Rows), "filter"))})
	}
	if !o.Declared {
		add("Permissions", map[object.Tier]string{
			object.TierLogic: "inherited from security.defaults.logic of app.yaml", object.TierUI: "inherited from security.defaults.ui of app.yaml",
		}[o.Kind.Tier()])
	}
	return facts
}

func plural(n int, noun string) string {
	switch n {
	case 0:
		return "none"
	case 1:
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// fieldCard lists fields of a record or a message.
func (d Deps) fieldCard(c *ui.Ctx, title string, fields []object.Field) ui.Node {
	if len(fields) == 0 {
		return ui.Card(title, muted("It has none."))
	}
	held := slices.ContainsFunc(fields, func(f object.Field) bool { return f.View != nil || f.Update != nil })
	s := sheet{label: title, columns: []string{"Name", "Type", "Rules"}}
	if held {
		s.columns = append(s.columns, "Open to")
	}
	var system []string
	for i := range fields {
		f := &fields[i]
		if f.System {
			system = append(system, f.Column)
			continue
		}
		row := []ui.Node{code(f.Column), d.fieldType(c, f), fieldRules(f)}
		if held {
			row = append(row, fieldGroups(f))
		}
		s.rows = append(s.rows, row)
	}
	if system != nil {
		return ui.FlushCard(title, s.node(), h.P(h.Class("none"), ui.Text("And kept by AppOS: "+strings.Join(system, ", "))))
	}
	return ui.FlushCard(title, s.node())
}

// inputCard lists where in a request the fields of the message stand.
func (d Deps) inputCard(c *ui.Ctx, o *object.Object) ui.Node {
	if len(o.WebAPI.Inputs) == 0 {
		return ui.Card("Inputs", muted("It has none."))
	}
	s := sheet{label: "Inputs", columns: []string{"Name", "In", "Type", "Rules"}}
	for _, in := range o.WebAPI.Inputs {
		name := in.Name
		if name == "" { // the whole body
			name = in.Field.Key
		}
		s.rows = append(s.rows, []ui.Node{code(name), ui.Text(in.In.String()), d.fieldType(c, in.Field), fieldRules(in.Field)})
	}
	return ui.FlushCard("Inputs", s.node())
}

func (d Deps) fieldType(c *ui.Ctx, f *object.Field) ui.Node {
	kind := f.Kind.String()
	if f.Kind == object.FieldJSON {
		kind = typeText(f.Type)
	}
	if f.Kind == object.FieldDecimal {
		kind += fmt.Sprintf(" (%d digits)", f.Scale)
	}
	var more ui.Node
	if f.Target != nil {
		if target := d.registry().ByType(f.Target); target != nil {
			more = g.Group{ui.Text(" to "), anchor(c.URL(Object{Ref: target.Ref}), ui.Text(target.Ref))}
		}
	}
	return h.Span(ui.Text(kind), more, g.If(f.Optional, muted(", optional")))
}

// fieldRules are what values must satisfy, and what the tags say.
func fieldRules(f *object.Field) ui.Node {
	var rules []string
	for _, tag := range []struct {
		holds bool
		text  string
	}{
		{f.Unique, "unique"}, {f.Search, "searched"}, {f.Display, "names the row"},
		{f.Hidden, "hidden"}, {f.Secret, "sensitive"}, {f.Default != "", "default " + f.Default},
	} {
		if tag.holds {
			rules = append(rules, tag.text)
		}
	}
	return h.Span(g.If(f.Validate != "", code(f.Validate)), g.If(f.Validate != "" && rules != nil, ui.Text(" ")), ui.Text(strings.Join(rules, ", ")),
		g.If(f.Validate == "" && rules == nil, muted("–")))
}

// fieldGroups are the groups that a field is held to, beside the record's own
// permissions.
func fieldGroups(f *object.Field) ui.Node {
	if f.View == nil && f.Update == nil {
		return muted("–")
	}
	var parts []string
	if f.View != nil {
		parts = append(parts, "view: "+strings.Join(f.View, ", "))
	}
	if f.Update != nil {
		parts = append(parts, "update: "+strings.Join(f.Update, ", "))
	}
	return ui.Text(strings.Join(parts, "; "))
}

func (d Deps) relationCard(c *ui.Ctx, relations []object.Relation) ui.Node {
	s := sheet{label: "Relations", columns: []string{"Name", "Rows of", "By"}}
	for _, r := range relations {
		target := ui.Text(r.Target.Name())
		if o := d.registry().ByType(r.Target); o != nil {
			target = anchor(c.URL(Object{Ref: o.Ref}), ui.Text(o.Ref))
		}
		s.rows = append(s.rows, []ui.Node{code(r.Key), target, ui.Text(r.By)})
	}
	return ui.FlushCard("Relations", s.node())
}

// answerCard lists what a message is answered with.
func answerCard(t reflect.Type) ui.Node {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t.PkgPath() == "time" || strings.HasSuffix(t.PkgPath(), "/decimal") {
		return ui.Card("Answer", code(typeText(t)))
	}
	s := sheet{label: "Answer", columns: []string{"Name", "Type"}}
	for _, f := range reflect.VisibleFields(t) {
		if f.IsExported() && !f.Anonymous {
			s.rows = append(s.rows, []ui.Node{code(object.Snake(f.Name)), ui.Text(typeText(f.Type))})
		}
	}
	if s.rows == nil {
		return ui.Card("Answer", muted("It answers nothing."))
	}
	return ui.FlushCard("Answer", ui.Beside(code(typeText(t))), s.node())
}

var packagePath = regexp.MustCompile(`[\w.\-]+/`)

// typeText is a Go type without the paths of its packages: "appos.ID[crm.Customer]".
func typeText(t reflect.Type) string { return packagePath.ReplaceAllString(t.String(), "") }

// constantCard lists the values by environment, and which is in force.
func (d Deps) constantCard(c *ui.Ctx, o *object.Object) ui.Node {
	k := o.Constant
	s := sheet{label: "Values", columns: []string{"Environment", "Value", "In force"}}
	_, own := k.ByEnv[d.Env]
	set, changed := d.Constants.Current().Of(o)
	row := func(env string, value any, inForce bool) {
		text := ui.Node(code(fmt.Sprint(value)))
		if k.Ref {
			text = d.reference(c, fmt.Sprint(value))
		}
		var mark ui.Node = muted("–")
		if inForce {
			mark = ui.Badge("in force", ui.OK)
		}
		s.rows = append(s.rows, []ui.Node{ui.Text(env), text, mark})
	}
	if changed {
		row(d.Env+", set in the console", set, true)
	}
	row("every other", k.Value, !own && !changed)
	for _, env := range slices.Sorted(maps.Keys(k.ByEnv)) {
		row(env, k.ByEnv[env], env == d.Env && !changed)
	}
	beside := code(typeText(k.Type))
	if k.Validate != "" {
		beside = code(typeText(k.Type) + " · " + k.Validate)
	}
	return ui.FlushCard("Values", ui.Beside(beside, ui.Text(" "), anchor(c.URL(Constant{Ref: o.Ref}), ui.Text("Change"))), s.node())
}

// translationCard lists the labels in every language that some label has, as the
// code has them.
func translationCard(c *ui.Ctx, o *object.Object) ui.Node {
	t := o.Translations
	tags := map[string]bool{}
	for _, text := range t.Texts {
		for _, tag := range text.Languages() {
			tags[tag] = true
		}
	}
	languages := slices.Sorted(maps.Keys(tags))
	s := sheet{label: "Labels", columns: append([]string{"Key"}, languages...)}
	for _, key := range t.Keys {
		row := []ui.Node{code(key)}
		for _, tag := range languages {
			text, ok := t.Texts[key][tag]
			if !ok {
				row = append(row, ui.Badge("missing", ui.Warn))
				continue
			}
			row = append(row, ui.Text(shortened(text, 34)))
		}
		s.rows = append(s.rows, row)
	}
	return ui.FlushCard("Labels", ui.Beside(anchor(c.URL(TranslationSet{Ref: o.Ref}), ui.Text("Change"))), s.node())
}

// menu is the menu of a site as a nested list.
func menu(nav []object.Nav) ui.Node {
	return h.Ul(h.Class("rowlist"), g.Map(nav, func(n object.Nav) ui.Node {
		label := n.Label.In("en")
		switch {
		case label != "":
		case n.To != nil:
			label = object.Humanize(object.Snake(reflect.TypeOf(n.To).Name()))
		case n.List != nil:
			label = object.Humanize(object.Plural(object.Snake(n.List.Name())))
		}
		return h.Li(ui.Text(label), g.If(len(n.Items) > 0, menu(n.Items)))
	}))
}
