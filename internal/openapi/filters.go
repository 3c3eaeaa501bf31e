package openapi

import (
	"slices"
	"strings"

	"github.com/apposengine/appos/internal/object"
)

// The parameters that are no filters: a field of the same name is filtered with its
// operator spelled out.
var (
	ofLists      = []string{"sort", "limit", "cursor", "before", "q", "where", "count", "expand", "fields"}
	ofExports    = append([]string{"format", "names"}, ofLists...)
	ofAggregates = []string{"group", "count", "count_distinct", "sum", "avg", "min", "max", "having", "sort", "limit", "q", "where"}
)

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
	"in": "Is one of these.", "not_in": "Is none of these.", "contains": "Contains this.", "starts_with": "Begins with this.", "ends_with": "Ends with this.",
	"like": "Is like this: `%` and `_` are wild.", "is_null": "Has no value, or has one.",
}

// filters are the parameters that compare the fields of rows.
func (b *builder) filters(r *resource, reserved ...string) []*Parameter {
	var all []*Parameter
	for _, f := range r.shown {
		owner := r.schema
		if f.System {
			owner = "Row" // the same of every record
		}
		for _, op := range b.operatorsOf(f) {
			name := f.Column
			if op != "" {
				name += "__" + op
			} else if slices.Contains(reserved, name) {
				name += "__eq"
			}
			all = append(all, b.param(owner+"."+name, func() *Parameter { return filter(f, name, op) }))
		}
	}
	return all
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

func filter(f *object.Field, name, op string) *Parameter {
	about := comparisons[op]
	one := operand(f)
	switch op {
	case "in", "not_in":
		return several(name, one, 200, about)
	case "is_null":
		one = boolean()
	case "contains":
		if f.Elem != nil {
			one, about = operand(f.Elem), "Has this entry."
		} else {
			one = text(1000)
		}
	case "starts_with", "ends_with", "like":
		one = text(1000)
	}
	return &Parameter{Name: name, In: "query", Schema: one, Description: about}
}

// operand is a value that a field is compared with, without the field's rules: a
// filter may ask for what no row can have.
func operand(f *object.Field) *Schema {
	if f.Kind == object.FieldRef || f.System && f.Column == "id" {
		return key()
	}
	plain := object.Field{Kind: f.Kind, Type: f.Type, Enum: f.Enum, Scale: f.Scale}
	s := value(&plain, true)
	if f.Kind == object.FieldText && len(f.Enum) == 0 {
		s.MaxLength = ptr(maxText)
	}
	return s
}
