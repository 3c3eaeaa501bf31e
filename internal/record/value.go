package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/wire"
)

// ParseValue reads a value of the field from a text, as filters and forms have
// it: a string, int64, float64, bool, decimal.Decimal, time.Time, object.Date,
// time.Duration, or a json.RawMessage for JSON fields. The empty text is nil for an optional field.
//
// Dates are 2026-01-31, durations 1h30m; a list of single values is JSON, or its
// entries with | between them. Times are RFC 3339; without a zone they are UTC,
// without a time midnight.
// Decimals have at most the digits of the field's scale. The error continues a
// sentence that begins with the field: "must be a whole number".
func ParseValue(f *object.Field, s string) (any, error) {
	if s == "" && f.Optional {
		return nil, nil
	}
	switch f.Kind {
	case object.FieldText:
		if len(f.Enum) > 0 && s != "" {
			return s, checkEnum(f, s)
		}
		return s, wire.CheckText(s)
	case object.FieldInt, object.FieldRef:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			if errors.Is(err, strconv.ErrRange) {
				return nil, errors.New("is too large for a whole number")
			}
			return nil, errors.New("must be a whole number")
		}
		if formOf(f) == formInt32 && int64(int32(n)) != n {
			return nil, errors.New("must be between -2147483648 and 2147483647")
		}
		return n, nil
	case object.FieldFloat:
		n, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) || strings.ContainsAny(s, "xXpP_") {
			return nil, errors.New("must be a number")
		}
		return n, nil
	case object.FieldBool:
		switch s {
		case "true", "1", "on":
			return true, nil
		case "false", "0", "off":
			return false, nil
		}
		return nil, errors.New("must be true or false")
	case object.FieldDecimal:
		d, err := wire.ParseDecimal(s)
		if err != nil {
			return nil, err
		}
		return d, fitsScale(f, d)
	case object.FieldTime:
		return asAny(wire.ParseTime(s))
	case object.FieldDate:
		return asAny(object.ParseDate(s))
	case object.FieldDuration:
		return asAny(object.ParseDuration(s))
	case object.FieldFile:
		return nil, errors.New("is a file, which has no text to read it from")
	}
	if f.Elem != nil {
		return parseList(f.Elem, s)
	}
	if !json.Valid([]byte(s)) {
		return nil, errors.New("must be JSON")
	}
	return json.RawMessage(s), nil
}

// asAny keeps a value that could not be read from being one.
func asAny[T any](v T, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}

func checkEnum(f *object.Field, s string) error {
	for _, e := range f.Enum {
		if e == s {
			return nil
		}
	}
	hint := ""
	if near := object.Nearest(s, f.Enum); near != "" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	return fmt.Errorf("must be one of %s%s", strings.Join(f.Enum, ", "), hint)
}

// fitsScale refuses digits that would be lost.
func fitsScale(f *object.Field, d decimal.Decimal) error {
	if !d.Equal(d.Truncate(int32(f.Scale))) {
		return fmt.Errorf("must have at most %d digits after the point", f.Scale)
	}
	if _, err := (store.Decimal{Value: d, Scale: f.Scale}).Scaled(); err != nil {
		return errors.New("is too large")
	}
	return nil
}

// FormatValue writes a value of the field as a text that ParseValue reads: null
// is empty, decimals have all digits of their scale, times are RFC 3339 in UTC.
func FormatValue(f *object.Field, v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case time.Time:
		return string(wire.AppendTime(nil, v))
	case object.Date:
		return v.String()
	case time.Duration:
		return object.FormatDuration(v)
	case decimal.Decimal:
		return v.StringFixed(int32(f.Scale))
	case store.Decimal:
		return v.Value.StringFixed(int32(f.Scale))
	case store.JSON:
		return string(v)
	case json.RawMessage:
		return string(v)
	}
	rv := reflect.ValueOf(v)
	switch rv.Kind() {
	case reflect.Pointer:
		if rv.IsNil() {
			return ""
		}
		return FormatValue(f, rv.Elem().Interface())
	case reflect.Slice:
		if rv.IsNil() {
			return "[]"
		}
	case reflect.Map:
		if rv.IsNil() {
			return "{}"
		}
	case reflect.String:
		return rv.String()
	case reflect.Int, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(rv.Int(), 10)
	}
	data, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(data)
}

// plainValue turns the value of a condition, of the field's Go type or its
// plain form, into an argument.
func plainValue(c *column, v any) (any, error) {
	if rv := reflect.ValueOf(v); rv.Kind() == reflect.Pointer {
		if rv.IsNil() {
			return nil, errors.New("cannot be compared with a nil pointer")
		}
		v = rv.Elem().Interface()
	}
	switch c.form {
	case formText:
		if s, ok := v.(string); ok {
			return s, wire.CheckText(s)
		}
		if rv := reflect.ValueOf(v); rv.Kind() == reflect.String {
			return rv.String(), wire.CheckText(rv.String())
		}
	case formInt64, formInt32:
		if n, ok := integer(v); ok {
			return n, nil
		}
	case formFloat:
		if n, ok := v.(float64); ok && !math.IsNaN(n) && !math.IsInf(n, 0) {
			return n, nil
		}
		if n, ok := integer(v); ok {
			return float64(n), nil
		}
	case formBool:
		if rv := reflect.ValueOf(v); rv.Kind() == reflect.Bool {
			return rv.Bool(), nil
		}
	case formTime:
		if t, ok := v.(time.Time); ok {
			return t, nil
		}
		if s, ok := v.(string); ok {
			return asAny(wire.ParseTime(s))
		}
	case formDate:
		if d, ok := v.(object.Date); ok {
			return d, nil
		}
		if s, ok := v.(string); ok {
			return asAny(object.ParseDate(s))
		}
	case formDuration:
		if d, ok := v.(time.Duration); ok {
			return d, nil
		}
		if s, ok := v.(string); ok {
			return asAny(object.ParseDuration(s))
		}
	case formDecimal:
		return decimalValue(c, v)
	}
	return nil, fmt.Errorf("is a %s and cannot be compared with a %T", c.f.Kind, v)
}

func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case int:
		return int64(v), true
	case float64:
		return int64(v), v == math.Trunc(v) && math.Abs(v) < 1<<53
	}
	rv := reflect.ValueOf(v)
	switch rv.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return rv.Int(), true
	}
	return 0, false
}

func decimalValue(c *column, v any) (any, error) {
	var d decimal.Decimal
	switch v := v.(type) {
	case decimal.Decimal:
		d = v
	case string:
		var err error
		if d, err = wire.ParseDecimal(v); err != nil {
			return nil, err
		}
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, errors.New("cannot be compared with a number that is not finite")
		}
		d = decimal.NewFromFloat(v)
	default:
		n, ok := integer(v)
		if !ok {
			return nil, fmt.Errorf("is a decimal and cannot be compared with a %T", v)
		}
		d = decimal.NewFromInt(n)
	}
	arg := store.Decimal{Value: d, Scale: c.f.Scale}
	if _, err := arg.Scaled(); err != nil {
		return nil, errors.New("is compared with a number that is too large")
	}
	return arg, nil
}

// checkFinite refuses numbers that JSON and not every database has.
func checkFinite(n float64) error {
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return errors.New("must be a finite number")
	}
	return nil
}

// checkYear refuses times that not every database stores: PostgreSQL begins with
// 4713 BC.
func checkYear(t time.Time) error {
	if y := t.Year(); y < -4711 || y > 9999 {
		return errors.New("must be from 4712 BC to the year 9999")
	}
	return nil
}
