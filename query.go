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
	registry *object.Registry
	record   *object.Record
	base     unsafe.Pointer
	q        object.Query
}

// newQuery starts a query whose columns are named by addresses in row.
func newQuery[T any](ctx context.Context, row *T) *Query {
	var reg *object.Registry
	if f := object.FrameOf(ctx); f != nil {
		reg = f.Exec.Runtime.Registry()
	}
	return queryIn(reg, row)
}

func queryIn[T any](reg *object.Registry, row *T) *Query {
	b := &Query{registry: reg, base: unsafe.Pointer(row)}
	if reg != nil {
		if o := reg.ByType(reflect.TypeFor[T]()); o != nil {
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
		if rel := b.relation(pointer(r)); rel != nil {
			b.q.With = append(b.q.With, rel.Name)
		} else {
			b.fault("With takes the address of a Many or One field of the row; Related loads what references point to")
		}
	}
	return b
}

// relation is the relation at an address within the row, or nil.
func (b *Query) relation(p unsafe.Pointer) *object.Relation {
	if b.record == nil {
		return nil
	}
	for i := range b.record.Relations {
		if r := &b.record.Relations[i]; r.Offset == uintptr(p)-uintptr(b.base) {
			return r
		}
	}
	return nil
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

// Order is a term of a sort.
type Order struct {
	column any
	desc   bool
}

// Desc sorts by the field, largest first.
func Desc[V any](column *V) Order { return Order{column, true} }

// Asc sorts by the field, smallest first; it is the same as the bare address.
func Asc[V any](column *V) Order { return Order{column, false} }

// queryOf builds the query that f describes.
func queryOf[T any](ctx context.Context, f func(*T, *Query)) *object.Query {
	row := new(T)
	b := newQuery(ctx, row)
	if f != nil {
		f(row, b)
	}
	return &b.q
}
