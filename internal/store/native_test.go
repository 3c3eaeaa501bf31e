package store_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
)

// natively runs a statement in the transaction of ctx as the driver has it.
func natively(ctx context.Context, db store.DB, statement string, then error) error {
	if db.Dialect() == store.PostgreSQL {
		return store.PgxTx(ctx, db, func(tx pgx.Tx) error {
			inner, err := tx.Begin(ctx)
			if err != nil {
				return err
			}
			if _, err := inner.Exec(ctx, statement); err != nil {
				return err
			}
			return errors.Join(inner.Commit(ctx), tx.Commit(ctx), then)
		})
	}
	return store.SQLTx(ctx, db, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
		return errors.Join(tx.Commit(), then)
	})
}

func TestNativeTransaction(t *testing.T) {
	const insert = `INSERT INTO things (name) VALUES ('native')`
	fail := errors.New("no")
	storetest.Each(t, func(t *testing.T, url string) {
		ctx := t.Context()
		db := store.NewGroup().Join("the database", storetest.Open(t, url))
		things := store.Table{Name: "things", Columns: []store.Column{{Name: "id", Type: store.Int, Serial: true}, {Name: "name", Type: store.Text}}}
		if err := migrate.Create(ctx, db, things); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name         string
			inner, outer error
			ours         string
			rows         int64
			wantFail     bool
		}{
			{name: "is stored with the rest", ours: `INSERT INTO things (name) VALUES ('ours')`, rows: 2},
			{name: "goes with the rest", outer: fail, wantFail: true},
			{name: "its error keeps the rest from being stored", inner: fail, wantFail: true},
			{name: "is in the transaction that is open", ours: `DELETE FROM things WHERE name = 'native'`},
		} {
			t.Run(c.name, func(t *testing.T) {
				if _, err := db.Exec(ctx, `DELETE FROM things`); err != nil {
					t.Fatal(err)
				}
				err := db.Tx(ctx, func(ctx context.Context) error {
					if err := natively(ctx, db, insert, c.inner); !errors.Is(err, c.inner) {
						t.Errorf("it is %v", err)
					}
					if c.ours != "" {
						if _, err := db.Exec(ctx, c.ours); err != nil {
							return err
						}
					}
					return c.outer
				})
				if errors.Is(err, fail) != c.wantFail || !c.wantFail && err != nil {
					t.Fatal(err)
				}
				var n int64
				if err := db.QueryRow(ctx, []any{&n}, `SELECT COUNT(*) FROM things`); err != nil || n != c.rows {
					t.Errorf("%d rows, %v; want %d", n, err, c.rows)
				}
			})
		}
		if kind, _ := store.KindOf(natively(ctx, db, insert, nil)); kind != store.Invalid {
			t.Errorf("without a transaction it is %v", kind)
		}
		err := db.Tx(ctx, func(ctx context.Context) error {
			rows, err := db.Query(ctx, `SELECT id FROM things`)
			if err != nil {
				return err
			}
			defer rows.Close()
			return natively(ctx, db, insert, nil)
		})
		if kind, _ := store.KindOf(err); kind != store.Invalid {
			t.Errorf("beside open rows it is %v", err)
		}
	})
}

// TestSQLPool: the second connection takes turns with the first, and does not wait
// for its own transaction.
func TestSQLPool(t *testing.T) {
	if storetest.Kind() == store.PostgreSQL {
		t.Skip("it is about SQLite")
	}
	ctx := t.Context()
	db := storetest.Open(t, "sqlite::memory:")
	if _, err := db.Exec(ctx, `CREATE TABLE things (name TEXT)`); err != nil {
		t.Fatal(err)
	}
	pool, err := store.SQLPool(db)
	if err != nil {
		t.Fatal(err)
	}
	const insert = `INSERT INTO things (name) VALUES ('x')`
	began, done := time.Now(), make(chan error, 1)
	err = db.Tx(ctx, func(tx context.Context) error {
		if _, err := db.Exec(tx, insert); err != nil {
			return err
		}
		if _, err := pool.ExecContext(tx, insert); err == nil {
			t.Error("a change beside the open transaction is accepted")
		}
		if _, err := pool.BeginTx(tx, nil); err == nil {
			t.Error("a transaction beside the open one is accepted")
		}
		var n int
		if err := pool.QueryRowContext(tx, `SELECT COUNT(*) FROM things`).Scan(&n); err != nil || n != 0 {
			t.Errorf("a reader beside the transaction sees %d rows, %v", n, err)
		}
		go func() {
			_, err := pool.ExecContext(ctx, insert) // waits for its turn
			done <- err
		}()
		return nil
	})
	if err := errors.Join(err, <-done); err != nil {
		t.Fatal(err)
	}
	if waited := time.Since(began); waited > 9*time.Second {
		t.Errorf("it took %s", waited)
	}
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(ctx, insert); err != nil {
		t.Fatal(err)
	}
	go func() {
		_, err := db.Exec(ctx, insert)
		done <- err
	}()
	if err := errors.Join(tx.Commit(), <-done); err != nil {
		t.Fatal(err)
	}
	var n int64
	if err := db.QueryRow(ctx, []any{&n}, `SELECT COUNT(*) FROM things`); err != nil || n != 4 {
		t.Errorf("%d rows, %v", n, err)
	}
	rows, err := pool.QueryContext(ctx, `UPDATE things SET name = 'y' RETURNING name`)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(ctx, insert); err != nil { // the turn was given back
		t.Fatal(err)
	}
}
