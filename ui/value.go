package ui

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/apposengine/appos/internal/object"
)

// fieldOf is the field's value in a row or message, without the pointer of an
// optional one; ok is false when it has none.
func fieldOf(row reflect.Value, f *object.Field) (v reflect.Value, ok bool) {
	v = row.FieldByIndex(f.Index)
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return v, false
		}
		v = v.Elem()
	}
	return v, true
}

// set stores a value as parsePlain and parseForm return them; an invalid one
// clears an optional field, or sets the zero value.
func set(field, v reflect.Value) {
	switch {
	case !v.IsValid():
		field.SetZero()
	case field.Kind() == reflect.Pointer:
		p := reflect.New(field.Type().Elem())
		p.Elem().Set(v)
		field.Set(p)
	default:
		field.Set(v)
	}
}

// plainText is a value as it travels in addresses: independent of the language.
// The empty text stands for no value.
func plainText(f *object.Field, v reflect.Value) string {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return ""
		}
		v = v.Elem()
	}
	switch f.Kind {
	case object.FieldText:
		return v.String()
	case object.FieldInt, object.FieldRef:
		return strconv.FormatInt(v.Int(), 10)
	case object.FieldFloat:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case object.FieldBool:
		return strconv.FormatBool(v.Bool())
	case object.FieldTime:
		if t, ok := v.Interface().(time.Time); ok && !t.IsZero() {
			return t.UTC().Format(time.RFC3339Nano)
		}
		return ""
	case object.FieldDecimal:
		return fmt.Sprint(v.Interface())
	case object.FieldDate:
		if d, ok := v.Interface().(object.Date); ok && !d.IsZero() {
			return d.String()
		}
		return ""
	case object.FieldDuration:
		return object.FormatDuration(time.Duration(v.Int()))
	}
	b, err := json.Marshal(v.Interface())
	if err != nil {
		return ""
	}
	return string(b)
}

// parsePlain reads what plainText writes, and decimal points and dates as people
// may put them into addresses.
func parsePlain(f *object.Field, text string) (reflect.Value, error) {
	v := reflect.New(f.Type).Elem()
	switch f.Kind {
	case object.FieldText:
		v.SetString(text)
	case object.FieldInt, object.FieldRef:
		n, err := strconv.ParseInt(text, 10, v.Type().Bits())
		if err != nil {
			return v, err
		}
		v.SetInt(n)
	case object.FieldFloat:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return v, err
		}
		v.SetFloat(n)
	case object.FieldBool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return v, err
		}
		v.SetBool(b)
	case object.FieldTime:
		for _, layout := range []string{time.RFC3339Nano, formTime, time.DateOnly} {
			if t, err := time.Parse(layout, text); err == nil {
				v.Set(reflect.ValueOf(t))
				return v, nil
			}
		}
		return v, fmt.Errorf("%q is no time", text)
	case object.FieldDuration:
		d, err := object.ParseDuration(text)
		if err != nil {
			return v, err
		}
		v.SetInt(int64(d))
	case object.FieldFile:
		return v, fmt.Errorf("a file is not read from text")
	case object.FieldDecimal, object.FieldDate:
		u, ok := v.Addr().Interface().(encoding.TextUnmarshaler)
		if !ok {
			return v, fmt.Errorf("%s cannot be read from text", f.Type)
		}
		return v, u.UnmarshalText([]byte(text))
	default:
		return v, json.Unmarshal([]byte(text), v.Addr().Interface())
	}
	return v, nil
}

// formTime is how <input type="datetime-local"> writes a time.
const formTime = "2006-01-02T15:04"

// formText is a value as a form's control shows it: in the user's language and
// time zone, without what only helps reading, such as thousands separators.
func (c *Ctx) formText(f *object.Field, row reflect.Value) string {
	v, ok := fieldOf(row, f)
	if !ok {
		return ""
	}
	return c.formValue(f, v)
}

func (c *Ctx) formValue(f *object.Field, v reflect.Value) string {
	switch f.Kind {
	case object.FieldDuration:
		return strings.ReplaceAll(c.Duration(time.Duration(v.Int())), "\u00a0", " ")
	case object.FieldTime:
		if t, ok := v.Interface().(time.Time); ok && !t.IsZero() {
			return t.In(c.s.zone).Format(formTime)
		}
		return ""
	case object.FieldDecimal, object.FieldFloat:
		return localNumber(c.s.kit, plainText(f, v), false)
	case object.FieldBool:
		switch {
		case v.Bool():
			return "on"
		case f.Optional: // where no value is not the same as no
			return "off"
		}
		return ""
	case object.FieldRef:
		if v.Int() == 0 {
			return ""
		}
	case object.FieldJSON:
		if (v.Kind() == reflect.Slice || v.Kind() == reflect.Map) && v.IsNil() {
			return ""
		}
		if f.Elem != nil {
			if lines, ok := c.linesOf(f, v); ok {
				return lines
			}
		}
		b, err := json.MarshalIndent(v.Interface(), "", "  ")
		if err != nil {
			return ""
		}
		return string(b)
	}
	return plainText(f, v)
}

// parseForm reads what a control holds. The empty text is no value. The error is
// the key of a word of the kit, such as "rule.number".
func (c *Ctx) parseForm(f *object.Field, text string) (v reflect.Value, fault string) {
	if f.Kind == object.FieldBool && !(f.Optional && text == "") {
		return reflect.ValueOf(text == "on").Convert(f.Type), ""
	}
	if text == "" {
		return reflect.Value{}, ""
	}
	var err error
	switch f.Kind {
	case object.FieldTime:
		var t time.Time
		for _, layout := range []string{formTime, formTime + ":05", time.DateOnly} {
			if t, err = time.ParseInLocation(layout, text, c.s.zone); err == nil {
				return reflect.ValueOf(t), ""
			}
		}
		return v, "rule.time"
	case object.FieldInt, object.FieldFloat, object.FieldDecimal:
		plain, ok := plainNumber(c.s.kit, text)
		if !ok {
			return v, "rule.number"
		}
		if v, err = parsePlain(f, plain); err != nil {
			if f.Kind == object.FieldInt {
				return v, "rule.integer"
			}
			return v, "rule.number"
		}
	case object.FieldDuration:
		d, ok := parseDuration(c.s.kit, text)
		if !ok {
			return v, "rule.duration"
		}
		return reflect.ValueOf(d), ""
	case object.FieldDate:
		if v, err = parsePlain(f, text); err != nil {
			return v, "rule.date"
		}
	case object.FieldJSON:
		if f.Elem != nil {
			return c.parseLines(f, text)
		}
		if v, err = parsePlain(f, text); err != nil {
			return v, "rule.json"
		}
	default:
		if v, err = parsePlain(f, text); err != nil {
			return v, "rule.value"
		}
	}
	return v, ""
}
