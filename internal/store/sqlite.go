package store

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// busyTimeout is how long a writer waits for another before it gives up.
const busyTimeout = 10 * time.Second

// preparedPerPool bounds the statements that a pool keeps compiled. A server
// runs a few hundred different ones; filters make the rest.
const preparedPerPool = 512

// sqlite is a database in a file. One connection writes and several read:
// SQLite has one writer at a time anyway, and readers that cannot write never
// meet a lock that they would have to upgrade, which is what fails with
// SQLITE_BUSY whatever the timeout.
type sqlite struct {
	temp   string // a directory to remove when closed
	read   *sql.DB
	reads  *statements
	write  *writer
	closed atomic.Bool
	transactions

	dsn      string // of connections that write
	besideMu sync.Mutex
	besides  *sql.DB // see SQLPool

	queries, execs, retries, prepared atomic.Uint64
}

var _ DB = (*sqlite)(nil)

func openSQLite(ctx context.Context, path string, o Options) (DB, error) {
	d := &sqlite{}
	d.transactions.db = d
	synchronous := "NORMAL"
	switch {
	case path == "":
		return nil, &Error{Kind: Invalid, Text: `"sqlite:" lacks the path of the file, such as "sqlite:.appos/appos.db"`}
	case path == ":memory:":
		// a shared cache locks whole tables against readers, and SQLite's memory
		// file system has no WAL: a file that is never synced behaves like the
		// real thing and is as fast
		dir, err := os.MkdirTemp(memoryDir(), "appos-")
		if err != nil {
			return nil, &Error{Kind: Gone, Text: "no place for a temporary database", Err: err}
		}
		d.temp, path, synchronous = dir, filepath.Join(dir, "memory.db"), "OFF"
	default:
		if err := createFile(path); err != nil {
			return nil, err
		}
	}
	if err := d.open(ctx, path, synchronous, o); err != nil {
		_ = d.Close() // the first error says more
		return nil, err
	}
	return d, nil
}

// memoryDir is a directory that is held in memory, where the system has one.
func memoryDir() string {
	if i, err := os.Stat("/dev/shm"); err == nil && i.IsDir() {
		if f, err := os.CreateTemp("/dev/shm", "appos-"); err == nil {
			f.Close()
			os.Remove(f.Name())
			return "/dev/shm"
		}
	}
	return ""
}

// createFile makes the file and its folder readable for their owner only;
// SQLite would make them readable for everybody.
func createFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return &Error{Kind: Gone, Text: "the folder of the database cannot be made", Err: err}
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return &Error{Kind: Gone, Text: "the database file cannot be opened", Err: err}
	}
	return f.Close()
}

func (d *sqlite) open(ctx context.Context, path, synchronous string, o Options) error {
	abs, err := filepath.Abs(path)
	if err != nil {
		return &Error{Kind: Invalid, Text: "the path of the database", Err: err}
	}
	dsn := func(pragmas ...string) string {
		q := url.Values{"_txlock": {"immediate"}, "_dqs": {"0"}}
		q["_pragma"] = append([]string{ // the driver runs busy_timeout first
			"busy_timeout(" + strconv.FormatInt(busyTimeout.Milliseconds(), 10) + ")",
			"foreign_keys(1)", "synchronous(" + synchronous + ")", "temp_store(MEMORY)",
		}, pragmas...)
		return "file:" + (&url.URL{Path: filepath.ToSlash(abs)}).EscapedPath() + "?" + q.Encode()
	}
	d.dsn = dsn("journal_mode(WAL)")
	wdb := sql.OpenDB(connector{dsn: d.dsn})
	wdb.SetMaxOpenConns(1)
	d.write = newWriter(d, wdb)
	if err := d.write.connect(ctx); err != nil {
		return err
	}
	d.read, err = sql.Open("sqlite", dsn("query_only(1)"))
	if err != nil {
		return d.fail(ctx, err)
	}
	readers := o.Readers
	if readers == 0 {
		readers = max(4, 2*runtime.GOMAXPROCS(0))
	}
	d.read.SetMaxOpenConns(readers)
	d.read.SetMaxIdleConns(readers)
	d.reads = newStatements(preparedPerPool, func(ctx context.Context, text string) (*sql.Stmt, error) {
		d.prepared.Add(1)
		return d.read.PrepareContext(ctx, text)
	})
	return d.Ping(ctx)
}

func (d *sqlite) Dialect() Dialect { return SQLite }

func (d *sqlite) Ping(ctx context.Context) error {
	var one int
	return d.QueryRow(ctx, []any{&one}, "SELECT 1")
}

func (d *sqlite) Stats() Stats {
	s := Stats{
		Queries: d.queries.Load(), Execs: d.execs.Load(), Commits: d.commits.Load(),
		Rollbacks: d.rollbacks.Load(), Retries: d.retries.Load(), Prepared: d.prepared.Load(),
	}
	r := d.read.Stats()
	s.Readers, s.Busy = r.OpenConnections, r.InUse
	s.Writers = d.write.db.Stats().OpenConnections
	if d.write.taken() {
		s.Busy++
	}
	return s
}

func (d *sqlite) Close() error {
	if d.closed.Swap(true) {
		return nil
	}
	var errs []error
	d.besideMu.Lock()
	if d.besides != nil {
		errs = append(errs, d.besides.Close())
	}
	d.besideMu.Unlock()
	if d.read != nil {
		d.reads.close()
		errs = append(errs, d.read.Close())
	}
	if d.write != nil {
		errs = append(errs, d.write.close())
	}
	if d.temp != "" {
		errs = append(errs, os.RemoveAll(d.temp))
	}
	if err := errors.Join(errs...); err != nil {
		return &Error{Kind: Other, Text: "closing the database", Err: err}
	}
	return nil
}

// ready refuses the use of a closed database.
func (d *sqlite) ready(ctx context.Context) error {
	if d.closed.Load() {
		return &Error{Kind: Gone, Text: "it was closed"}
	}
	return canceled(ctx)
}

// fail returns the driver's error as one of this package.
func (d *sqlite) fail(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if e := (*Error)(nil); errors.As(err, &e) {
		return e
	}
	if d.closed.Load() {
		return &Error{Kind: Gone, Text: "it was closed"}
	}
	if cause := ctx.Err(); cause != nil && (errors.Is(err, cause) || isInterrupt(err)) {
		return canceled(ctx)
	}
	return classify(err)
}
