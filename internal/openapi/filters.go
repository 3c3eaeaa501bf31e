package openapi

import (
	"slices"
	"strings"

	"github.com/apposengine/appos/internal/object"
)

// reserved are the parameters that are no filters: a field of the same name is
// filtered with its operator spelled out.
var reserved = []string{
	"sort", "limit", "cursor", "before", "q", "where", "count", "expand", "fields", "format", "names",
	"group", "count_distinct", "sum", "avg", "min", "max", "having", "rows", "last_event_id",
}

// page are the parameters that say which rows, of how many.
func (b *builder) page(r *resource) []*Parameter {
	return append(b.choice(r),
		b.query("count", said(boolean(), ""), "Whether to answer with `total` too.", nil),
		b.query("limit", &Schema{Type: "integer", Format: "int32", Minimum: ptr(1.0), Maximum: ptr(200.0), Default: raw(50)}, "How many rows a page has at most.", 50),
		b.query("cursor", text(maxText), "The `next_cursor` of the page before, with the same sort.", nil),
		b.query("before", text(maxText), "A cursor to page backwards from.", nil))
}

// choice are the parameters that say which rows, and in what order.
func (b *builder) choice(r *resource) []*Parameter {
	all := []*Parameter{b.sort(r)}
	if slices.ContainsFunc(r.shown, func(f *object.Field) bool { return f.Search }) {
		all = append(all, b.query("q", text(1000), "Words to search for; the best fit comes first, unless `sort` says otherwise.", nil))
	}
	return append(all, b.where())
}

func (b *builder) where() *Parameter {
	return b.param("where", func() *Parameter {
		return &Parameter{
			Name: "where", In: "query",
			Description: "Conditions in JSON, for what filters cannot say. The members of an object must all hold; `and`, `or` and `not` group them, an object leads to another record.",
			Content:     map[string]*MediaType{"application/json": {Schema: &Schema{Type: "object", MaxProperties: ptr(200)}, Example: members{{"or", []members{{{"id", 1}}, {{"id__gt", 100}}}}}}},
		}
	})
}

// sort names the fields that rows can be sorted by, of each both directions.
func (b *builder) sort(r *resource) *Parameter {
	return b.param(r.schema+".sort", func() *Parameter {
		var names []string
		for _, f := range r.shown {
			if f.Kind != object.FieldJSON && f.Kind != object.FieldFile {
				names = append(names, f.Column, "-"+f.Column)
			}
		}
		return several("sort", oneOf(names...), 8, "Fields to sort by; `-` is descending. The id is always the last.")
	})
}

// shape are the parameters that say what of rows is answered.
func (b *builder) shape(r *resource) []*Parameter {
	all := []*Parameter{b.fieldsParam()}
	var keys []string
	for _, p := range b.expansions(r) {
		keys = append(keys, p.name)
	}
	if len(keys) == 0 {
		return all
	}
	return append(all, b.param(r.schema+".expand", func() *Parameter {
		return several("expand", matching(`^[a-z0-9_]+(\.[a-z0-9_]+){0,2}$`, 200), 12,
			"What to add to rows: `"+strings.Join(keys, "`, `")+"`, and what these lead to, as in `customer.region`.")
	}))
}

func (b *builder) fieldsParam() *Parameter {
	return b.param("fields", func() *Parameter {
		return several("fields", matching(`^[a-z0-9_]+(\.[a-z0-9_]+){0,3}$`, 200), 500, "The fields to answer with, beside the id. All others are then missing, also those that rows otherwise have always.")
	})
}

// several is a parameter of values with commas between them.
func several(name string, of *Schema, max int, about string) *Parameter {
	return &Parameter{Name: name, In: "query", Style: "form", Explode: ptr(false), Schema: list(of, max), Description: about}
}

// query is a parameter that several operations share.
func (b *builder) query(name string, s *Schema, about string, example any) *Parameter {
	return b.param(name, func() *Parameter {
		return &Parameter{Name: name, In: "query", Schema: s, Description: about, Example: example}
	})
}

