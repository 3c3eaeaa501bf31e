package wire

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/apposengine/appos/internal/object"
)

// place is where in a message a value stands, for messages.
type place struct {
	outer *place
	name  string // "" is an entry of a list
	index int
}

func (p *place) String() string {
	switch {
	case p == nil:
		return ""
	case p.name == "":
		return p.outer.String() + "[" + strconv.Itoa(p.index) + "]"
	case p.outer == nil:
		return p.name
	}
	return p.outer.String() + "." + p.name
}

// reader fills values from JSON that Check has passed, and notes all that is wrong.
type reader struct {
	scanner
	faults  []object.FieldError
	entries int // of all lists and maps
}

// MaxEntries is how many entries the lists and maps of one body have together:
// empty ones are a few bytes there, and many here.
const MaxEntries = 100_000

// room counts an entry of the list or map at a place, and says whether it is read.
func (r *reader) room(at *place) bool {
	if r.entries++; r.entries == MaxEntries+1 {
		r.fault(at, "max", "makes it more than %d entries in one body", MaxEntries)
	}
	return r.entries <= MaxEntries
}

// full says that enough is wrong: nothing more is said, so nothing more is read.
func (r *reader) full() bool { return len(r.faults) >= MaxFaults }

func (r *reader) fault(at *place, rule, format string, args ...any) {
	if !r.full() {
		r.faults = append(r.faults, object.FieldError{Field: Clip(at.String()), Rule: rule, Message: fmt.Sprintf(format, args...)})
	}
}

// optional reads a value that may be null, into a pointer.
func (r *reader) optional(t *Type, v reflect.Value, at *place) {
	if r.null() {
		v.SetZero()
		return
	}
	v.Set(reflect.New(t.Go))
	r.value(t, v.Elem(), at)
}

// null takes a null if it is the next value.
func (r *reader) null() bool {
	if r.peek() != 'n' {
		return false
	}
	r.single()
	return true
}

// value reads the next value into v, which is of the type.
func (r *reader) value(t *Type, v reflect.Value, at *place) {
	if t.Form == Any {
		if x := r.anything(at); x != nil {
			v.Set(reflect.ValueOf(x))
		}
		return
	}
	if r.null() {
		r.fault(at, "required", "must not be null")
		return
	}
	switch t.Form {
	case Single:
		raw := r.skip()
		if err := setJSON(t, v, raw); err != nil {
			r.fault(at, "type", "%v", err)
		}
	case List:
		r.list(t, v, at)
	case Map:
		r.mapped(t, v, at)
	case Struct:
		r.object(t, v, at)
	case Bytes:
		raw := r.skip()
		data, err := []byte(nil), errors.New("no string")
		if raw[0] == '"' {
			data, err = base64.StdEncoding.DecodeString(unquote(raw))
		}
		if err != nil {
			r.fault(at, "type", "must be a string in base64")
			return
		}
		v.SetBytes(data)
	default:
		if json.Unmarshal(r.skip(), v.Addr().Interface()) != nil {
			r.fault(at, "type", "has the wrong form")
		}
	}
}

func (r *reader) list(t *Type, v reflect.Value, at *place) {
	if r.peek() != '[' {
		r.skip()
		r.fault(at, "type", "must be a list")
		return
	}
	r.next('[')
	v.Set(reflect.MakeSlice(t.Go, 0, 0))
	for i := 0; !r.next(']'); i++ {
		if r.full() || !r.room(at) {
			r.skip()
			r.next(',')
			continue
		}
		v.Grow(1)
		v.SetLen(i + 1)
		v.Index(i).SetZero()
		r.value(t.Elem, v.Index(i), &place{outer: at, index: i})
		r.next(',')
	}
}

func (r *reader) mapped(t *Type, v reflect.Value, at *place) {
	v.Set(reflect.MakeMap(t.Go))
	r.each(at, true, func(name string, at *place) {
		key := reflect.New(t.Go.Key()).Elem()
		if key.Kind() == reflect.String {
			key.SetString(name)
		} else if n, err := strconv.ParseInt(name, 10, 64); err == nil && !key.OverflowInt(n) {
			key.SetInt(n)
		} else {
			r.fault(at, "type", "must have a whole number as its name")
			r.skip()
			return
		}
		if err := CheckText(name); err != nil {
			r.fault(at, "type", "%v", err)
		}
		if v.MapIndex(key).IsValid() { // "01" after "1"
			r.fault(at, "duplicate", "is given twice")
		}
		elem := reflect.New(t.Elem.Go).Elem()
		r.value(t.Elem, elem, at)
		v.SetMapIndex(key, elem)
	})
}

func (r *reader) object(t *Type, v reflect.Value, at *place) {
	r.each(at, false, func(name string, at *place) {
		m := t.Member(name)
		if m == nil {
			r.fault(at, "unknown", "is not known here%s", Suggest(name, t.names()))
			r.skip()
			return
		}
		f := v
		for _, i := range m.index {
			f = f.Field(i)
		}
		r.member(m, f, at)
	})
}

// member reads a value where a member, or an input of a message, may be null.
func (r *reader) member(m *Member, f reflect.Value, at *place) {
	if m.Optional {
		r.optional(m.Type, f, at)
		return
	}
	r.value(m.Type, f, at)
}

