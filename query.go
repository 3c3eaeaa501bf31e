package appos

import (
	"context"
	"reflect"
	"unsafe"

	"github.com/apposengine/appos/internal/object"
)

// Query collects what [Find] and [Count] select. Columns are named by the
// addresses of fields of the blank row that the query function receives:
//
//	appos.Find(ctx, func(o *Order, q *appos.Query) {
//		q.Where(appos.Eq(&o.Customer, id), appos.Ne(&o.Status, Draft)).
//			OrderBy(appos.Desc(&o.Placed)).Limit(50)
//	})
type Query struct {
	record *object.Record
	base   unsafe.Pointer
	q      object.Query
}

// newQuery starts a query whose columns are named by addresses in row.
func newQuery[T any](ctx context.Context, row *T) *Query {
	b := &Query{base: unsafe.Pointer(row)}
	if f := object.FrameOf(ctx); f != nil {
		if o := f.Exec.Runtime.Registry().ByType(reflect.TypeFor[T]()); o != nil {
			b.record = o.Record
		}
	}
	return b
}

// into adds what was collected to q.
func (b *Query) into(q *object.Query) {
	q.Where = append(q.Where, b.q.Where...)
	q.Faults = append(q.Faults, b.q.Faults...)
}

// Where adds conditions; all of them must hold.
func (b *Query) Where(conds ...Cond) *Query {
	for _, c := range conds {
		b.q.Where = append(b.q.Where, b.cond(c))
	}
	return b
}

// OrderBy sorts by fields, each the address of a field or [Desc] of one. The id
// comes last, so that the order is total.
func (b *Query) OrderBy(terms ...any) *Query {
	for _, t := range terms {
		o, ok := t.(Order)
		if !ok {
			o = Order{column: t}
		}
		if f := b.field(pointer(o.column), "OrderBy"); f != nil {
			b.q.Order = append(b.q.Order, object.Order{Field: f, Desc: o.desc})
		}
	}
	return b
}

// Limit bounds how many rows are returned.
func (b *Query) Limit(n int) *Query {
	b.q.Limit = n
	return b
}

// Search keeps the rows whose search fields contain the text.
func (b *Query) Search(text string) *Query {
	b.q.Search = text
	return b
}

// With loads relations, each the address of a [Many] or [One] field, with one
// query a relation.
func (b *Query) With(relations ...any) *Query {
	for _, r := range relations {
		at, found := uintptr(pointer(r))-uintptr(b.base), false
		if b.record != nil {
			for _, rel := range b.record.Relations {
				if rel.Offset == at {
					b.q.With, found = append(b.q.With, rel.Name), true
				}
			}
		}
		if !found {
			b.fault("With takes the address of a Many or One field of the row")
		}
	}
	return b
}

func (b *Query) fault(text string) { b.q.Faults = append(b.q.Faults, text) }

func (b *Query) field(p unsafe.Pointer, in string) *object.Field {
	if b.record == nil {
		return nil // the verb reports it
	}
	if f := b.record.At(uintptr(p) - uintptr(b.base)); f != nil && p != nil {
		return f
	}
	b.fault(in + " takes the addresses of fields of the row that the query function received")
	return nil
}

func pointer(column any) unsafe.Pointer {
	v := reflect.ValueOf(column)
	if v.Kind() != reflect.Pointer {
		return nil
	}
	return v.UnsafePointer()
}

func (b *Query) cond(c Cond) object.Cond {
	out := object.Cond{Op: c.op, Value: c.value}
	if len(c.kids) > 0 {
		for _, k := range c.kids {
			out.Kids = append(out.Kids, b.cond(k))
		}
		return out
	}
	out.Field = b.field(c.column, c.op.String())
	return out
}

// Order is a term of a sort.
type Order struct {
	column any
	desc   bool
}

// Desc sorts by the field, largest first.
func Desc[V any](column *V) Order { return Order{column, true} }

// Asc sorts by the field, smallest first; it is the same as the bare address.
func Asc[V any](column *V) Order { return Order{column, false} }

// Cond is a condition on a field, or several conditions joined.
type Cond struct {
	op     object.Op
	column unsafe.Pointer
	value  any
	kids   []Cond
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
	list := make([]any, len(values))
	for i, v := range values {
		list[i] = plain(v)
	}
	return Cond{op: object.OpIn, column: unsafe.Pointer(column), value: list}
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

// queryOf builds the query that f describes.
func queryOf[T any](ctx context.Context, f func(*T, *Query)) *object.Query {
	row := new(T)
	b := newQuery(ctx, row)
	if f != nil {
		f(row, b)
	}
	return &b.q
}