// operators are what a kind of field is compared by, beside being equal.
var operators = map[object.FieldKind][]string{
	object.FieldText:     {"ne", "in", "not_in", "contains", "starts_with", "ends_with", "like", "lt", "le", "gt", "ge"},
	object.FieldInt:      {"ne", "lt", "le", "gt", "ge", "in", "not_in"},
	object.FieldFloat:    {"ne", "lt", "le", "gt", "ge", "in", "not_in"},
	object.FieldDecimal:  {"ne", "lt", "le", "gt", "ge", "in", "not_in"},
	object.FieldTime:     {"ne", "lt", "le", "gt", "ge", "in", "not_in"},
	object.FieldDate:     {"ne", "lt", "le", "gt", "ge", "in", "not_in"},
	object.FieldDuration: {"ne", "lt", "le", "gt", "ge", "in", "not_in"},
	object.FieldRef:      {"ne", "in", "not_in"},
	object.FieldBool:     {"ne"},
}

// choices are the operators of texts that are one of a few.
var choices = []string{"ne", "in", "not_in"}

var comparisons = map[string]string{
	"": "Is this.", "ne": "Is not this.", "lt": "Is less, or earlier.", "le": "Is this or less.", "gt": "Is more, or later.", "ge": "Is this or more.",
	"in": "Is one of these, with commas between them.", "not_in": "Is none of these, with commas between them.", "contains": "Contains this.", "starts_with": "Begins with this.", "ends_with": "Ends with this.",
	"like": "Is like this: `%` and `_` are wild.", "is_null": "Has no value, or has one.",
}

// filter is the parameter whose members are parameters themselves: those that
// compare the fields of rows. One for each would make every list a hundred
// parameters long.
func (b *builder) filter(r *resource) *Parameter {
	return b.param(r.schema+".filter", func() *Parameter {
		return &Parameter{
			Name: "filter", In: "query", Style: "form", Explode: ptr(true), Schema: b.filterSchema(r),
			Description: "Each member is a parameter of its own: `status__ne=draft&limit=10`. All must hold.",
		}
	})
}

func (b *builder) filterSchema(r *resource) *Schema {
	return b.schema(r.schema+"Filter", func() *Schema {
		var properties []property
		for _, f := range r.shown {
			for _, op := range b.operatorsOf(f) {
				name := f.Column
				if op != "" {
					name += "__" + op
				} else if slices.Contains(reserved, name) {
					name += "__eq"
				}
				properties = append(properties, property{name, comparison(f, op), false})
			}
		}
		s := objectOf(properties...)
		s.MaxProperties = ptr(200)
		return said(s, "What rows must meet: `field` is equal, and `field__op` compares in another way. Others lead through other records: `customer__tier`, `lines__quantity__gt`.")
	})
}

func (b *builder) operatorsOf(f *object.Field) []string {
	var ops []string
	switch {
	case f.Elem != nil:
		ops = []string{"contains"}
	case len(f.Enum) > 0:
		ops = append([]string{""}, choices...)
	default:
		if named, ok := operators[f.Kind]; ok {
			ops = append([]string{""}, named...)
		}
	}
	if f.Optional {
		ops = append(ops, "is_null")
	}
	return ops
}

func comparison(f *object.Field, op string) *Schema {
	switch {
	case op == "in" || op == "not_in":
		return said(text(maxText), comparisons[op]) // an array within an object has no form in addresses
	case op == "is_null":
		return said(boolean(), comparisons[op])
	case op == "contains" && f.Elem != nil:
		return said(operand(f.Elem), "Has this entry.")
	case op == "contains" || op == "starts_with" || op == "ends_with" || op == "like":
		return said(text(1000), comparisons[op])
	}
	return said(operand(f), comparisons[op])
}

// operand is a value that a field is compared with, without the field's rules: a
// filter may ask for what no row can have.
func operand(f *object.Field) *Schema {
	plain := object.Field{Kind: f.Kind, Type: f.Type, Enum: f.Enum, Scale: f.Scale}
	s := value(&plain, true)
	if f.Kind == object.FieldText && len(f.Enum) == 0 {
		s.MaxLength = ptr(maxText)
	}
	return s
}
