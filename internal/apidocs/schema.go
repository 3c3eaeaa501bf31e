package apidocs

import (
	"maps"
	"slices"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos/internal/openapi"
	"github.com/apposengine/appos/ui"
)

// direction says whether values are sent or received.
type direction int

const (
	sent direction = iota
	received
)

// depth is how far members of members are drawn.
const depth = 4

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
func (p *page) schema(s *openapi.Schema, way direction) ui.Node {
	of := p.within(s)
	if of == nil || len(p.resolve(of).Properties) == 0 {
		if s == nil {
			return nil
		}
		return h.P(ui.Text(sentence(s)+"."), ui.Text(" "), prose(about("", p.resolve(s), way)))
	}
	var said ui.Node
	if of != s && of != p.resolve(s) { // a list, or something that may be null
		said = h.P(ui.Text(sentence(s) + "."))
	}
	return g.Group{said, p.members(nameOf(of), p.resolve(of), 0, way, nil)}
}

// sentence is a type at the beginning of a sentence.
func sentence(s *openapi.Schema) string {
	t := typeOf(s)
	return strings.ToUpper(t[:1]) + t[1:]
}

func nameOf(s *openapi.Schema) string {
	if s.Ref == "" {
		return "Members"
	}
	return s.Ref[strings.LastIndex(s.Ref, "/")+1:]
}

// members lists the members of an object, and below them those of the objects in
// it. What a row can be expanded by is drawn at its first level only, and nothing
// within itself.
func (p *page) members(name string, s *openapi.Schema, level int, way direction, above []*openapi.Schema) ui.Node {
	t := sheet{label: name, columns: []string{"Member", "Type", "About"}}
	var inner []ui.Node
	above = append(slices.Clone(above), s)
	for _, key := range order(s) {
		m := s.Properties[key]
		required := slices.Contains(s.Required, key)
		t.rows = append(t.rows, []ui.Node{named(key, required && way == sent), ui.Text(typeOf(m)), prose(about("", m, way))})
		of := p.resolve(p.within(m))
		if of == nil || len(of.Properties) == 0 || level == depth || slices.Contains(above, of) || level > 0 && m.ReadOnly && !required {
			continue
		}
		inner = append(inner, part(key+": "+typeOf(m), false, p.members(key, of, level+1, way, above)))
	}
	return g.Group{t.node(), g.Group(inner)}
}

// within is the object that a member is, or holds, or nil.
func (p *page) within(s *openapi.Schema) *openapi.Schema {
	switch {
	case s == nil:
		return nil
	case s.Ref != "" || len(s.Properties) > 0:
		return s
	case s.Items != nil:
		return p.within(s.Items)
	case s.AdditionalProperties != nil && s.AdditionalProperties.Not == nil:
		return p.within(s.AdditionalProperties)
	}
	for _, one := range s.AnyOf {
		if of := p.within(one); of != nil {
			return of
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

// typeOf says what values are, briefly.
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
