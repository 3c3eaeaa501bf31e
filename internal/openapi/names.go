package openapi

import (
	"strings"

	"github.com/apposengine/appos/internal/object"
)

// camel writes a name in snake case, or with dots, as one word: "crm.order_line"
// is "CrmOrderLine".
func camel(names ...string) string {
	var b strings.Builder
	for _, part := range strings.FieldsFunc(strings.Join(names, "_"), func(r rune) bool { return r == '_' || r == '.' || r == '-' }) {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}

// lower begins a name with a small letter.
func lower(name string) string {
	if name == "" {
		return ""
	}
	return strings.ToLower(name[:1]) + name[1:]
}

// words writes a name in snake case as people do: "order line".
func words(snake string) string { return strings.ReplaceAll(snake, "_", " ") }

// a puts the article before a noun.
func a(noun string) string {
	if noun != "" && strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

// resource is a record as the API has it.
type resource struct {
	o           *object.Object
	base        string // such as "/api/crm/order-lines"
	schema      string // such as "CrmOrderLine"
	id          string // begins the ids of operations, such as "crmOrderLines"
	tag         string
	noun, nouns string // such as "order line"
	shown       []*object.Field
	written     []*object.Field
	viewed      bool // the user may view rows
}

func (b *builder) resource(o *object.Object) *resource {
	if r := b.resources[o]; r != nil {
		return r
	}
	plural := object.Plural(o.Name)
	r := &resource{
		o: o, base: "/api/" + o.App.Name + "/" + o.Record.Path,
		schema: camel(o.App.Name, o.Name), id: lower(camel(o.App.Name, plural)),
		tag:  b.about.title(o.App.Name) + ": " + object.Humanize(plural),
		noun: words(o.Name), nouns: words(plural), viewed: b.v.May(o, object.View),
	}
	for i := range o.Record.Fields {
		f := &o.Record.Fields[i]
		if b.v.sees(f) {
			r.shown = append(r.shown, f)
		}
		if b.v.writes(f) {
			r.written = append(r.written, f)
		}
	}
	b.resources[o] = r
	return r
}
