package appos

import (
	"context"
	"reflect"

	"github.com/apposengine/appos/internal/object"
)

// Get returns the row with the id. A row that does not exist, or that the user
// may not see, is [NotFound].
func Get[T any](ctx context.Context, id ID[T]) (T, error) {
	var row T
	rt, err := runtimeOf(ctx)
	if err != nil {
		return row, err
	}
	err = rt.Get(ctx, reflect.TypeFor[T](), int64(id), &row)
	return row, err
}

// Find returns the rows that query selects, by id when it names no order. A nil
// query selects all rows.
func Find[T any](ctx context.Context, query func(row *T, q *Query)) ([]T, error) {
	rt, err := runtimeOf(ctx)
	if err != nil {
		return nil, err
	}
	q := queryOf(ctx, query)
	var rows []T
	if q.Limit > 0 {
		rows = make([]T, 0, min(q.Limit, 100))
	}
	err = rt.Find(ctx, reflect.TypeFor[T](), q, func() any {
		rows = append(rows, *new(T))
		return &rows[len(rows)-1]
	})
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// Count returns how many rows query selects.
func Count[T any](ctx context.Context, query func(row *T, q *Query)) (int, error) {
	rt, err := runtimeOf(ctx)
	if err != nil {
		return 0, err
	}
	return rt.Count(ctx, reflect.TypeFor[T](), queryOf(ctx, query))
}

// Create stores row and returns it with its identity and defaults. What fails
// its validate tags is [Invalid], a value that must be unique and is not is
// [Conflict]; both name the field.
func Create[T any](ctx context.Context, row T) (T, error) {
	rt, err := runtimeOf(ctx)
	if err != nil {
		return row, err
	}
	err = rt.Create(ctx, reflect.TypeFor[T](), &row)
	return row, err
}

// CreateAll stores the rows in one transaction and gives each its identity; with
// an error none is stored.
func CreateAll[T any](ctx context.Context, rows []T) error {
	rt, err := runtimeOf(ctx)
	if err != nil {
		return err
	}
	return rt.CreateAll(ctx, reflect.TypeFor[T](), len(rows), func(i int) any { return &rows[i] })
}

// Update loads the row with the id, has change change it, stores what changed,
// and returns it. The row that change sees is locked until it is stored.
func Update[T any](ctx context.Context, id ID[T], change func(row *T)) (T, error) {
	var row T
	rt, err := runtimeOf(ctx)
	if err != nil {
		return row, err
	}
	err = rt.Update(ctx, reflect.TypeFor[T](), int64(id), 0, &row, func() error { change(&row); return nil })
	return row, err
}

// Delete removes the row with the id, or makes it invisible when its record is
// [SoftDeleted]. A row that others refer to is a [Conflict].
func Delete[T any](ctx context.Context, id ID[T]) error {
	rt, err := runtimeOf(ctx)
	if err != nil {
		return err
	}
	return rt.Delete(ctx, reflect.TypeFor[T](), int64(id), 0)
}

// UpdateAll has change change every row that query selects, stores what differs,
// and returns how many rows that were. The rows are chosen before the first is
// changed. All is one transaction: the error of one row, which names its id, leaves
// every row as it was.
//
// A nil query means all rows. More than 100,000 are [Invalid]; others wait for the
// transaction, so bound the query with [Query.Limit] and repeat where that is too long.
func UpdateAll[T any](ctx context.Context, query func(row *T, q *Query), change func(row *T)) (int, error) {
	rt, err := runtimeOf(ctx)
	if err != nil {
		return 0, err
	}
	return rt.UpdateAll(ctx, reflect.TypeFor[T](), queryOf(ctx, query), func(row any) error { change(row.(*T)); return nil })
}

// DeleteAll removes every row that query selects, each as [Delete] does, and
// returns how many there were. All is one transaction: a row that others refer to
// is a [Conflict] that leaves every row. It is bounded as [UpdateAll] is.
func DeleteAll[T any](ctx context.Context, query func(row *T, q *Query)) (int, error) {
	rt, err := runtimeOf(ctx)
	if err != nil {
		return 0, err
	}
	return rt.DeleteAll(ctx, reflect.TypeFor[T](), queryOf(ctx, query))
}

// Tx runs f in one transaction over records and events: an error of f, or a
// panic, undoes all that was done with the ctx that f receives. A Tx in a Tx
// joins it. That ctx is for one goroutine at a time.
func Tx(ctx context.Context, f func(ctx context.Context) error) error {
	rt, err := runtimeOf(ctx)
	if err != nil {
		return err
	}
	return rt.Tx(ctx, f)
}

func runtimeOf(ctx context.Context) (object.Runtime, error) {
	if f := object.FrameOf(ctx); f != nil {
		return f.Exec.Runtime, nil
	}
	return nil, Errorf(DispatchFailed, "the context does not come from AppOS; pass on the ctx that the handler received")
}
