package openapi

import (
	"path"
	"reflect"
	"strings"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/wire"
)

// wired is the schema of values as package wire reads or writes them. The field
// says what is known of them, such as their rules.
func (b *builder) wired(t *wire.Type, f *object.Field, write, exact bool) *Schema {
	switch t.Form {
	case wire.Single:
		one := *f
		one.Kind, one.Type = t.Kind, t.Go
		if f.Kind == object.FieldRef && t.Kind == object.FieldInt {
			one.Kind = object.FieldRef
		}
		return single(&one, write, exact)
	case wire.List:
		items := entry(f, t.Elem.Go)
		s := b.wired(t.Elem, items, write, exact)
		if write && s.Ref == "" {
			restrict(s, items)
		}
		if write {
			return list(s, wire.MaxEntries)
		}
		return list(s, maxEntries)
	case wire.Map:
		return &Schema{Type: "object", AdditionalProperties: b.wired(t.Elem, entry(f, t.Elem.Go), write, exact), MaxProperties: ptr(maxEntries)}
	case wire.Struct:
		return b.structure(t, write)
	case wire.Bytes:
		s := text(maxBytes)
		s.ContentEncoding = "base64"
		return s
	case wire.Own:
		if f.Kind == object.FieldFile {
			return fileSchema()
		}
		return goSchema(t.Go)
	}
	return &Schema{}
}

// entry is what is known of the entries of a list or a map: the rules after dive.
func entry(f *object.Field, t reflect.Type) *object.Field {
	e := &object.Field{Name: f.Name, Key: f.Key, Column: f.Column, Type: t, Scale: f.Scale, Target: f.Target}
	if f.Elem != nil {
		e.Kind = f.Elem.Kind
	}
	if _, rules, ok := object.CutDive(f.Validate); ok {
		e.Validate = rules
		if e.Kind == 0 && t.Kind() == reflect.String {
			e.Kind = object.FieldText
		}
		e.ReadRules()
	}
	return e
}

func single(f *object.Field, write, exact bool) *Schema {
	if f.Kind == object.FieldDecimal && exact {
		sign := "-?"
		if n, ok := number(f.Min); write && ok && !n.IsNegative() {
			sign = ""
		}
		return matching("^"+sign+`[0-9]{1,60}(\.[0-9]{1,60})?$`, 128)
	}
	s := value(f, write)
	if f.Kind == object.FieldInt {
		size := f.Type.Bits()
		switch f.Type.Kind() {
		case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
			s.Minimum, s.Maximum = ptr(0.0), ptr(float64(maxWhole))
			if size < 64 {
				s.Maximum = ptr(float64(uint64(1)<<size - 1))
			}
		case reflect.Int8, reflect.Int16:
			s.Minimum, s.Maximum = ptr(-float64(int64(1)<<(size-1))), ptr(float64(int64(1)<<(size-1)-1))
		}
	}
	return s
}

// structure is the schema of a struct: of a record's rows as the record itself is
// answered, of others by their members.
func (b *builder) structure(t *wire.Type, write bool) *Schema {
	if t.Record != nil {
		return b.row(b.resource(t.Record))
	}
	name := b.typeName(t.Go, write)
	if name == "" {
		return b.membersOf(t, write)
	}
	return b.schema(name, func() *Schema { return b.membersOf(t, write) })
}

func (b *builder) membersOf(t *wire.Type, write bool) *Schema {
	var properties []property
	for i := range t.Members {
		m := &t.Members[i]
		if m.To != wire.ToMember || !write && (m.Hidden || !b.v.memberOf(m.Field.View)) {
			continue
		}
		properties = append(properties, property{m.Name, b.member(m, write), write && needed(m.Field) || !write && !m.Omitted})
	}
	s := objectOf(properties...)
	if write {
		closed(s)
	}
	return s
}

func (b *builder) member(m *wire.Member, write bool) *Schema {
	s := b.wired(m.Type, m.Field, write, m.Exact)
	if write && s.Ref == "" {
		f := *m.Field
		if m.Type.Form == wire.Single && f.Kind != object.FieldRef {
			f.Kind = m.Type.Kind
		}
		restrict(s, &f)
		s.WriteOnly = m.Hidden
	}
	if m.Optional {
		s = nullable(s)
	}
	return s
}

// typeName is what the schema of a named struct is called, such as "CrmPlacedLine";
// "" of one without a name. What is derived from records goes first.
func (b *builder) typeName(t reflect.Type, write bool) string {
	if t.Name() == "" || strings.ContainsAny(t.Name(), "[") {
		return ""
	}
	name := camel(path.Base(t.PkgPath()), t.Name())
	if write {
		name += "Input"
	}
	return b.unique(name, t)
}

// unique makes a name that no record's schemas have, and no other's.
func (b *builder) unique(name string, of any) string {
	for b.reserved(name) || b.named[name] != nil && b.named[name] != of {
		name += "X"
	}
	b.named[name] = of
	return name
}

// reserved says whether the schemas of a record, or of the platform, may have the
// name, whatever the viewer sees of them.
func (b *builder) reserved(name string) bool {
	switch name {
	case "Problem", "Figures", "History", "HistoryEntry", "Restore", "BulkDone", "Import", "Credentials", "Token", "Health", "Readiness":
		return true
	}
	for _, o := range b.reg.Of("", object.KindRecord) {
		if rest, ok := strings.CutPrefix(name, camel(o.App.Name, o.Name)); ok {
			switch rest {
			case "", "Create", "Replace", "Patch", "Change", "Bulk", "List", "Filter":
				return true
			}
		}
	}
	return false
}

// sampleWired is an example of values as package wire reads or writes them. What
// contains itself ends where it begins again.
func (b *builder) sampleWired(t *wire.Type, f *object.Field, write bool, above ...*wire.Type) any {
	switch t.Form {
	case wire.Single:
		one := *f
		one.Type = t.Go
		if one.Kind = t.Kind; f.Kind == object.FieldRef {
			return 1
		}
		if one.Kind == object.FieldDecimal && one.Scale == 0 {
			one.Scale = 2
		}
		return sample(&one)
	case wire.List:
		if within(above, t.Elem) {
			return []any{}
		}
		return []any{b.sampleWired(t.Elem, entry(f, t.Elem.Go), write, above...)}
	case wire.Map:
		return members{{"key", b.sampleWired(t.Elem, entry(f, t.Elem.Go), write, above...)}}
	case wire.Struct:
		if t.Record != nil {
			return b.resource(t.Record).sampleRow()
		}
		m := members{}
		for i := range t.Members {
			x := &t.Members[i]
			if x.To != wire.ToMember || !write && (x.Hidden || !b.v.memberOf(x.Field.View)) {
				continue
			}
			var v any
			if !x.Optional || !within(above, x.Type) {
				v = b.sampleWired(x.Type, x.Field, write, append(above, t)...)
			}
			m = append(m, member{x.Name, v})
		}
		return m
	case wire.Bytes:
		return "aGVsbG8="
	case wire.Own:
		return sampleOf(goSchema(t.Go), f.Key)
	}
	return members{}
}

func within(above []*wire.Type, t *wire.Type) bool {
	for _, x := range above {
		if x == t {
			return true
		}
	}
	return false
}
