package appos

import (
	"reflect"
	"unsafe"

	"github.com/apposengine/appos/internal/object"
)

// Cond is a condition on a field, or several conditions joined.
type Cond struct {
	op     object.Op
	column unsafe.Pointer
	value  any
	kids   []Cond
	beyond func(b *Query) []object.Cond // of Via and Any: the conditions on what the column leads to
}

func (b *Query) cond(c Cond) object.Cond {
	out := object.Cond{Op: c.op, Value: c.value}
	switch {
	case len(c.kids) > 0:
		for _, k := range c.kids {
			out.Kids = append(out.Kids, b.cond(k))
		}
	case c.op == object.OpAny:
		out.Kids = c.beyond(b)
		if out.Relation = b.relation(c.column); out.Relation == nil && b.record != nil {
			b.fault("Any and Without take the address of a Many or One field of the row that the query function received")
		}
	case c.op == object.OpAnd || c.op == object.OpOr: // of nothing
	default:
		if c.op == object.OpVia {
			out.Kids = c.beyond(b)
		}
		out.Field = b.field(c.column, c.op.String())
	}
	return out
}

func compare[V any](op object.Op, column *V, v V) Cond {
	return Cond{op: op, column: unsafe.Pointer(column), value: plain(v)}
}

// plain takes the pointer off the value of an optional field; nil stays nil.
func plain[V any](v V) any {
	if rv := reflect.ValueOf(v); rv.Kind() == reflect.Pointer {
		if rv.IsNil() {
			return nil
		}
		return rv.Elem().Interface()
	}
	return v
}

// Eq holds where the field is v; for an optional field a nil v asks for null.
func Eq[V any](column *V, v V) Cond { return compare(object.OpEq, column, v) }

// Ne holds where the field is not v; null is not v.
func Ne[V any](column *V, v V) Cond { return compare(object.OpNe, column, v) }

// Lt holds where the field is less than v.
func Lt[V any](column *V, v V) Cond { return compare(object.OpLt, column, v) }

// Le holds where the field is v or less.
func Le[V any](column *V, v V) Cond { return compare(object.OpLe, column, v) }

// Gt holds where the field is greater than v.
func Gt[V any](column *V, v V) Cond { return compare(object.OpGt, column, v) }

// Ge holds where the field is v or greater.
func Ge[V any](column *V, v V) Cond { return compare(object.OpGe, column, v) }

// OneOf holds where the field is one of the values; of none, nowhere.
func OneOf[V any](column *V, values ...V) Cond {
	return Cond{op: object.OpIn, column: unsafe.Pointer(column), value: list(values)}
}

// NoneOf holds where the field is none of the values; null is none of them.
func NoneOf[V any](column *V, values ...V) Cond {
	return Cond{op: object.OpNotIn, column: unsafe.Pointer(column), value: list(values)}
}

func list[V any](values []V) []any {
	list := make([]any, len(values))
	for i, v := range values {
		list[i] = plain(v)
	}
	return list
}

// textual are the types of fields that can be searched within.
type textual interface{ ~string | ~*string }

// Like holds where the field matches the pattern, in which % stands for any
// text and _ for any character.
func Like[V textual](column *V, pattern string) Cond {
	return Cond{op: object.OpLike, column: unsafe.Pointer(column), value: pattern}
}

// Contains holds where the text is within the field, whatever the case.
func Contains[V textual](column *V, text string) Cond {
	return Cond{op: object.OpContains, column: unsafe.Pointer(column), value: text}
}

// StartsWith holds where the field begins with the text, whatever the case.
func StartsWith[V textual](column *V, text string) Cond {
	return Cond{op: object.OpStartsWith, column: unsafe.Pointer(column), value: text}
}

// EndsWith holds where the field ends with the text, whatever the case.
func EndsWith[V textual](column *V, text string) Cond {
	return Cond{op: object.OpEndsWith, column: unsafe.Pointer(column), value: text}
}

// Has holds where the list has the entry v.
func Has[L ~[]V, V any](column *L, v V) Cond {
	return Cond{op: object.OpContains, column: unsafe.Pointer(column), value: v}
}

// IsNull holds where the optional field has no value.
func IsNull[V any](column **V) Cond {
	return Cond{op: object.OpIsNull, column: unsafe.Pointer(column), value: true}
}

// NotNull holds where the optional field has a value.
func NotNull[V any](column **V) Cond {
	return Cond{op: object.OpIsNull, column: unsafe.Pointer(column), value: false}
}

// And holds where all conditions do.
func And(conds ...Cond) Cond { return Cond{op: object.OpAnd, kids: conds} }

// Or holds where one of the conditions does.
func Or(conds ...Cond) Cond { return Cond{op: object.OpOr, kids: conds} }

// Not holds where the condition does not.
func Not(cond Cond) Cond { return Cond{op: object.OpNot, kids: []Cond{cond}} }
