package apidocs

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos/internal/openapi"
	"github.com/apposengine/appos/ui"
)

// resolve follows a reference to the components.
func (p *page) resolve(s *openapi.Schema) *openapi.Schema {
	if s == nil {
		return nil
	}
	if name, is := strings.CutPrefix(s.Ref, "#/components/schemas/"); is {
		return p.d.Components.Schemas[name]
	}
	return s
}

// schema draws what a body is.
func (p *page) schema(s *openapi.Schema) ui.Node {
	whole := p.resolve(s)
	if whole == nil {
		return nil
	}
	if len(whole.Properties) == 0 {
		return h.P(p.typed(s), g.If(whole.Description != "", muted(" "+whole.Description)))
	}
	return p.members(nameOf(s), whole, true)
}

func nameOf(s *openapi.Schema) string {
	if s.Ref == "" {
		return "Members"
	}
	return s.Ref[strings.LastIndex(s.Ref, "/")+1:]
}

// members lists the members of an object, and below them those of the objects in it.
func (p *page) members(name string, s *openapi.Schema, deeper bool) ui.Node {
	t := sheet{label: name, columns: []string{"Member", "Type", "About"}}
	var inner []ui.Node
	for _, key := range order(s) {
		m := s.Properties[key]
		t.rows = append(t.rows, []ui.Node{p.named(key, slices.Contains(s.Required, key)), p.typed(m), prose(about("", m))})
		if of := p.within(m); deeper && of != nil && len(p.resolve(of).Properties) > 0 && p.resolve(of) != s {
			inner = append(inner, p.membersOf(key+": "+nameOf(of), of, false))
		}
	}
	return g.Group{t.node(), g.Group(inner)}
}

// membersOf is a list of members that is opened where it is of interest.
func (p *page) membersOf(title string, s *openapi.Schema, deeper bool) ui.Node {
	return h.Details(h.Class("api-answer"), h.Summary(ui.Text(title)), p.members(title, p.resolve(s), deeper))
}

// within is the object that a member is, or holds, or nil.
func (p *page) within(s *openapi.Schema) *openapi.Schema {
	switch {
	case s == nil:
	case s.Ref != "" || len(s.Properties) > 0:
		return s
	case s.Items != nil:
		return p.within(s.Items)
	case s.AdditionalProperties != nil && s.AdditionalProperties.Not == nil:
		return p.within(s.AdditionalProperties)
	}
	if s != nil {
		for _, one := range s.AnyOf {
			if of := p.within(one); of != nil {
				return of
			}
		}
	}
	return nil
}

func order(s *openapi.Schema) []string {
	if len(s.PropertyOrder) == len(s.Properties) {
		return s.PropertyOrder
	}
	return slices.Sorted(maps.Keys(s.Properties))
}

// typed says what values are, briefly.
func (p *page) typed(s *openapi.Schema) ui.Node { return ui.Text(typeOf(s)) }

func typeOf(s *openapi.Schema) string {
	if s == nil {
		return "anything"
	}
	if s.Ref != "" {
		return nameOf(s)
	}
	if s.AnyOf != nil {
		var all []string
		for _, one := range s.AnyOf {
			all = append(all, typeOf(one))
		}
		return strings.Join(all, " or ")
	}
	kinds := slices.Clone(s.Types)
	if s.Type != "" {
		kinds = []string{s.Type}
	}
	if kinds == nil {
		return "anything"
	}
	for i, kind := range kinds {
		switch {
		case kind == "array":
			kinds[i] = "list of " + typeOf(s.Items)
		case kind == "object" && s.AdditionalProperties != nil && s.AdditionalProperties.Not == nil:
			kinds[i] = "object of " + typeOf(s.AdditionalProperties)
		case s.Format != "" && kind != "null":
			kinds[i] = s.Format
		}
	}
	return strings.Join(kinds, " or ")
}

// about is what is said of values: the words, and the rules.
func about(words string, s *openapi.Schema) string {
	if s == nil {
		return words
	}
	if words == "" {
		words = s.Description
	}
	var says []string
	add := func(format string, args ...any) { says = append(says, fmt.Sprintf(format, args...)) }
	of := s
	if s.Items != nil {
		of = s.Items
	}
	if of.Enum != nil {
		var all []string
		for _, v := range of.Enum {
			if v != nil {
				all = append(all, fmt.Sprintf("`%v`", v))
			}
		}
		add("one of %s", strings.Join(all, ", "))
	}
	switch low, high := s.Minimum, s.Maximum; {
	case low != nil && high != nil && *low > -limit && *high < limit:
		add("%v to %v", *low, *high)
	case low != nil && *low > -limit:
		add("at least %v", *low)
	case high != nil && *high < limit:
		add("at most %v", *high)
	}
	if s.MinLength != nil && *s.MinLength > 0 {
		add("at least %d characters", *s.MinLength)
	}
	if s.MaxLength != nil && *s.MaxLength < 4096 && s.Format == "" {
		add("at most %d characters", *s.MaxLength)
	}
	if s.MinItems != nil && *s.MinItems > 0 {
		add("at least %d entries", *s.MinItems)
	}
	if s.MaxItems != nil && *s.MaxItems < 100_000 {
		add("at most %d entries", *s.MaxItems)
	}
	if s.Pattern != "" {
		add("of the form `%s`", s.Pattern)
	}
	if s.Default != nil {
		add("`%s` when missing", s.Default)
	}
	if s.ReadOnly {
		add("only in answers")
	}
	if s.WriteOnly {
		add("only in requests")
	}
	rules := strings.Join(says, "; ")
	if rules != "" {
		rules = strings.ToUpper(rules[:1]) + rules[1:] + "."
	}
	return strings.TrimSpace(words + " " + rules)
}

// limit is the bound of numbers that have none of their own.
const limit = 1<<53 - 1

// sheet is a short table of fixed rows. The first column names the row.
type sheet struct {
	label   string
	columns []string
	rows    [][]ui.Node
}

func (s sheet) node() ui.Node {
	return h.Div(h.Class("dt"), h.Div(h.Class("dt-scroll"), h.Role("region"), h.Aria("label", s.label), h.TabIndex("0"),
		h.Table(h.Class("table api-sheet"),
			h.THead(h.Tr(g.Map(s.columns, func(title string) ui.Node { return h.Th(h.Scope("col"), ui.Text(title)) }))),
			h.TBody(g.Map(s.rows, func(cells []ui.Node) ui.Node {
				var row []ui.Node
				for i, cell := range cells {
					if i == 0 {
						row = append(row, h.Td(h.Class("mainc"), cell))
					} else {
						row = append(row, h.Td(h.Data("l", s.columns[i]), h.Span(cell)))
					}
				}
				return h.Tr(row...)
			})))))
}
