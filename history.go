package appos

import (
	"context"
	"reflect"
	"time"

	"github.com/apposengine/appos/internal/object"
)

// Change is what one save did to one row of the record T, as the history of an
// [Audited] record tells it.
type Change[T any] struct {
	ID          int64 // its place in the history: later changes have larger ones
	Row         ID[T]
	Version     int64     // that the row had afterwards
	Operation   Operation // what was done
	Restored    int64     // the version that a Restore brought back, else 0
	By          string    // the user's sign-in name
	At          time.Time
	ExecutionID string
	Fields      []FieldChange // in the order of the record
}

// FieldChange is what a change says about one field: of a creation what it was
// given, of a deletion what it had.
type FieldChange struct {
	Field string // in Go, such as "Tier"; the column of a field that T has no more
	// Old and New have the type of the field, without the pointer of an optional
	// one; nil is no value. What the field cannot hold any more is a string.
	Old, New any
}

// Operation says what a change did.
type Operation string

// The operations of a history.
const (
	RowCreated  Operation = "create"
	RowUpdated  Operation = "update"
	RowDeleted  Operation = "delete"
	RowRestored Operation = "restore"
)

// HistoryQuery narrows what [History] and [Changes] return. Fields are named by
// the addresses of fields of the blank row that the query function receives.
type HistoryQuery struct {
	fields *Query
	q      object.HistoryQuery
}

// Fields keeps the changes of any of the fields, and of these changes only what
// they did to them.
func (h *HistoryQuery) Fields(columns ...any) *HistoryQuery {
	for _, c := range columns {
		if f := h.fields.field(pointer(c), "Fields"); f != nil {
			h.q.Fields = append(h.q.Fields, f)
		}
	}
	return h
}

// By keeps the changes that the user made.
func (h *HistoryQuery) By(user string) *HistoryQuery {
	h.q.By = user
	return h
}

// Operations keeps the changes that did one of these.
func (h *HistoryQuery) Operations(ops ...Operation) *HistoryQuery {
	for _, o := range ops {
		h.q.Operations = append(h.q.Operations, string(o))
	}
	return h
}

// Since keeps the changes at t or later.
func (h *HistoryQuery) Since(t time.Time) *HistoryQuery {
	h.q.Since = t
	return h
}

// Until keeps the changes before t.
func (h *HistoryQuery) Until(t time.Time) *HistoryQuery {
	h.q.Until = t
	return h
}

// Limit bounds how many changes are returned, 50 otherwise and 200 at most.
func (h *HistoryQuery) Limit(n int) *HistoryQuery {
	h.q.Limit = n
	return h
}

// Before keeps the changes before the one with the ID: the page after the one
// that ends with it.
func (h *HistoryQuery) Before(id int64) *HistoryQuery {
	h.q.Before = id
	return h
}

// History returns who changed what in the row with the id, newest first. What
// the user may not view is not in it; a row out of their reach is [NotFound]. A
// nil query returns the latest 50 changes.
func History[T any](ctx context.Context, id ID[T], query func(row *T, h *HistoryQuery)) ([]Change[T], error) {
	if id == 0 {
		return nil, Errorf(NotFound, "no row has the id 0")
	}
	return changes(ctx, id, query)
}

// Changes returns who changed what in all rows of T, as [History] does for one.
func Changes[T any](ctx context.Context, query func(row *T, h *HistoryQuery)) ([]Change[T], error) {
	return changes(ctx, 0, query)
}

func changes[T any](ctx context.Context, id ID[T], query func(*T, *HistoryQuery)) ([]Change[T], error) {
	past, err := historianOf(ctx)
	if err != nil {
		return nil, err
	}
	row := new(T)
	h := &HistoryQuery{fields: newQuery(ctx, row)}
	if query != nil {
		query(row, h)
	}
	h.q.Row, h.q.Faults = int64(id), h.fields.q.Faults
	entries, _, err := past.History(ctx, reflect.TypeFor[T](), &h.q)
	if err != nil {
		return nil, err
	}
	all := make([]Change[T], len(entries))
	for i, e := range entries {
		all[i] = Change[T]{e.ID, ID[T](e.Row), e.Version, Operation(e.Operation), e.Restored, e.By, e.At, e.ExecutionID, make([]FieldChange, len(e.Fields))}
		for j, f := range e.Fields {
			all[i].Fields[j] = FieldChange{f.Column, f.Old, f.New}
			if f.Field != nil {
				all[i].Fields[j].Field = f.Field.Name
			}
		}
	}
	return all, nil
}

// Restore gives the row with the id the values that it had after the version, as
// an update by the user, and returns it. Fields that the user may not view stay
// as they are, as do those that T did not have then or whose values are not kept
// in the history; a field that the user may not update and that differs is
// [Denied]. Nothing is stored when nothing differs.
//
// A row that is [SoftDeleted] comes back, for those who may update and delete;
// one that is gone for good is a [Conflict], as is a version that the history does
// not reach back to.
func Restore[T any](ctx context.Context, id ID[T], version int64) (T, error) {
	var row T
	past, err := historianOf(ctx)
	if err != nil {
		return row, err
	}
	_, err = past.Restore(ctx, reflect.TypeFor[T](), int64(id), version, 0, &row)
	return row, err
}

func historianOf(ctx context.Context) (object.Historian, error) {
	rt, err := runtimeOf(ctx)
	if err != nil {
		return nil, err
	}
	if past, ok := rt.(object.Historian); ok {
		return past, nil
	}
	return nil, Errorf(DispatchFailed, "this server keeps no history")
}
