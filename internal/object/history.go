package object

import (
	"context"
	"reflect"
	"time"
)

// HistoryQuery says which entries of a record's history to read, newest first.
// The zero query reads the latest of all rows.
type HistoryQuery struct {
	Row        int64    // 0 is all rows
	Fields     []*Field // entries that changed one of them, and only these changes; none is all
	By         string   // a user's sign-in name; "" is everybody
	Operations []string // create, update, delete, restore; none is all
	Since      time.Time
	Until      time.Time // zero is now; entries of this very time are not among them
	Limit      int       // 0 is 50; at most MaxHistory
	Before     int64     // the ID of the last entry of the page before; 0 is the first page

	// Faults are mistakes in building the query, which is refused with them.
	Faults []string
}

// MaxHistory is how many entries one page of a history has at most.
const MaxHistory = 200

// HistoryEntry is what one save did to one row.
type HistoryEntry struct {
	ID          int64 // its place in the log: later entries have larger ones
	Row         int64
	Version     int64  // that the row had afterwards; 0 is not known
	Operation   string // create, update, delete or restore
	Restored    int64  // the version that a restore brought back, else 0
	By          string // the sign-in name
	At          time.Time
	ExecutionID string
	Fields      []FieldChange // in the order of the record
}

// FieldChange is what an entry says about one field: of a creation what it was
// given, of a deletion what it had.
type FieldChange struct {
	Column string
	Field  *Field // nil when the record has no such field any more
	// Old and New are values of Field.Type, nil is none. What the field cannot hold
	// any more is the string that the log has.
	Old, New any
}

// A Historian is a Runtime that reads the history of audited records and brings
// versions back. All of it passes the gate.
type Historian interface {
	// History returns a page of entries, and the ID that Before takes for the next;
	// 0 is the end. It needs the permission to view the record.
	History(ctx context.Context, t reflect.Type, q *HistoryQuery) (entries []HistoryEntry, next int64, err error)
	// Restore gives the row the values that it had after the version and loads it
	// into row. Expected is the version that the row must have, 0 is any. It needs
	// the permission to update, and to delete where the row was deleted. What could
	// not be brought back are columns.
	Restore(ctx context.Context, t reflect.Type, id, version, expected int64, row any) (lost []string, err error)
}
