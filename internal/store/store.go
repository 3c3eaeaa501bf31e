package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// DB is one database. All methods may be called from several goroutines; the
// context of a transaction belongs to one.
//
// SQL is written with ? for every argument and with quoted identifiers where a
// name might be a keyword. Arguments are nil, string, []byte, bool, time.Time,
// JSON, Decimal, object.Date, time.Duration (kept to the
// microsecond in an Int column), and integers and floats of any size. Destinations are pointers
// to these, or pointers to such pointers where the column may be null.
//
// Every error is a *Error, ErrNoRows, or what the caller's own function returned.
type DB interface {
	// Dialect says which SQL the database speaks.
	Dialect() Dialect

	// Query runs a statement that returns rows: a select, or a change with a
	// returning clause. Close the rows, in a transaction before its next
	// statement.
	Query(ctx context.Context, sql string, args ...any) (Rows, error)
	// QueryRow runs a statement and reads its first row into dst. It is
	// ErrNoRows when there is none.
	QueryRow(ctx context.Context, dst []any, sql string, args ...any) error
	// Exec runs a statement and says how many rows it changed.
	Exec(ctx context.Context, sql string, args ...any) (int64, error)

	// Tx runs f in a transaction: everything that f does with the context it is
	// given is stored when f returns nil, and nothing when it returns an error
	// or panics. A Tx inside another joins it. Once a statement or an inner
	// function has failed the transaction cannot be stored any more, even when
	// f returns nil: Tx then returns an Aborted error with the cause.
	//
	// SQLite runs transactions that write one after the other. On PostgreSQL they
	// run beside each other and see what others have stored meanwhile: read what
	// a change depends on with Dialect.Lock.
	Tx(ctx context.Context, f func(context.Context) error) error
	// InTx says whether ctx carries a transaction of this database.
	InTx(ctx context.Context) bool
	// AfterCommit runs f once the transaction of ctx is stored, never when it is
	// not, and at once when there is none.
	AfterCommit(ctx context.Context, f func())

	// Migrate runs f in a transaction in which the schema may change: alone, after
	// other migrations of any process, which it waits for up to a quarter of an
	// hour. On SQLite references are not enforced while f runs, so that tables can
	// be rebuilt, and checked at its end.
	Migrate(ctx context.Context, f func(context.Context) error) error

	// Ping says whether the database answers.
	Ping(ctx context.Context) error
	// Stats are figures for metrics.
	Stats() Stats
	// Close waits for what runs and releases the database.
	Close() error
}

// Rows are the rows of a query, read one after the other.
type Rows interface {
	// Next moves to the next row; false is the end, or an error that Err has.
	Next() bool
	// Scan reads the row into dst, one pointer per column.
	Scan(dst ...any) error
	Err() error
	Close() error
}

// Stats are figures about a database since it was opened.
type Stats struct {
	Readers, Writers int    // open connections
	Busy             int    // connections in use
	Queries, Execs   uint64 // statements run
	Commits          uint64
	Rollbacks        uint64
	Retries          uint64 // statements run again because another process held the lock
	Prepared         uint64 // statements compiled; steady in normal running
}

// ErrNoRows says that a query for one row found none.
var ErrNoRows = errors.New("no rows")

// Dialect is the SQL that a database speaks.
type Dialect uint8

// The dialects.
const (
	SQLite Dialect = iota + 1
	PostgreSQL
)

// String is the dialect's name, such as "sqlite".
func (d Dialect) String() string {
	switch d {
	case SQLite:
		return "sqlite"
	case PostgreSQL:
		return "postgres"
	}
	return "unknown"
}

// Like is the operator that matches a pattern and takes no notice of ASCII case.
func (d Dialect) Like() string {
	if d == PostgreSQL {
		return "ILIKE"
	}
	return "LIKE"
}

// RowLock is what a row is read for in a transaction.
type RowLock uint8

// The purposes of a row that is read.
const (
	ToUpdate    RowLock = iota + 1 // columns of it are changed, but not its key
	ToDelete                       // it is deleted, or marked so: nobody may come to refer to it
	ToReference                    // another row is to refer to it: it must not go away
)

// Lock is what follows a select in a transaction, so that what was read still
// holds when the transaction is stored. SQLite has one writer at a time, and
// needs none of it.
func (d Dialect) Lock(l RowLock) string {
	if d != PostgreSQL {
		return ""
	}
	switch l {
	case ToUpdate:
		return " FOR NO KEY UPDATE"
	case ToDelete:
		return " FOR UPDATE"
	case ToReference:
		return " FOR KEY SHARE"
	}
	return ""
}

// Quote returns name as an identifier.
func Quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Open opens a database by its URL:
//
//	sqlite:PATH                          a file, created when it is missing
//	sqlite::memory:                      a private database that is gone when it is closed
//	postgres://USER:PASSWORD@HOST/NAME   a PostgreSQL database, version 13 or newer
//
// No error tells the password of a URL.
func Open(ctx context.Context, url string, o Options) (DB, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	scheme, rest, ok := strings.Cut(url, ":")
	switch {
	case !ok:
		return nil, &Error{Kind: Invalid, Text: `a database URL begins with "sqlite:" or "postgres://"`}
	case scheme == "sqlite":
		return openSQLite(ctx, rest, o)
	case scheme == "postgres" || scheme == "postgresql":
		return openPostgres(ctx, url, o)
	}
	return nil, &Error{Kind: Invalid, Text: fmt.Sprintf(`no database has the scheme %q; use "sqlite:PATH" or "postgres://user:password@host/name"`, scheme)}
}
