package object

import "reflect"

// Change is what happens to a row.
type Change uint8

// The changes. A deleted row that is brought back is Created once more.
const (
	Created Change = iota + 1
	Updated
	Deleted
)

var changes = [...]string{"", "create", "update", "delete"}

// String is the change as the audit log names it.
func (c Change) String() string { return changes[c] }

// Past is the change as it has happened, such as "created".
func (c Change) Past() string { return changes[c] + "d" }

// RecordEvent says which message follows a change of a record's rows.
type RecordEvent struct {
	On      Change
	Type    reflect.Type // the record's struct
	Message reflect.Type
	Source  Source

	// Make makes the message from the row: pointers to structs, before is nil of a
	// creation and after of a deletion. Not ok means that nothing follows.
	Make func(before, after any) (message any, ok bool)

	// To is the object that the message addresses; the registry finds it.
	To *Object
}

// RowChange says which row was changed, and nothing of what is in it.
type RowChange struct {
	ID      int64
	Version int64 // after the change; of a deletion the last one
	On      Change
}
