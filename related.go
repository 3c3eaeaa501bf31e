package appos

import (
	"unsafe"

	"github.com/apposengine/appos/internal/object"
)

// refTo are the types of fields that refer to rows of T.
type refTo[T any] interface{ ID[T] | *ID[T] }

// relationTo is the address of a [Many] or a [One] of T.
type relationTo[T any] interface{ list() []T }

func (m *Many[T]) list() []T { return m.Rows }
func (o *One[T]) list() []T  { return o.rows }

// Via holds where the row that the reference points to meets the conditions of
// query. Only rows that the user may see count; one that refers to nothing does
// not hold.
//
//	q.Where(appos.Via(&o.Customer, func(c *Customer, q *appos.Query) {
//		q.Where(appos.Eq(&c.Tier, Gold))
//	}))
//
// A user who may not view the other record is [Denied]. Conditions lead through
// at most five records, one after the other.
func Via[T any, R refTo[T]](reference *R, query func(row *T, q *Query)) Cond {
	return Cond{op: object.OpVia, column: unsafe.Pointer(reference), beyond: beyond(query)}
}

// Any holds where one of the rows of the relation, which the user may see, meets
// the conditions of query; a nil query asks for any row at all. It is bounded as
// [Via] is.
func Any[T any](relation relationTo[T], query func(row *T, q *Query)) Cond {
	return Cond{op: object.OpAny, column: pointer(relation), beyond: beyond(query)}
}

// Without holds where none of the rows of the relation, which the user may see,
// meets the conditions of query; with a nil query, where there are no rows.
func Without[T any](relation relationTo[T], query func(row *T, q *Query)) Cond {
	return Not(Any(relation, query))
}

func beyond[T any](query func(*T, *Query)) func(*Query) []object.Cond {
	return func(outer *Query) []object.Cond {
		row := new(T)
		b := queryIn(outer.registry, row)
		if query != nil {
			query(row, b)
		}
		if b.q.Order != nil || b.q.With != nil || b.q.Limit != 0 || b.q.Search != "" {
			outer.fault("a condition on other rows has only Where; it takes no OrderBy, Limit, Search or With")
		}
		outer.q.Faults = append(outer.q.Faults, b.q.Faults...)
		return b.q.Where
	}
}
