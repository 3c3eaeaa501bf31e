package migrate

import (
	"context"
	"fmt"
	"time"

	"github.com/apposengine/appos/internal/store"
)

// The ledger is what a database knows of its migrations.
const (
	ledgerTable = "appos_migration"
	schemaTable = "appos_migration_schema"
)

// ledger are the tables that the runner makes by itself.
func ledger() []store.Table {
	return []store.Table{
		{
			Name: ledgerTable,
			Columns: []store.Column{
				{Name: "id", Type: store.Int, Serial: true},
				{Name: "set", Type: store.Text},
				{Name: "version", Type: store.Text},
				{Name: "name", Type: store.Text},
				{Name: "kind", Type: store.Text, Check: `"kind" IN ('file', 'adopted', 'direct')`},
				{Name: "checksum", Type: store.Text}, // of the file
				{Name: "applied_at", Type: store.Time},
				{Name: "execution_ms", Type: store.Int},
				{Name: "by", Type: store.Text},
			},
			Indexes: []store.Index{{Columns: []string{"set", "version"}, Unique: true}},
		},
		{
			Name: schemaTable, // the schema that each set has in this database
			Columns: []store.Column{
				{Name: "set", Type: store.Text},
				{Name: "snapshot", Type: store.Text},
				{Name: "ahead", Type: store.Bool}, // it has changes that no file has
			},
			Key: []string{"set"},
		},
	}
}

// Kind says how a database came to a version.
type Kind string

// The kinds of entries.
const (
	File    Kind = "file"    // its file was run
	Adopted Kind = "adopted" // the database had the change before the file arrived
	Direct  Kind = "direct"  // the declarations were followed without a file, in development
)

// Entry is a line of the ledger.
type Entry struct {
	Version, Name string
	Kind          Kind
	Checksum      string
	AppliedAt     time.Time
	Took          time.Duration
	By            string // who ran it
}

// state is what a database knows of one set.
type state struct {
	entries []Entry
	schema  []store.Table
	ahead   bool
}

func (s *state) entry(version string) *Entry {
	for i := range s.entries {
		if s.entries[i].Version == version {
			return &s.entries[i]
		}
	}
	return nil
}

// newest is the newest version whose file was run or adopted.
func (s *state) newest() string {
	newest := ""
	for _, e := range s.entries {
		if e.Kind != Direct {
			newest = max(newest, e.Version)
		}
	}
	return newest
}

// hasLedger says whether the database has a ledger at all.
func hasLedger(ctx context.Context, db store.DB) (bool, error) { return hasTable(ctx, db, schemaTable) }

func hasTable(ctx context.Context, db store.DB, name string) (bool, error) {
	find := `SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?`
	if db.Dialect() == store.PostgreSQL {
		find = `SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = ?`
	}
	var n int64
	err := db.QueryRow(ctx, []any{&n}, find, name)
	return n > 0, err
}

// load reads the state of a set.
func load(ctx context.Context, db store.DB, set string) (*state, error) {
	s := &state{}
	if has, err := hasLedger(ctx, db); err != nil || !has {
		return s, err
	}
	rows, err := db.Query(ctx, `SELECT version, name, kind, checksum, applied_at, execution_ms, "by" FROM appos_migration WHERE "set" = ? ORDER BY id`, set)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var e Entry
		var kind string
		var ms int64
		if err := rows.Scan(&e.Version, &e.Name, &kind, &e.Checksum, &e.AppliedAt, &ms, &e.By); err != nil {
			return nil, err
		}
		e.Kind, e.Took = Kind(kind), time.Duration(ms)*time.Millisecond
		s.entries = append(s.entries, e)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	rows.Close()
	var text string
	err = db.QueryRow(ctx, []any{&text, &s.ahead}, `SELECT snapshot, ahead FROM appos_migration_schema WHERE "set" = ?`, set)
	if err == store.ErrNoRows {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	if s.schema, err = unmarshal([]byte(text)); err != nil {
		return nil, fmt.Errorf("the schema that the database keeps of %q: %w", set, err)
	}
	return s, nil
}

// makeLedger makes the ledger where there is none. It runs under the lock.
func makeLedger(ctx context.Context, db store.DB) error {
	if has, err := hasLedger(ctx, db); err != nil || has {
		return err
	}
	return Create(ctx, db, ledger()...)
}

// enter writes a line of the ledger.
func enter(ctx context.Context, db store.DB, set string, e Entry) error {
	_, err := db.Exec(ctx, `INSERT INTO appos_migration ("set", version, name, kind, checksum, applied_at, execution_ms, "by") VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		set, e.Version, e.Name, string(e.Kind), e.Checksum, e.AppliedAt, e.Took.Milliseconds(), e.By)
	return err
}

// keep writes down the schema that the set has now.
func keep(ctx context.Context, db store.DB, set string, schema []store.Table, ahead bool) error {
	_, err := db.Exec(ctx, `INSERT INTO appos_migration_schema ("set", snapshot, ahead) VALUES (?, ?, ?)
		ON CONFLICT ("set") DO UPDATE SET snapshot = excluded.snapshot, ahead = excluded.ahead`, set, string(marshal(schema)), ahead)
	return err
}

// directVersion is the version of a change without a file: the time it was made,
// and a letter that no file has.
func (s *state) directVersion(now time.Time) string {
	for {
		id := now.UTC().Format(versionForm) + "d"
		if s.entry(id) == nil {
			return id
		}
		now = now.Add(time.Second)
	}
}
