package appos

import (
	"context"
	"reflect"
	"slices"
	"unsafe"

	"github.com/apposengine/appos/internal/object"
)

// loadAtOnce is how many rows one query of GetAll loads.
const loadAtOnce = 512

// GetAll returns the rows with the ids, by id, with one query for 512 of them. A
// row that does not exist, or that the user may not see, is missing.
func GetAll[T any](ctx context.Context, ids ...ID[T]) (map[ID[T]]T, error) {
	rt, err := runtimeOf(ctx)
	if err != nil {
		return nil, err
	}
	t := reflect.TypeFor[T]()
	o := rt.Registry().ByType(t)
	if o == nil || o.Record == nil {
		return nil, Errorf(DispatchFailed, "%s is not a record of this server; declare it with appos.Record, and check that its app is listed", t)
	}
	id := &o.Record.Fields[object.FieldID]
	wanted := make([]any, 0, len(ids))
	seen := make(map[ID[T]]bool, len(ids))
	for _, n := range ids {
		if n != 0 && !seen[n] {
			seen[n] = true
			wanted = append(wanted, int64(n))
		}
	}
	found := make(map[ID[T]]T, len(wanted))
	var rows []T
	for part := range slices.Chunk(wanted, loadAtOnce) {
		rows = slices.Grow(rows[:0], len(part))
		q := &object.Query{Where: []object.Cond{{Op: object.OpIn, Field: id, Value: part}}}
		err := rt.Find(ctx, t, q, func() any {
			rows = append(rows, *new(T))
			return &rows[len(rows)-1]
		})
		if err != nil {
			return nil, err
		}
		for i := range rows {
			found[*(*ID[T])(unsafe.Add(unsafe.Pointer(&rows[i]), id.Offset))] = rows[i]
		}
	}
	return found, nil
}

// Related returns the rows that a reference of rows points to, by id: one query
// for all of them instead of a [Get] for each. reference returns the address of
// the field, or the field itself where it is optional; nil is none.
//
//	orders, err := appos.Find[Order](ctx, nil)
//	customers, err := appos.Related(ctx, orders, func(o *Order) *appos.ID[Customer] { return &o.Customer })
//	name := customers[orders[0].Customer].Name
//
// Rows that the user may not see are missing. [Query.With] loads the other
// direction, from a row to those that point to it.
func Related[Row, T any](ctx context.Context, rows []Row, reference func(row *Row) *ID[T]) (map[ID[T]]T, error) {
	ids := make([]ID[T], 0, len(rows))
	for i := range rows {
		if id := reference(&rows[i]); id != nil {
			ids = append(ids, *id)
		}
	}
	return GetAll(ctx, ids...)
}
