package openapi

import (
	"encoding"
	"encoding/json"
	"reflect"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/shopspring/decimal"

	"github.com/apposengine/appos/internal/object"
)

var (
	marshaler     = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// goSchema is the schema of what encoding/json makes of a type, as the lists,
// maps and structs in fields of records are stored and answered. A type that
// contains itself is any JSON from there on.
func goSchema(t reflect.Type) *Schema {
	known := map[reflect.Type]*Schema{
		reflect.TypeFor[decimal.Decimal](): matching(`^-?[0-9]{1,19}(\.[0-9]{1,19})?$`, 40),
		reflect.TypeFor[time.Time]():       instant(),
		reflect.TypeFor[object.Date]():     day(),
		reflect.TypeFor[object.File]():     fileSchema(),
	}
	own(t, known, map[reflect.Type]bool{})
	s, err := jsonschema.ForType(t, &jsonschema.ForOptions{IgnoreInvalidTypes: true, TypeSchemas: known})
	if err != nil || s == nil {
		return &Schema{}
	}
	limit(s)
	return s
}

// own finds the types that write themselves, and those that contain themselves.
func own(t reflect.Type, known map[reflect.Type]*Schema, above map[reflect.Type]bool) {
	if known[t] != nil {
		return
	}
	if t.Name() != "" && t.Kind() != reflect.Interface {
		switch pointer := reflect.PointerTo(t); {
		case above[t]:
			known[t] = &Schema{}
			return
		case pointer.Implements(textMarshaler):
			known[t] = text(maxBytes)
			return
		case pointer.Implements(marshaler):
			known[t] = &Schema{}
			return
		}
		above[t] = true
		defer delete(above, t)
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		own(t.Elem(), known, above)
	case reflect.Struct:
		for i := range t.NumField() {
			own(t.Field(i).Type, known, above)
		}
	}
}

// limit bounds what has no bounds.
func limit(s *Schema) {
	if s == nil || s.Ref != "" || s.Not != nil {
		return
	}
	for _, t := range append(s.Types, s.Type) {
		switch t {
		case "string":
			if s.MaxLength == nil && s.Enum == nil {
				s.MaxLength = ptr(maxBytes)
			}
		case "array":
			if s.MaxItems == nil {
				s.MaxItems = ptr(maxEntries)
			}
		case "integer":
			s.Format = "int64"
			if s.Minimum == nil {
				s.Minimum = ptr(-1.0 * maxWhole)
			}
			if s.Maximum == nil {
				s.Maximum = ptr(1.0 * maxWhole)
			}
		}
	}
	limit(s.Items)
	limit(s.AdditionalProperties)
	for _, p := range s.Properties {
		limit(p)
	}
}