// each calls read for every member of an object; one that is given twice is noted
// and not read. Members of which there may be any number are counted.
func (r *reader) each(at *place, counted bool, read func(name string, at *place)) {
	if r.peek() != '{' {
		r.skip()
		r.fault(at, "type", "must be an object")
		return
	}
	r.next('{')
	var few [16]string
	seen, many := few[:0], map[string]bool(nil)
	for !r.next('}') {
		r.space()
		name := unquote(r.single())
		r.next(':')
		if r.full() || counted && !r.room(at) {
			r.skip()
			r.next(',')
			continue
		}
		here := &place{outer: at, name: name}
		twice := many[name]
		for _, s := range seen {
			twice = twice || s == name
		}
		switch {
		case len(seen) < len(few):
			seen = append(seen, name)
		case many == nil:
			many = map[string]bool{name: true}
		default:
			many[name] = true
		}
		if twice {
			r.fault(here, "duplicate", "is given twice")
			r.skip()
		} else {
			read(name, here)
		}
		r.next(',')
	}
}

// anything reads a value whose type is not known: a string, float64, bool, []any,
// map[string]any, or nil.
func (r *reader) anything(at *place) any {
	switch r.peek() {
	case '{':
		m := map[string]any{}
		r.each(at, true, func(name string, at *place) { m[name] = r.anything(at) })
		return m
	case '[':
		r.next('[')
		list := []any{}
		for i := 0; !r.next(']'); i++ {
			if r.full() || !r.room(at) {
				r.skip()
			} else {
				list = append(list, r.anything(&place{outer: at, index: i}))
			}
			r.next(',')
		}
		return list
	}
	switch raw := r.single(); raw[0] {
	case '"':
		s := unquote(raw)
		if err := CheckText(s); err != nil {
			r.fault(at, "type", "%v", err)
		}
		return s
	case 't':
		return true
	case 'f':
		return false
	case 'n':
		return nil
	default:
		n, err := strconv.ParseFloat(string(raw), 64)
		if err != nil {
			r.fault(at, "type", "is too large for a number")
		}
		return n
	}
}

// setJSON reads a single value that is not null.
func setJSON(t *Type, v reflect.Value, raw []byte) error {
	if raw[0] == '"' {
		s := unquote(raw)
		switch t.Kind {
		case object.FieldInt, object.FieldRef, object.FieldFloat, object.FieldBool:
			return wanted(t.Kind)
		}
		return setText(t, v, s)
	}
	switch t.Kind {
	case object.FieldInt, object.FieldRef, object.FieldFloat, object.FieldDecimal:
		if raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9' {
			return setText(t, v, string(raw))
		}
	case object.FieldBool:
		if raw[0] == 't' || raw[0] == 'f' {
			v.SetBool(raw[0] == 't')
			return nil
		}
	}
	return wanted(t.Kind)
}

// wanted says what a value of the kind is.
func wanted(k object.FieldKind) error {
	return errors.New("must be " + map[object.FieldKind]string{
		object.FieldText: "a string", object.FieldInt: "a whole number", object.FieldRef: "a whole number", object.FieldFloat: "a number",
		object.FieldBool: "true or false", object.FieldDecimal: "a decimal number, such as 12.50", object.FieldTime: `a time in a string, such as "2026-01-31T15:04:05Z"`,
		object.FieldDate: `a date in a string, such as "2026-01-31"`, object.FieldDuration: `a duration in a string, such as "1h30m"`,
	}[k])
}

// setText reads a single value from a text: of a JSON string, or of a path, a query
// or a header. The error continues a sentence that begins with the field.
func setText(t *Type, v reflect.Value, s string) error {
	switch t.Kind {
	case object.FieldText:
		v.SetString(s)
		return CheckText(s)
	case object.FieldInt, object.FieldRef:
		return setInt(v, s)
	case object.FieldFloat:
		n, err := strconv.ParseFloat(s, v.Type().Bits())
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) || strings.ContainsAny(s, "xXpP_") {
			if errors.Is(err, strconv.ErrRange) {
				return errors.New("is too large for a number")
			}
			return wanted(t.Kind)
		}
		v.SetFloat(n)
	case object.FieldBool:
		switch s {
		case "true", "1":
			v.SetBool(true)
		case "false", "0":
			v.SetBool(false)
		default:
			return wanted(t.Kind)
		}
	case object.FieldDecimal:
		return set(v, ParseDecimal, s)
	case object.FieldTime:
		return set(v, ParseTime, s)
	case object.FieldDate:
		return set(v, object.ParseDate, s)
	case object.FieldDuration:
		return set(v, object.ParseDuration, s)
	}
	return nil
}

func set[T any](v reflect.Value, parse func(string) (T, error), s string) error {
	x, err := parse(s)
	if err == nil {
		*v.Addr().Interface().(*T) = x
	}
	return err
}

func setInt(v reflect.Value, s string) error {
	if v.CanUint() {
		n, err := strconv.ParseUint(s, 10, 64)
		switch {
		case errors.Is(err, strconv.ErrRange) || err == nil && v.OverflowUint(n):
			return errors.New("is too large for a whole number")
		case err != nil:
			return errors.New("must be a whole number, and not negative")
		}
		v.SetUint(n)
		return nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange) || err == nil && v.OverflowInt(n):
		return errors.New("is too large for a whole number")
	case err != nil:
		return wanted(object.FieldInt)
	}
	v.SetInt(n)
	return nil
}

// Suggest ends a sentence about a name that is not known.
func Suggest(name string, known []string) string {
	if near := object.Nearest(Clip(name), known); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	if len(known) == 0 {
		return ""
	}
	return "; known are " + strings.Join(known, ", ")
}
