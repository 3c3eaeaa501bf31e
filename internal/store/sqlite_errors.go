package store

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"

	driversqlite "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

// classify says what kind of error the driver's is.
func classify(err error) error {
	var e *driversqlite.Error
	if !errors.As(err, &e) {
		if errors.Is(err, sql.ErrConnDone) || errors.Is(err, driver.ErrBadConn) {
			return &Error{Kind: Gone, Err: err}
		}
		return &Error{Kind: Other, Err: err}
	}
	switch e.Code() {
	case codes.SQLITE_CONSTRAINT_UNIQUE, codes.SQLITE_CONSTRAINT_PRIMARYKEY, codes.SQLITE_CONSTRAINT_ROWID:
		return constraint(Unique, e, "UNIQUE constraint failed: ")
	case codes.SQLITE_CONSTRAINT_NOTNULL:
		return constraint(NotNull, e, "NOT NULL constraint failed: ")
	case codes.SQLITE_CONSTRAINT_FOREIGNKEY, codes.SQLITE_CONSTRAINT_TRIGGER:
		return &Error{Kind: ForeignKey, Err: e}
	case codes.SQLITE_CONSTRAINT_CHECK:
		return failedCheck(e)
	case codes.SQLITE_CONSTRAINT_DATATYPE:
		return &Error{Kind: Invalid, Err: e}
	}
	return &Error{Kind: kindOf(e), Err: e}
}

func kindOf(e *driversqlite.Error) ErrorKind {
	switch e.Code() & 0xff {
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED:
		return Busy
	case codes.SQLITE_FULL:
		return Full
	case codes.SQLITE_READONLY, codes.SQLITE_PERM:
		return ReadOnly
	case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB:
		return Corrupt
	case codes.SQLITE_CANTOPEN, codes.SQLITE_IOERR:
		return Gone
	case codes.SQLITE_INTERRUPT:
		return Canceled
	case codes.SQLITE_TOOBIG:
		return Range
	case codes.SQLITE_ERROR:
		if strings.Contains(e.Error(), "integer overflow") { // of a sum
			return Range
		}
		return Invalid
	case codes.SQLITE_RANGE, codes.SQLITE_MISMATCH, codes.SQLITE_MISUSE:
		return Invalid
	}
	return Other
}

// constraint reads the columns from a message such as "constraint failed:
// UNIQUE constraint failed: customer.code, customer.region_id (2067)": SQLite
// says them nowhere else.
func constraint(kind ErrorKind, err error, prefix string) *Error {
	out := &Error{Kind: kind, Err: err}
	_, list, ok := strings.Cut(err.Error(), prefix)
	if !ok {
		return out
	}
	if i := strings.LastIndex(list, " ("); i >= 0 {
		list = list[:i]
	}
	for name := range strings.SplitSeq(list, ", ") {
		table, column, ok := strings.Cut(name, ".")
		if !ok {
			return out
		}
		out.Table, out.Columns = table, append(out.Columns, column)
	}
	return out
}

// failedCheck reads the name of a check from a message such as "constraint
// failed: CHECK constraint failed: crm_order_total_check (275)". A check
// without a name is called by its condition.
func failedCheck(err error) *Error {
	out := &Error{Kind: CheckFailed, Err: err}
	if _, name, ok := strings.Cut(err.Error(), "CHECK constraint failed: "); ok {
		if i := strings.LastIndex(name, " ("); i >= 0 {
			name = name[:i]
		}
		out.Constraint = name
	}
	return out
}

func isInterrupt(err error) bool {
	var e *driversqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == codes.SQLITE_INTERRUPT
}
