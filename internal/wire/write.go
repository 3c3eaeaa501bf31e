package wire

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos/internal/object"
)

// maxDepth is how deep what is written may nest: beyond it is a value that
// contains itself.
const maxDepth = 100

// Append appends a value of the type as JSON, for a user: fields that only some
// groups may view are missing for others. The error is about a value that cannot
// be written, such as one that contains itself.
func (b *Book) Append(dst []byte, t *Type, v reflect.Value, u *object.User) ([]byte, error) {
	w := writer{dst: dst, book: b, user: u}
	w.value(t, v, 0)
	return w.dst, w.err
}

type writer struct {
	dst  []byte
	book *Book
	user *object.User
	err  error
}

func (w *writer) text(s string) { w.dst = append(w.dst, s...) }

func (w *writer) value(t *Type, v reflect.Value, depth int) {
	if depth > maxDepth {
		w.err = fmt.Errorf("a value of %s nests more than %d deep; does it contain itself?", t.Go, maxDepth)
		w.text("null")
		return
	}
	switch t.Form {
	case Single:
		w.single(t.Kind, v)
	case List:
		w.list(t, v, depth)
	case Map:
		w.mapped(t, v, depth)
	case Struct:
		w.object(t, v, depth)
	case Bytes:
		w.text(`"`)
		w.dst = base64.StdEncoding.AppendEncode(w.dst, v.Bytes())
		w.text(`"`)
	case Any:
		w.dynamic(v, depth)
	default:
		w.own(v)
	}
}

func (w *writer) single(k object.FieldKind, v reflect.Value) {
	switch k {
	case object.FieldText:
		w.dst = AppendString(w.dst, v.String())
	case object.FieldInt, object.FieldRef:
		if v.CanUint() {
			w.dst = strconv.AppendUint(w.dst, v.Uint(), 10)
			return
		}
		w.dst = strconv.AppendInt(w.dst, v.Int(), 10)
	case object.FieldFloat:
		f := v.Float()
		if v.Kind() == reflect.Float32 { // 0.1, and not the float64 next to it
			f, _ = strconv.ParseFloat(strconv.FormatFloat(f, 'g', -1, 32), 64)
		}
		w.dst = AppendFloat(w.dst, f)
	case object.FieldBool:
		w.dst = strconv.AppendBool(w.dst, v.Bool())
	case object.FieldDuration:
		w.text(`"`)
		w.text(object.FormatDuration(time.Duration(v.Int())))
		w.text(`"`)
	case object.FieldDecimal:
		w.text(`"`)
		w.text(pointer[decimal.Decimal](v).String())
		w.text(`"`)
	case object.FieldTime:
		w.text(`"`)
		w.dst = AppendTime(w.dst, *pointer[time.Time](v))
		w.text(`"`)
	case object.FieldDate:
		w.text(`"`)
		w.text(pointer[object.Date](v).String())
		w.text(`"`)
	}
}

// pointer is the value itself where it can be addressed, which spares a copy.
func pointer[T any](v reflect.Value) *T {
	if v.CanAddr() {
		return v.Addr().Interface().(*T)
	}
	x := v.Interface().(T)
	return &x
}

func (w *writer) list(t *Type, v reflect.Value, depth int) {
	w.text("[")
	for i := range v.Len() {
		if i > 0 {
			w.text(",")
		}
		w.value(t.Elem, v.Index(i), depth+1)
	}
	w.text("]")
}

func (w *writer) mapped(t *Type, v reflect.Value, depth int) {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(keyText(a), keyText(b)) })
	w.text("{")
	for i, k := range keys {
		if i > 0 {
			w.text(",")
		}
		w.dst = append(AppendString(w.dst, keyText(k)), ':')
		w.value(t.Elem, v.MapIndex(k), depth+1)
	}
	w.text("}")
}

func keyText(k reflect.Value) string {
	if k.Kind() == reflect.String {
		return k.String()
	}
	return strconv.FormatInt(k.Int(), 10)
}

func (w *writer) object(t *Type, v reflect.Value, depth int) {
	w.text("{")
	start := len(w.dst)
	for i := range t.Members {
		w.member(&t.Members[i], v, start, depth)
	}
	w.text("}")
}

func (w *writer) member(m *Member, v reflect.Value, start, depth int) {
	if m.Hidden || m.To != ToMember || m.Field.View != nil && !w.in(m.Field.View) {
		return
	}
	f := v
	for _, i := range m.index {
		f = f.Field(i)
	}
	if m.relation {
		if f = f.Field(0); f.Len() == 0 {
			return // it is not loaded, or there are none
		}
		if m.Optional {
			f = f.Index(0)
		}
	} else if m.Omitted && empty(f) {
		return
	}
	if len(w.dst) > start {
		w.text(",")
	}
	w.dst = append(AppendString(w.dst, m.Name), ':')
	if m.Optional && !m.relation {
		if f.IsNil() {
			w.text("null")
			return
		}
		f = f.Elem()
	}
	if m.Type.Form == Single && m.Type.Kind == object.FieldDecimal && !m.Exact {
		w.text(`"`)
		w.dst = AppendDecimal(w.dst, pointer[decimal.Decimal](f), m.Field.Scale)
		w.text(`"`)
		return
	}
	w.value(m.Type, f, depth+1)
}

func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	}
	return v.IsZero()
}

func (w *writer) in(groups []string) bool {
	return w.user != nil && (w.user.Type == object.SystemAdmin || slices.ContainsFunc(groups, w.user.Member))
}

// dynamic writes what an any holds.
func (w *writer) dynamic(v reflect.Value, depth int) {
	for v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
		if v.IsNil() {
			w.text("null")
			return
		}
		v = v.Elem()
	}
	t, err := w.book.Type(v.Type())
	if err != nil {
		w.err = fmt.Errorf("a %s in an any %w", v.Type(), err)
		w.text("null")
		return
	}
	w.value(t, v, depth+1)
}

func (w *writer) own(v reflect.Value) {
	if !v.CanInterface() {
		w.text("null")
		return
	}
	of := v.Interface()
	if v.CanAddr() {
		of = v.Addr().Interface()
	}
	switch v.Kind() {
	case reflect.Slice:
		if v.IsNil() {
			w.text("[]")
			return
		}
	case reflect.Map:
		if v.IsNil() {
			w.text("{}")
			return
		}
	}
	data, err := json.Marshal(of)
	if err != nil {
		w.err = errors.Join(w.err, fmt.Errorf("a %s could not be written: %w", v.Type(), err))
		data = []byte("null")
	}
	w.dst = append(w.dst, data...)
}
