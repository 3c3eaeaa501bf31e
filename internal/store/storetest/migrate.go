package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/store"
)

// owned is a table whose rows go with the people that own them.
func owned() store.Table {
	return store.Table{Name: "owned", Columns: []store.Column{
		{Name: "id", Type: store.Int, Serial: true},
		{Name: "owner", Type: store.Int, References: "people", OnDeleteCascade: true},
	}}
}

func all(t *testing.T, ctx context.Context, db store.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.Exec(ctx, s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func migrates(t *testing.T, db store.DB) {
	must(t, migrate.Create(ctx, db, people(), owned()))
	must(t, add(ctx, db, "a"))
	all(t, ctx, db, `INSERT INTO owned (owner) VALUES (1)`)
	must(t, db.Migrate(ctx, func(ctx context.Context) error {
		if !db.InTx(ctx) {
			t.Error("a migration is no transaction")
		}
		if db.Dialect() == store.SQLite {
			// what a rebuild does: with references enforced, the owned row would go
			all(t, ctx, db, `CREATE TABLE kept AS SELECT * FROM people`, `DELETE FROM people`, `INSERT INTO people SELECT * FROM kept`, `DROP TABLE kept`)
		}
		all(t, ctx, db, `ALTER TABLE people ADD COLUMN email TEXT`)
		return nil
	}))
	all(t, ctx, db, `UPDATE people SET email = 'x'`)
	var n int
	must(t, db.QueryRow(ctx, []any{&n}, `SELECT count(*) FROM owned`))
	if n != 1 {
		t.Error("a migration deleted the rows of another table")
	}
	// and afterwards references hold again
	_, err := db.Exec(ctx, `INSERT INTO owned (owner) VALUES (99)`)
	kind(t, err, store.ForeignKey)
	kind(t, db.Tx(ctx, func(ctx context.Context) error { return db.Migrate(ctx, func(context.Context) error { return nil }) }), store.Invalid)
}

func migrateFails(t *testing.T, db store.DB) {
	must(t, migrate.Create(ctx, db, people(), owned()))
	must(t, add(ctx, db, "a"))
	all(t, ctx, db, `INSERT INTO owned (owner) VALUES (1)`)
	boom := errors.New("boom")
	for _, fail := range []func(context.Context) error{
		func(context.Context) error { return boom },
		func(ctx context.Context) error { _, err := db.Exec(ctx, `SELECT nonsense`); return err },
		func(ctx context.Context) error { _, err := db.Exec(ctx, `DELETE FROM people`); return err }, // leaves an owner that is not there, or cascades
		func(context.Context) error { panic(boom) },
	} {
		func() {
			defer func() { _ = recover() }()
			err := db.Migrate(ctx, func(ctx context.Context) error {
				all(t, ctx, db, `ALTER TABLE people ADD COLUMN email TEXT`)
				if err := fail(ctx); err != nil {
					return err
				}
				return boom
			})
			if err == nil {
				t.Error("a migration that failed was stored")
			}
		}()
		if _, err := db.Exec(ctx, `UPDATE people SET email = 'x'`); err == nil {
			t.Error("half of a migration was stored")
		}
		_, err := db.Exec(ctx, `INSERT INTO owned (owner) VALUES (99)`)
		kind(t, err, store.ForeignKey)
	}
	if db.Dialect() == store.SQLite {
		err := db.Migrate(ctx, func(ctx context.Context) error { _, err := db.Exec(ctx, `DELETE FROM people`); return err })
		if e := kind(t, err, store.ForeignKey); e.Table != "owned" {
			t.Errorf("%+v", e)
		}
	}
	done, cancel := context.WithCancel(ctx)
	err := db.Migrate(done, func(ctx context.Context) error { all(t, ctx, db, `DROP TABLE owned`); cancel(); return nil })
	kind(t, err, store.Canceled)
	must(t, db.Tx(ctx, func(ctx context.Context) error { all(t, ctx, db, `UPDATE owned SET owner = 1`); return nil }))
}

// migrateWaits has two migrations meet: the one waits for the other.
func migrateWaits(t *testing.T, db store.DB) {
	must(t, migrate.Create(ctx, db, people()))
	var both sync.WaitGroup
	var mu sync.Mutex
	running := 0
	for range 2 {
		both.Go(func() {
			err := db.Migrate(ctx, func(ctx context.Context) error {
				mu.Lock()
				running++
				if running > 1 {
					t.Error("two migrations ran at once")
				}
				mu.Unlock()
				time.Sleep(20 * time.Millisecond)
				mu.Lock()
				running--
				mu.Unlock()
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
}
