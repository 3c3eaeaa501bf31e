package openapi

import (
	"slices"

	"github.com/apposengine/appos/internal/object"
)

// row is the schema of a row as answers have it: what the viewer is shown of it,
// and what it can be expanded by.
func (b *builder) row(r *resource) *Schema {
	return b.schema(r.schema, func() *Schema {
		var properties []property
		for _, f := range r.shown {
			s := field(f, false)
			if f.System {
				said(s, systemFields[f.Column])
			}
			s.ReadOnly = !slices.Contains(r.written, f)
			properties = append(properties, property{f.Column, s, true})
		}
		return said(objectOf(append(properties, b.expansions(r)...)...), object.Humanize(a(r.noun))+".")
	})
}

var systemFields = map[string]string{
	"id": "The row's id.", "version": "1 when created, plus one with every change.", "created_at": "When it was created.", "created_by": "Who created it, by sign-in name.",
	"updated_at": "When it was last changed.", "updated_by": "Who changed it last, by sign-in name.",
}

// expansions are what a row has when a request asks for it by expand.
func (b *builder) expansions(r *resource) []property {
	var all []property
	for _, f := range r.shown {
		if target := b.target(f); target != nil {
			all = append(all, property{f.Key, expanded(nullable(b.row(target))), false})
		}
	}
	for i := range r.o.Record.Relations {
		rel := &r.o.Record.Relations[i]
		target := b.related(rel)
		switch {
		case target == nil:
		case rel.One:
			all = append(all, property{rel.Key, expanded(nullable(b.row(target))), false})
		default:
			all = append(all, property{rel.Key, expanded(list(b.row(target), 10_000)), false})
		}
	}
	return all
}

func expanded(s *Schema) *Schema {
	s.ReadOnly = true
	return said(s, "There when `expand` names it.")
}

// target is the record that a field refers to, where the viewer may view it.
func (b *builder) target(f *object.Field) *resource {
	if f.Kind != object.FieldRef || f.Target == nil {
		return nil
	}
	return b.visible(b.reg.ByType(f.Target))
}

// related is the record of a relation, where the viewer may view it and the field
// that makes it one.
func (b *builder) related(rel *object.Relation) *resource {
	r := b.visible(b.reg.ByType(rel.Target))
	if r == nil || !slices.ContainsFunc(r.shown, func(f *object.Field) bool { return f.Name == rel.By }) {
		return nil
	}
	return r
}

func (b *builder) visible(o *object.Object) *resource {
	if o == nil || o.Record == nil || !b.v.May(o, object.View) {
		return nil
	}
	return b.resource(o)
}

// rowInput is the schema of a row as requests have it. A change names the fields that
// it changes, and may name the version that it is about.
func (b *builder) rowInput(r *resource, suffix string, required, versioned bool, about string) *Schema {
	return b.schema(r.schema+suffix, func() *Schema {
		var properties []property
		for _, f := range r.written {
			s := field(f, true)
			s.WriteOnly = f.Hidden || f.Secret
			if required && f.Default != "" && f.Default != "now" && f.Default != "today" {
				s.Default = raw(sampleDefault(f))
			}
			properties = append(properties, property{f.Column, s, required && needed(f)})
		}
		if versioned {
			properties = append(properties, property{"version", said(whole(1, maxWhole), "The version that the row must have; another is a 409."), false})
		}
		return said(closed(objectOf(properties...)), about)
	})
}

// sampleDefault is a field's default in the form of JSON.
func sampleDefault(f *object.Field) any {
	switch f.Kind {
	case object.FieldInt, object.FieldFloat:
		n, ok := number(f.Default)
		if !ok {
			return nil
		}
		v, _ := n.Float64()
		return v
	case object.FieldBool:
		return f.Default == "true"
	case object.FieldText, object.FieldDecimal, object.FieldTime, object.FieldDate, object.FieldDuration:
		return f.Default
	}
	return nil
}

func (b *builder) create(r *resource) *Schema {
	return b.rowInput(r, "Create", true, false, object.Humanize(a(r.noun))+" to create.")
}

func (b *builder) replace(r *resource) *Schema {
	return b.rowInput(r, "Replace", true, true, object.Humanize(a(r.noun))+" in place of another: fields that are missing get their default.")
}

func (b *builder) patch(r *resource) *Schema {
	return b.rowInput(r, "Patch", false, true, "What to change of "+a(r.noun)+": fields that are missing stay as they are.")
}

// sampleRow is an example of a row as answers have it.
func (r *resource) sampleRow() members {
	var m members
	for _, f := range r.shown {
		m = append(m, member{f.Column, sampleIn(f)})
	}
	return m
}

func sampleIn(f *object.Field) any {
	if f.System {
		switch f.Column {
		case "created_by", "updated_by":
			return sampleUser
		case "id", "version":
			return 1
		}
	}
	return sample(f)
}

// sampleInput is an example of a row as requests have it.
func (r *resource) sampleInput() members {
	m := members{}
	for _, f := range r.written {
		if f.Kind != object.FieldJSON || f.Elem != nil {
			m = append(m, member{f.Column, sample(f)})
		}
	}
	return m
}

// sampleChange is an example of a change: one field, one that is not unique.
func (r *resource) sampleChange() members {
	m := members{}
	for _, f := range r.written {
		if !f.Unique && f.Kind != object.FieldRef && !f.Hidden && !f.Secret && f.Kind != object.FieldJSON {
			return append(m, member{f.Column, sample(f)})
		}
	}
	return m
}
