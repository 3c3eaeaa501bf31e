package openapi

import (
	"slices"

	"github.com/apposengine/appos/internal/object"
)

// figureKinds are the kinds of fields that a function of an aggregate takes.
var figureKinds = []struct {
	name, about string
	kinds       []object.FieldKind
}{
	{"count_distinct", "Fields to count the different values of.", []object.FieldKind{object.FieldText, object.FieldInt, object.FieldFloat, object.FieldBool, object.FieldDecimal, object.FieldTime, object.FieldRef, object.FieldDate, object.FieldDuration}},
	{"sum", "Fields to add up.", []object.FieldKind{object.FieldInt, object.FieldFloat, object.FieldDecimal, object.FieldDuration}},
	{"avg", "Fields to average.", []object.FieldKind{object.FieldInt, object.FieldFloat, object.FieldDecimal, object.FieldDuration}},
	{"min", "Fields to take the smallest, or earliest, value of.", ordered},
	{"max", "Fields to take the largest, or latest, value of.", ordered},
}

var ordered = []object.FieldKind{object.FieldText, object.FieldInt, object.FieldFloat, object.FieldDecimal, object.FieldTime, object.FieldRef, object.FieldDate, object.FieldDuration}

func (b *builder) aggregate(r *resource) *Operation {
	op := b.operation(r, "Aggregate", "Figures about "+r.nouns,
		"Counts, sums, averages and bounds of the rows that the filters leave, a row for each group. Without groups and figures it is how many rows there are.")
	op.Parameters = []*Parameter{
		b.param("group", func() *Parameter {
			return several("group", matching(`^[a-z0-9_]+$`, 200), 8, "What rows are grouped by: fields, fields of what a reference points to (`customer__tier`), spans of time (`placed_at__month`: day, week, month, quarter, year).")
		}),
		b.param("aggregate.count", func() *Parameter {
			return &Parameter{Name: "count", In: "query", Schema: boolean(), Description: "How many rows each group has.", Example: true}
		}),
	}
	for _, fn := range figureKinds {
		var names []string
		for _, f := range r.shown {
			if slices.Contains(fn.kinds, f.Kind) {
				names = append(names, f.Column)
			}
		}
		if len(names) > 0 {
			op.Parameters = append(op.Parameters, b.param(r.schema+"."+fn.name, func() *Parameter { return several(fn.name, oneOf(names...), 20, fn.about) }))
		}
	}
	op.Parameters = append(op.Parameters,
		b.param("having", func() *Parameter {
			return &Parameter{
				Name: "having", In: "query", Description: "Conditions in JSON on the figures of groups, but not on averages.",
				Content: map[string]*MediaType{"application/json": {Schema: &Schema{Type: "object", MaxProperties: ptr(200)}, Example: members{{"count__gt", 0}}}},
			}
		}),
		b.param("aggregate.sort", func() *Parameter {
			return several("sort", matching(`^-?[a-z0-9_]+$`, 200), 8, "Groups and figures to sort by; `-` is descending.")
		}),
		b.param("aggregate.limit", func() *Parameter {
			return &Parameter{Name: "limit", In: "query", Schema: &Schema{Type: "integer", Format: "int32", Minimum: ptr(1.0), Maximum: ptr(1000.0), Default: raw(1000)}, Description: "How many groups are answered at most."}
		}), b.where())
	if slices.ContainsFunc(r.shown, func(f *object.Field) bool { return f.Search }) {
		op.Parameters = append(op.Parameters, b.query("q", text(1000), "Words to search for; the best fit comes first, unless `sort` says otherwise.", nil))
	}
	op.Parameters = append(op.Parameters, b.filter(r))
	figures := b.schema("Figures", func() *Schema {
		one := &Schema{
			Type: "object", MaxProperties: ptr(40), Description: "A group: what its rows share, and its figures, as `sum_freight`.",
			AdditionalProperties: &Schema{Description: "A string, a number, true, false or null."},
		}
		return said(objectOf(
			property{"groups", list(one, 1000), true},
			property{"more", said(boolean(), "There are more groups than `limit`."), true}), "Figures about rows.")
	})
	op.Responses["200"] = answer("The figures.", figures, members{{"groups", []members{{{"count", 31}}}}, {"more", false}})
	b.fails(op)
	return op
}
