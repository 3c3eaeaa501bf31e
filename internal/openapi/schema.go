package openapi

import (
	"encoding/json"
	"strconv"

	"github.com/apposengine/appos/internal/object"
)

// Bounds of values that have none of their own.
const (
	// maxBytes is the largest body, and so the longest text and, at two bytes an
	// entry, the longest list.
	maxBytes   = 10 << 20
	maxEntries = maxBytes / 2
	// maxWhole is the largest whole number that every reader of JSON reads exactly.
	maxWhole = 1<<53 - 1
	// maxFile is the longest text that every program can hold; files may be longer.
	maxFile = 1<<31 - 1
	// maxText is the longest text in an address or a header.
	maxText = 8 << 10
)

func ptr[T any](v T) *T { return &v }

func text(max int) *Schema { return &Schema{Type: "string", MaxLength: ptr(max)} }

func said(s *Schema, description string) *Schema {
	s.Description = description
	return s
}

func whole(low, high float64) *Schema {
	return &Schema{Type: "integer", Format: "int64", Minimum: ptr(low), Maximum: ptr(high)}
}

func boolean() *Schema { return &Schema{Type: "boolean"} }

func list(of *Schema, max int) *Schema {
	return &Schema{Type: "array", Items: of, MaxItems: ptr(max)}
}

func oneOf(values ...string) *Schema {
	s := &Schema{Type: "string"}
	for _, v := range values {
		s.Enum = append(s.Enum, v)
	}
	return s
}

func matching(pattern string, max int) *Schema {
	s := text(max)
	s.Pattern = pattern
	return s
}

func instant() *Schema {
	s := text(len("2006-01-02T15:04:05.999999999+00:00"))
	s.Format = "date-time"
	return s
}

func day() *Schema {
	s := text(len("2006-01-02"))
	s.Format = "date"
	return s
}

// key is the id of a row in an address, where all is text: other spellings of the
// number are no ids.
func key() *Schema { return matching("^[1-9][0-9]{0,18}$", 19) }

// rowID is the id of a row in JSON.
func rowID() *Schema { return whole(1, maxWhole) }

func ref(name string) *Schema { return &Schema{Ref: "#/components/schemas/" + name} }

// nullable lets a schema be null too.
func nullable(s *Schema) *Schema {
	switch {
	case s.Ref != "":
		return &Schema{AnyOf: []*Schema{s, {Type: "null"}}}
	case s.Type != "":
		s.Types, s.Type = []string{s.Type, "null"}, ""
	}
	if s.Enum != nil {
		s.Enum = append(s.Enum, nil)
	}
	return s
}

// object with properties in their order.
type property struct {
	name     string
	schema   *Schema
	required bool
}

func objectOf(properties ...property) *Schema {
	s := &Schema{Type: "object", Properties: map[string]*Schema{}}
	for _, p := range properties {
		s.Properties[p.name] = p.schema
		s.PropertyOrder = append(s.PropertyOrder, p.name)
		if p.required {
			s.Required = append(s.Required, p.name)
		}
	}
	return s
}

// closed refuses members that are not named, as bodies of requests do.
func closed(s *Schema) *Schema {
	s.AdditionalProperties = &Schema{Not: &Schema{}}
	return s
}

// decimals are written as strings: a number would be read inexactly.
func decimalOf(f *object.Field, write bool) *Schema {
	sign := "-?"
	if n, err := strconv.ParseFloat(f.Min, 64); err == nil && n >= 0 {
		sign = ""
	}
	digits := strconv.Itoa(f.Scale)
	switch {
	case f.Scale == 0:
		digits = ""
	case write:
		digits = `(\.[0-9]{1,` + digits + `})?`
	default:
		digits = `\.[0-9]{` + digits + `}`
	}
	return matching("^"+sign+"[0-9]{1,19}"+digits+"$", 40)
}

const durationForm = `^-?([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`

// daysForm is how durations may be written, with days first.
const daysForm = `^-?([0-9]+d)?([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))*$`

// value is the schema of a field's values as REST reads or writes them; that
// there may be none is not part of it.
func value(f *object.Field, write bool) *Schema {
	switch f.Kind {
	case object.FieldText:
		if len(f.Enum) > 0 {
			return oneOf(f.Enum...)
		}
		return text(maxBytes)
	case object.FieldInt:
		if f.Type != nil && f.Type.Bits() == 32 {
			return &Schema{Type: "integer", Format: "int32", Minimum: ptr(-1.0 * (1 << 31)), Maximum: ptr(1.0*(1<<31) - 1)}
		}
		return whole(-maxWhole, maxWhole)
	case object.FieldFloat:
		return &Schema{Type: "number", Format: "double"}
	case object.FieldBool:
		return boolean()
	case object.FieldDecimal:
		return decimalOf(f, write)
	case object.FieldTime:
		return instant()
	case object.FieldRef:
		return rowID()
	case object.FieldDate:
		return day()
	case object.FieldDuration:
		if write {
			return matching(daysForm, 64)
		}
		return matching(durationForm, 64)
	case object.FieldFile:
		return fileSchema()
	}
	if f.Elem != nil {
		items := value(f.Elem, write)
		restrict(items, f.Elem)
		return list(items, maxEntries)
	}
	return goSchema(f.Type)
}

// fileSchema is what is known about a stored file.
func fileSchema() *Schema {
	return objectOf(
		property{"name", text(255), true},
		property{"size", said(whole(0, maxWhole), "In bytes."), true},
		property{"media_type", text(255), true},
		property{"sha256", matching("^[0-9a-f]{64}$", 64), true},
		property{"version", said(whole(1, maxWhole), "How many contents the field has had."), true})
}

// field is the schema of a field of a record with its rules.
func field(f *object.Field, write bool) *Schema {
	s := value(f, write)
	restrict(s, f)
	if f.Optional {
		s = nullable(s)
	}
	return s
}

// raw is a value as JSON; nil is none.
func raw(v any) json.RawMessage {
	data, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return data
}
