package backup

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver

	"github.com/apposengine/appos/internal/store"
)

// sqliteFile is a SQLite database that is opened apart from the server's own
// connections, so that what is done to it waits for nobody and nobody for it.
type sqliteFile string

func (f sqliteFile) open(ctx context.Context, mode string, pragmas ...string) (*sql.DB, error) {
	abs, err := filepath.Abs(string(f))
	if err != nil {
		return nil, err
	}
	q := url.Values{"mode": {mode}, "_pragma": pragmas}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: filepath.ToSlash(abs)}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// patience is how long a copy waits for a writer that begins a new WAL.
const patience = "busy_timeout(10000)"

// dump copies the database as it is at one moment to a new file. Writers go on.
func (f sqliteFile) dump(ctx context.Context, to string) (d Database, err error) {
	if _, err := os.Stat(string(f)); err != nil {
		return d, fmt.Errorf("the database file cannot be read: %w", err)
	}
	// a connection that may write, because that is what brings a WAL which a
	// crash left behind into order
	db, err := f.open(ctx, "rw", patience)
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", to); err != nil {
		return d, err
	}
	if err := os.Chmod(to, 0o600); err != nil {
		return d, err
	}
	d.Tables, err = sqliteFile(to).verify(ctx)
	return d, err
}

// verify reads the whole file: its structure, its references, its rows.
func (f sqliteFile) verify(ctx context.Context) (rows map[string]int64, err error) {
	if err := f.isDatabase(); err != nil {
		return nil, err
	}
	db, err := f.open(ctx, "ro", patience)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var report string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&report); err != nil {
		return nil, fmt.Errorf("the database cannot be read: %w", err)
	}
	if report != "ok" {
		return nil, fmt.Errorf("the database is damaged: %s", report)
	}
	var dangling int64
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM pragma_foreign_key_check").Scan(&dangling); err != nil {
		return nil, err
	}
	if dangling > 0 {
		return nil, fmt.Errorf("the database has %d references to rows that do not exist", dangling)
	}
	return counted(ctx, db, `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`)
}

// isDatabase looks at how the file begins: SQLite takes a file that is too short to
// be a database for an empty one.
func (f sqliteFile) isDatabase() error {
	file, err := os.Open(string(f))
	if err != nil {
		return err
	}
	defer file.Close()
	head := make([]byte, len(sqliteHead))
	if _, err := io.ReadFull(file, head); err != nil || string(head) != sqliteHead {
		return fmt.Errorf("%s is no SQLite database", filepath.Base(string(f)))
	}
	return nil
}

const sqliteHead = "SQLite format 3\x00"

// counted counts the rows of the tables that a query names.
func counted(ctx context.Context, db interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row
}, tables string) (map[string]int64, error) {
	found, err := db.QueryContext(ctx, tables)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	var names []string
	for found.Next() {
		var name string
		if err := found.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	if err := errors.Join(found.Err(), found.Close()); err != nil {
		return nil, err
	}
	rows := make(map[string]int64, len(names))
	for _, name := range names {
		var n int64
		if err := db.QueryRowContext(ctx, "SELECT count(*) FROM "+store.Quote(name)).Scan(&n); err != nil {
			return nil, err
		}
		rows[name] = n
	}
	return rows, nil
}

// free refuses a file that a running program holds, and one with rows unless
// they may be replaced.
func (f sqliteFile) free(ctx context.Context, replace bool) (err error) {
	info, err := os.Stat(string(f))
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	if !replace {
		return fmt.Errorf("there is a database in %s already; give --replace to put it aside", f)
	}
	db, err := f.open(ctx, "rw", "locking_mode(EXCLUSIVE)")
	if err == nil {
		// with an exclusive lock on the file itself: who has it open, holds one
		_, err = db.ExecContext(ctx, "BEGIN EXCLUSIVE; ROLLBACK")
		err = errors.Join(err, db.Close())
	}
	if err != nil {
		return fmt.Errorf("the database %s is in use: stop the server first (%w)", f, err)
	}
	return nil
}

// put gives the verified copy the database's name. The database that was there
// keeps its content under another name, which put returns.
func (f sqliteFile) put(copied string, now time.Time) (aside string, err error) {
	if err := os.MkdirAll(filepath.Dir(string(f)), 0o700); err != nil {
		return "", err
	}
	if _, err := os.Stat(string(f)); err == nil {
		aside = string(f) + ".replaced-" + now.UTC().Format("20060102T150405Z")
		if err := os.Rename(string(f), aside); err != nil {
			return "", err
		}
		for _, suffix := range []string{"-wal", "-shm"} {
			// they belong to the database that is put aside
			if err := os.Rename(string(f)+suffix, aside+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return aside, err
			}
		}
	}
	return aside, os.Rename(copied, string(f))
}
