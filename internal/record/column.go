package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"time"
	"unsafe"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// column is a field, compiled: how its column is read into the struct and
// written from it. The struct is reached by address, because reflection per row
// costs more than SQLite.
//
// Texts and integers of declared types (type Tier string) have the layout of
// what they are declared on, which is what the casts here rely on; compile
// checks the kinds.
type column struct {
	f         *object.Field
	name      string // quoted
	key       string // `"customer_id":` in JSON
	form      form
	slot      int        // of a decimal or JSON: its place in the buffer
	seal      *seal      // keeps the values encrypted; nil of most
	byDefault any        // the default, as a plain value; nil is none
	now       bool       // the default is when the row is made
	empty     store.JSON // what a nil list or map is stored as
	full      reflect.Type
}

// form is the layout of a field's value in the struct.
type form uint8

const (
	formText form = iota + 1
	formInt64
	formInt32
	formFloat
	formBool
	formDecimal
	formTime
	formDate
	formDuration
	formJSON
)

// formOf returns the layout of a field, or 0 when it cannot be stored.
func formOf(f *object.Field) form {
	if f.Type == nil {
		return 0
	}
	kind := f.Type.Kind()
	switch f.Kind {
	case object.FieldText:
		if kind == reflect.String {
			return formText
		}
	case object.FieldInt, object.FieldRef:
		switch {
		case kind == reflect.Int64, kind == reflect.Int && f.Type.Size() == 8:
			return formInt64
		case kind == reflect.Int32, kind == reflect.Int:
			return formInt32
		}
	case object.FieldFloat:
		if kind == reflect.Float64 {
			return formFloat
		}
	case object.FieldBool:
		if kind == reflect.Bool {
			return formBool
		}
	case object.FieldDecimal:
		if f.Type == reflect.TypeFor[decimal.Decimal]() {
			return formDecimal
		}
	case object.FieldTime:
		if f.Type == reflect.TypeFor[time.Time]() {
			return formTime
		}
	case object.FieldDate:
		if f.Type == reflect.TypeFor[object.Date]() {
			return formDate
		}
	case object.FieldDuration:
		if f.Type == reflect.TypeFor[time.Duration]() {
			return formDuration
		}
	case object.FieldFile:
		if f.Type == reflect.TypeFor[object.File]() {
			return formJSON
		}
	case object.FieldJSON:
		switch kind {
		case reflect.Slice, reflect.Map, reflect.Struct:
			return formJSON
		}
	}
	return 0
}

// at is the address of the field in the row at base.
func (c *column) at(base unsafe.Pointer) unsafe.Pointer { return unsafe.Add(base, c.f.Offset) }

// dst is where the column's value is scanned to.
func (c *column) dst(base unsafe.Pointer, b *buffer) any {
	if c.seal != nil {
		return &b.seals[c.seal.slot]
	}
	p := c.at(base)
	if c.f.Optional {
		switch c.form {
		case formText:
			return (**string)(p)
		case formInt64:
			return (**int64)(p)
		case formInt32:
			return (**int32)(p)
		case formFloat:
			return (**float64)(p)
		case formBool:
			return (**bool)(p)
		case formTime:
			return (**time.Time)(p)
		case formDate:
			return (**object.Date)(p)
		case formDuration:
			return (**time.Duration)(p)
		}
	}
	switch c.form {
	case formText:
		return (*string)(p)
	case formInt64:
		return (*int64)(p)
	case formInt32:
		return (*int32)(p)
	case formFloat:
		return (*float64)(p)
	case formBool:
		return (*bool)(p)
	case formTime:
		return (*time.Time)(p)
	case formDate:
		return (*object.Date)(p)
	case formDuration:
		return (*time.Duration)(p)
	case formDecimal:
		return &b.decimals[c.slot]
	}
	return &b.texts[c.slot]
}

