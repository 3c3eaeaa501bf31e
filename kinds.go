package appos

import (
	"encoding"
	"encoding/json"
	"reflect"

	"github.com/apposengine/appos/internal/object"
)

// kindOf returns how values of a type are stored, or 0 for one that is not.
func kindOf(t reflect.Type) object.FieldKind {
	switch t {
	case decimalType:
		return object.FieldDecimal
	case timeType:
		return object.FieldTime
	case dateType:
		return object.FieldDate
	case durationType:
		return object.FieldDuration
	case fileType:
		return object.FieldFile
	}
	if _, ok := reflect.Zero(t).Interface().(reference); ok {
		return object.FieldRef
	}
	switch t.Kind() {
	case reflect.String:
		return object.FieldText
	case reflect.Int, reflect.Int32, reflect.Int64:
		return object.FieldInt
	case reflect.Float64:
		return object.FieldFloat
	case reflect.Bool:
		return object.FieldBool
	case reflect.Slice, reflect.Map, reflect.Struct:
		if instead(t) == "" {
			return object.FieldJSON
		}
	}
	return 0
}

const plainTypes = "text, numbers, bool, decimal.Decimal, time.Time, time.Duration, appos.Date, appos.ID, or lists, maps and structs of them"

// instead says which type to use in place of one that is not stored; "" when
// nothing is known against it.
func instead(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[json.RawMessage]():
		return "map[string]any or a struct"
	case t.PkgPath() == "database/sql":
		return "a pointer for what may have no value, such as *string"
	case t.PkgPath() == "math/big":
		return "decimal.Decimal"
	}
	switch t.Kind() {
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Int8, reflect.Int16:
		return `int, int32 or int64, with validate:"gte=0" where it must not be negative`
	case reflect.Float32:
		return "float64, or decimal.Decimal for what must be exact"
	case reflect.Pointer:
		return "one pointer; it says already that there may be no value"
	case reflect.Array:
		return "a slice, or string for an id such as a UUID"
	case reflect.Interface:
		return "map[string]any or a struct"
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "appos.File for the content of a file, or string for a text"
		}
		if t.Elem() == durationType {
			return "[]int64 of seconds; durations have no form in JSON lists that people read"
		}
		return insideJSON(t.Elem(), map[reflect.Type]bool{})
	case reflect.Map, reflect.Struct:
		return insideJSON(t, map[reflect.Type]bool{})
	case reflect.Chan, reflect.Func, reflect.UnsafePointer, reflect.Uintptr, reflect.Complex64, reflect.Complex128:
		return plainTypes
	}
	return ""
}

// insideJSON looks for what no JSON can hold within a list, a map or a struct.
func insideJSON(t reflect.Type, seen map[reflect.Type]bool) string {
	if seen[t] || t.Implements(reflect.TypeFor[json.Marshaler]()) || t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
		return ""
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Chan, reflect.Func, reflect.UnsafePointer, reflect.Complex64, reflect.Complex128:
		return plainTypes + "; a " + t.String() + " within it has no JSON form"
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return insideJSON(t.Elem(), seen)
	case reflect.Map:
		switch t.Key().Kind() {
		case reflect.String, reflect.Int, reflect.Int32, reflect.Int64:
		default:
			if !t.Key().Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
				return "texts or whole numbers as keys: JSON has no others"
			}
		}
		return insideJSON(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() && f.Tag.Get("json") != "-" {
				if what := insideJSON(f.Type, seen); what != "" {
					return what
				}
			}
		}
	}
	return ""
}

// unstorable ends a sentence about a field with what to use instead of its type.
func unstorable(t reflect.Type) string {
	if t.Kind() == reflect.Pointer && t.Elem().Kind() != reflect.Pointer {
		t = t.Elem()
	}
	if what := instead(t); what != "" {
		return "use " + what
	}
	return "use " + plainTypes
}

// element describes the entries of a list, or returns nil when they are more
// than single values.
func (d *describer) element(f *object.Field) *object.Field {
	if f.Kind != object.FieldJSON || f.Type.Kind() != reflect.Slice {
		return nil
	}
	e := object.Field{Name: f.Name, Column: f.Column, Key: f.Key, Type: f.Type.Elem()}
	switch e.Kind = kindOf(e.Type); e.Kind {
	case 0, object.FieldJSON, object.FieldFile, object.FieldDuration:
		return nil
	case object.FieldRef:
		e.Target = reflect.Zero(e.Type).Interface().(reference).target()
	case object.FieldDecimal:
		e.Scale = object.MaxScale
	}
	if _, rules, ok := object.CutDive(f.Validate); ok {
		e.Validate = rules
		e.ReadRules()
	}
	return &e
}
