package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/apposengine/appos/internal/object"
)

// ErrorKind is the class of a database error, whatever the driver calls it.
type ErrorKind uint8

// The classes of errors.
const (
	Other       ErrorKind = iota // see the cause
	Unique                       // a value that must be unique exists; Columns says which
	ForeignKey                   // a reference to a row that does not exist, or from one that does
	NotNull                      // a column that must have a value has none
	CheckFailed                  // a row does not meet a check; Constraint says which
	Range                        // a value does not fit its column
	Busy                         // another writer held the database for longer than the timeout
	Gone                         // the database is closed or cannot be reached
	Full                         // the disk or the database is full
	ReadOnly                     // the database cannot be written
	Corrupt                      // the file is damaged or no database
	Canceled                     // the context ended; the cause is its error
	Aborted                      // the transaction had failed before
	Schema                       // a table differs from its declaration
	Invalid                      // the statement, the URL or an argument is wrong
	Elsewhere                    // the transaction is on another database
)

var errorKinds = [...]string{
	"the database failed", "a unique value exists already", "a reference is broken", "a value is missing",
	"a check failed", "a value is out of range", "the database is busy", "the database is closed or unreachable",
	"the disk is full", "the database is read-only", "the database is damaged", "canceled",
	"the transaction had failed", "the schema differs", "invalid use of the database", "a transaction is on one database",
}

// String says what happened, for logs.
func (k ErrorKind) String() string { return errorKinds[k] }

// Error is what a database operation ends in when it fails.
type Error struct {
	Kind    ErrorKind
	Table   string   // where it is known
	Columns []string // of a Unique or NotNull error
	// Constraint is the name of the check that failed, where it is known.
	Constraint string
	Text       string // more about it
	Err        error  // the driver's error, or the context's
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Kind.String())
	if e.Table != "" {
		b.WriteString(": table " + e.Table)
		if len(e.Columns) > 0 {
			b.WriteString(", column " + strings.Join(e.Columns, ", "))
		}
	}
	if e.Text != "" {
		b.WriteString(": " + e.Text)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// As tells the layers that do not know databases what to do about an error: that
// the database does not answer is an *object.Outage, and that it has no room for
// more an *object.NoSpace.
func (e *Error) As(target any) bool {
	switch to := target.(type) {
	case **object.Outage:
		if e.Kind != Gone || errors.As(e.Err, to) { // a connected system says which
			return e.Kind == Gone
		}
		*to = &object.Outage{RetryAfter: time.Second}
		return true
	case **object.NoSpace:
		if e.Kind == Full {
			*to = &object.NoSpace{}
		}
		return e.Kind == Full
	}
	return false
}

// Is makes an error of a kind match &Error{Kind: kind}.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Kind == e.Kind && t.Table == "" && t.Text == "" && t.Err == nil
}

// KindOf returns the kind of a database error, and false when err is none.
func KindOf(err error) (ErrorKind, bool) {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind, true
	}
	return Other, false
}

// canceled returns an error for a context that has ended, else nil.
func canceled(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return &Error{Kind: Canceled, Err: err}
	}
	return nil
}