// take moves what was scanned into the buffer to the row.
func (c *column) take(base unsafe.Pointer, b *buffer) error {
	if c.seal != nil {
		return c.unseal(base, b.seals[c.seal.slot])
	}
	if c.form == formDecimal {
		p := c.at(base)
		d := &b.decimals[c.slot]
		switch {
		case !c.f.Optional:
			*(*decimal.Decimal)(p) = d.Value
		case d.Null:
			*(**decimal.Decimal)(p) = nil
		default:
			v := d.Value
			*(**decimal.Decimal)(p) = &v
		}
		return nil
	}
	return c.unmarshal(base, b.texts[c.slot])
}

// unmarshal puts JSON into the row; none is the zero value.
func (c *column) unmarshal(base unsafe.Pointer, text []byte) error {
	v := reflect.NewAt(c.full, c.at(base))
	v.Elem().SetZero()
	if text == nil || !c.f.Optional && bytes.Equal(text, c.empty) {
		return nil
	}
	if err := json.Unmarshal(text, v.Interface()); err != nil {
		return fmt.Errorf("column %s holds JSON that does not fit its field: %w", c.f.Column, err)
	}
	return nil
}

// arg is the field's value as an argument; an untyped nil is null.
func (c *column) arg(base unsafe.Pointer) (any, error) {
	p := c.at(base)
	if c.f.Optional {
		if p = *(*unsafe.Pointer)(p); p == nil {
			return nil, nil
		}
	}
	switch c.form {
	case formText:
		return *(*string)(p), nil
	case formInt64:
		return *(*int64)(p), nil
	case formInt32:
		return int64(*(*int32)(p)), nil
	case formFloat:
		return *(*float64)(p), nil
	case formBool:
		return *(*bool)(p), nil
	case formTime:
		return *(*time.Time)(p), nil
	case formDate:
		return *(*object.Date)(p), nil
	case formDuration:
		return *(*time.Duration)(p), nil
	case formDecimal:
		return store.Decimal{Value: *(*decimal.Decimal)(p), Scale: c.f.Scale}, nil
	}
	return c.marshal(p)
}

func (c *column) marshal(p unsafe.Pointer) (store.JSON, error) {
	v := reflect.NewAt(c.f.Type, p).Elem()
	if c.empty != nil && v.Kind() != reflect.Struct && v.IsNil() {
		return c.empty, nil
	}
	data, err := json.Marshal(v.Interface())
	if err != nil {
		return nil, fmt.Errorf("cannot be written as JSON: %w", err)
	}
	return store.JSON(data), nil
}

// argOf turns a plain value into an argument.
func (c *column) argOf(v any) any {
	switch v := v.(type) {
	case decimal.Decimal:
		return store.Decimal{Value: v, Scale: c.f.Scale}
	case json.RawMessage:
		return store.JSON(v)
	}
	return v
}

// same says whether two arguments of the column are one value.
func same(a, b any) bool {
	switch a := a.(type) {
	case store.Decimal:
		d, ok := b.(store.Decimal)
		return ok && a.Value.Equal(d.Value)
	case store.JSON:
		d, ok := b.(store.JSON)
		return ok && bytes.Equal(a, d)
	case time.Time:
		d, ok := b.(time.Time)
		return ok && a.Equal(d)
	}
	return a == b
}

