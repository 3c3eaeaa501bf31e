package queue_test

import (
	"context"
	"database/sql"
	"flag"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
)

var accept = flag.Bool("accept", false, "write the checksums of the migrations of River's tables")

// TestMigrations: our files make what River's own migrations make, and River
// finds nothing to do. Where it fails after River was updated, write the next file
// into migrations with what River's new ones do, add their versions to
// river_migration in it, and accept it:
//
//	go test ./internal/queue -run TestMigrations -accept
func TestMigrations(t *testing.T) {
	if *accept {
		if _, err := migrate.Hash("migrations", "migrations", nil); err != nil {
			t.Fatal(err)
		}
	}
	storetest.Each(t, func(t *testing.T, url string) {
		db := storetest.Open(t, url)
		tables(t, db)
		ours := schema(t, db)
		check(t, db, func(m migrator) {
			r, err := m.validate(t.Context())
			if err != nil || !r.OK {
				t.Errorf("River has something to do: %v %v", r, err)
			}
		})
		// a second database for River's own
		other := "sqlite::memory:"
		if db.Dialect() == store.PostgreSQL {
			other = storetest.Postgres(t)
		}
		theirs := storetest.Open(t, other)
		check(t, theirs, func(m migrator) {
			if err := m.up(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
		if want := schema(t, theirs); !slices.Equal(ours, want) {
			for _, line := range want {
				if !slices.Contains(ours, line) {
					t.Errorf("River has %s", line)
				}
			}
			for _, line := range ours {
				if !slices.Contains(want, line) {
					t.Errorf("we have %s", line)
				}
			}
		}
	})
}

// migrator is River's own tool.
type migrator struct {
	validate func(context.Context) (*rivermigrate.ValidateResult, error)
	up       func(context.Context) error
}

func check(t *testing.T, db store.DB, use func(migrator)) {
	t.Helper()
	if db.Dialect() == store.PostgreSQL {
		pool, err := store.PgxPool(t.Context(), db, 2)
		if err != nil {
			t.Fatal(err)
		}
		m, err := rivermigrate.New[pgx.Tx](riverpgxv5.New(pool), nil)
		if err != nil {
			t.Fatal(err)
		}
		use(migrator{func(ctx context.Context) (*rivermigrate.ValidateResult, error) { return m.Validate(ctx, nil) }, func(ctx context.Context) error { _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); return err }})
		return
	}
	pool, err := store.SQLPool(db)
	if err != nil {
		t.Fatal(err)
	}
	m, err := rivermigrate.New[*sql.Tx](riversqlite.New(pool), nil)
	if err != nil {
		t.Fatal(err)
	}
	use(migrator{func(ctx context.Context) (*rivermigrate.ValidateResult, error) { return m.Validate(ctx, nil) }, func(ctx context.Context) error { _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); return err }})
}

var (
	comment = regexp.MustCompile(`--[^\n]*`)
	space   = regexp.MustCompile(`\s+`)
)

// schema describes what is named after River, sorted.
func schema(t *testing.T, db store.DB) []string {
	t.Helper()
	queries := []string{`SELECT sql FROM sqlite_master WHERE name LIKE 'river%' AND sql IS NOT NULL`, `SELECT 'migration ' || line || version FROM river_migration`}
	if db.Dialect() == store.PostgreSQL {
		queries = []string{
			`SELECT 'column ' || table_name || ' ' || column_name || ' ' || udt_name || ' ' || is_nullable || ' ' || COALESCE(column_default, '-') || ' ' || COALESCE(character_maximum_length::text, '-') FROM information_schema.columns WHERE table_name LIKE 'river%'`,
			`SELECT 'index ' || indexdef FROM pg_indexes WHERE tablename LIKE 'river%'`,
			`SELECT 'constraint ' || conrelid::regclass::text || ' ' || conname::text || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid::regclass::text LIKE 'river%'`,
			`SELECT 'enum ' || enumlabel::text || ' ' || (row_number() OVER (ORDER BY enumsortorder))::text FROM pg_enum WHERE enumtypid = 'river_job_state'::regtype`,
			`SELECT 'function ' || proname::text || ' ' || provolatile::text || prosrc FROM pg_proc WHERE proname LIKE 'river%'`,
			`SELECT 'table ' || relname::text || ' ' || relpersistence::text FROM pg_class WHERE relname LIKE 'river%' AND relkind = 'r'`,
			`SELECT 'migration ' || line || version::text FROM river_migration`,
		}
	}
	var all []string
	for _, q := range queries {
		rows, err := db.Query(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			line = strings.ReplaceAll(comment.ReplaceAllString(line, ""), `"`, "")
			line = strings.ReplaceAll(line, "migration_pkey1", "migration_pkey") // River made the table twice
			all = append(all, strings.TrimSpace(space.ReplaceAllString(line, " ")))
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(all)
	return all
}
