package engine

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos/internal/object"
)

// maxExponent bounds the power of ten of a decimal: arithmetic on 1e9999999 would
// write all its zeros.
const maxExponent = 64

// Bind makes a message from inputs named in snake case. Values have the field's
// type, or come from JSON, a path or a query: texts, numbers, json.Number,
// bools, lists and maps. What does not fit is an Invalid error that names every
// field; validate tags are checked later, by the gate.
func Bind(m *object.Message, inputs map[string]any) (any, error) {
	msg := reflect.New(m.Type).Elem()
	var faults []object.FieldError
	for key, value := range inputs {
		f := m.Field(key)
		if f == nil {
			faults = append(faults, object.FieldError{Field: key, Rule: "unknown", Message: "is not an input" + near(m, key)})
			continue
		}
		if err := set(msg.FieldByIndex(f.Index), f, value); err != nil {
			faults = append(faults, object.FieldError{Field: key, Rule: "type", Message: err.Error()})
		}
	}
	if len(faults) > 0 {
		slices.SortFunc(faults, func(a, b object.FieldError) int { return strings.Compare(a.Field, b.Field) })
		return nil, &object.Error{Code: object.Invalid, Text: "some inputs are not valid", Fields: faults}
	}
	return msg.Interface(), nil
}

func near(m *object.Message, key string) string {
	known := make([]string, len(m.Fields))
	for i := range m.Fields {
		known[i] = m.Fields[i].Key
	}
	if n := object.Nearest(key, known); n != "" {
		return fmt.Sprintf("; did you mean %q?", n)
	}
	if len(known) == 0 {
		return "; there are none"
	}
	return "; known are " + strings.Join(known, ", ")
}

func set(field reflect.Value, f *object.Field, value any) error {
	if value == nil {
		if !f.Optional {
			return fmt.Errorf("must not be null")
		}
		return nil
	}
	if field.Kind() == reflect.Pointer {
		field.Set(reflect.New(field.Type().Elem()))
		field = field.Elem()
	}
	if v := reflect.ValueOf(value); v.Type().AssignableTo(field.Type()) {
		field.Set(v)
		return nil
	}
	switch f.Kind {
	case object.FieldText:
		s, ok := value.(string)
		if !ok {
			return fmt.Errorf("must be a text")
		}
		field.SetString(s)
	case object.FieldInt, object.FieldRef:
		n, err := integer(value)
		if err != nil || field.OverflowInt(n) {
			return fmt.Errorf("must be a whole number")
		}
		field.SetInt(n)
	case object.FieldFloat:
		n, err := strconv.ParseFloat(fmt.Sprint(value), 64)
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
			return fmt.Errorf("must be a number")
		}
		field.SetFloat(n)
	case object.FieldBool:
		switch v := value.(type) {
		case bool:
			field.SetBool(v)
		case string:
			b, err := strconv.ParseBool(v)
			if err != nil {
				return fmt.Errorf("must be true or false")
			}
			field.SetBool(b)
		default:
			return fmt.Errorf("must be true or false")
		}
	case object.FieldDecimal:
		d, err := decimal.NewFromString(fmt.Sprint(value))
		if err != nil || d.Exponent() > maxExponent || d.Exponent() < -maxExponent {
			return fmt.Errorf("must be a decimal number, such as \"12.50\"")
		}
		field.Set(reflect.ValueOf(d))
	case object.FieldDate:
		d, err := object.ParseDate(fmt.Sprint(value))
		if err != nil {
			return err
		}
		field.Set(reflect.ValueOf(d))
	case object.FieldDuration:
		d, err := object.ParseDuration(fmt.Sprint(value))
		if err != nil {
			return err
		}
		field.Set(reflect.ValueOf(d))
	case object.FieldFile:
		return fmt.Errorf("is a file, which is not sent as JSON")
	case object.FieldTime:
		t, err := time.Parse(time.RFC3339Nano, fmt.Sprint(value))
		if err != nil {
			return fmt.Errorf("must be a time, such as 2026-01-31T12:00:00Z")
		}
		field.Set(reflect.ValueOf(t))
	default:
		raw, err := json.Marshal(value)
		if err == nil {
			err = json.Unmarshal(raw, field.Addr().Interface())
		}
		if err != nil {
			return fmt.Errorf("has the wrong form")
		}
	}
	return nil
}

func integer(value any) (int64, error) {
	switch v := value.(type) {
	case float64:
		if v != math.Trunc(v) || math.Abs(v) >= 1<<53 {
			return 0, strconv.ErrSyntax
		}
		return int64(v), nil
	case string:
		return strconv.ParseInt(v, 10, 64)
	}
	rv := reflect.ValueOf(value)
	if rv.CanInt() {
		return rv.Int(), nil
	}
	return strconv.ParseInt(fmt.Sprint(value), 10, 64)
}