// set puts a plain value (nil, string, int64, float64, bool, decimal, time, date,
// duration, or JSON) into the row.
func (c *column) set(base unsafe.Pointer, v any) error {
	p := c.at(base)
	if v == nil {
		reflect.NewAt(c.full, p).Elem().SetZero()
		return nil
	}
	if c.f.Optional {
		fresh := reflect.New(c.f.Type).UnsafePointer()
		*(*unsafe.Pointer)(p) = fresh
		p = fresh
	}
	ok := false
	switch c.form {
	case formText:
		*(*string)(p), ok = v.(string)
	case formInt64:
		*(*int64)(p), ok = v.(int64)
	case formInt32:
		var n int64
		n, ok = v.(int64)
		if int64(int32(n)) != n {
			return fmt.Errorf("must be between -2147483648 and 2147483647")
		}
		*(*int32)(p) = int32(n)
	case formFloat:
		*(*float64)(p), ok = v.(float64)
	case formBool:
		*(*bool)(p), ok = v.(bool)
	case formTime:
		*(*time.Time)(p), ok = v.(time.Time)
	case formDate:
		*(*object.Date)(p), ok = v.(object.Date)
	case formDuration:
		*(*time.Duration)(p), ok = v.(time.Duration)
	case formDecimal:
		*(*decimal.Decimal)(p), ok = v.(decimal.Decimal)
	case formJSON:
		var raw json.RawMessage
		if raw, ok = v.(json.RawMessage); ok {
			return unmarshalStrict(raw, reflect.NewAt(c.f.Type, p).Interface())
		}
	}
	if !ok {
		return fmt.Errorf("must be a %s", c.f.Kind)
	}
	return nil
}

// clear makes the field zero.
func (c *column) clear(base unsafe.Pointer) {
	reflect.NewAt(c.full, c.at(base)).Elem().SetZero()
}

// isZero says whether the field has no value, or the zero value.
func (c *column) isZero(base unsafe.Pointer) bool {
	p := c.at(base)
	if c.f.Optional {
		return *(*unsafe.Pointer)(p) == nil
	}
	switch c.form {
	case formText:
		return *(*string)(p) == ""
	case formInt64:
		return *(*int64)(p) == 0
	case formInt32:
		return *(*int32)(p) == 0
	case formFloat:
		return *(*float64)(p) == 0
	case formBool:
		return !*(*bool)(p)
	case formTime:
		return (*time.Time)(p).IsZero()
	case formDate:
		return (*object.Date)(p).IsZero()
	case formDuration:
		return *(*time.Duration)(p) == 0
	case formDecimal:
		return (*decimal.Decimal)(p).IsZero()
	}
	return reflect.NewAt(c.f.Type, p).Elem().IsZero()
}

// normalize gives the value the precision that it is stored with, so that the
// row in memory is the row in the database.
func (c *column) normalize(base unsafe.Pointer) error {
	if c.form != formTime && c.form != formDecimal && c.form != formDuration {
		return nil
	}
	p := c.at(base)
	if c.f.Optional {
		if p = *(*unsafe.Pointer)(p); p == nil {
			return nil
		}
	}
	if c.form == formTime {
		t := (*time.Time)(p)
		short := t.UTC().Truncate(time.Microsecond)
		if short == *t {
			return nil
		}
		if c.f.Optional { // the caller may share the value that the pointer leads to
			*(**time.Time)(c.at(base)) = &short
			return nil
		}
		*t = short
		return nil
	}
	if c.form == formDuration {
		d := (*time.Duration)(p)
		if short := d.Truncate(time.Microsecond); short != *d {
			if c.f.Optional {
				*(**time.Duration)(c.at(base)) = &short
			} else {
				*d = short
			}
		}
		return nil
	}
	d := (*decimal.Decimal)(p)
	if e := d.Exponent(); e <= 0 && int(-e) <= c.f.Scale {
		if d.NumDigits() < 18-c.f.Scale {
			return nil
		}
	}
	exact := store.Decimal{Value: *d, Scale: c.f.Scale}
	n, err := exact.Scaled()
	if err != nil {
		return fmt.Errorf("is too large")
	}
	short := decimal.New(n, -int32(c.f.Scale))
	if c.f.Optional {
		*(**decimal.Decimal)(c.at(base)) = &short
		return nil
	}
	*d = short
	return nil
}

// initial is the value that the field of a new row gets when it is given none,
// as a plain value; nil is none.
func (c *column) initial(now time.Time) any {
	switch {
	case !c.now:
		return c.byDefault
	case c.form == formDate:
		return object.DateOf(now)
	}
	return now
}
