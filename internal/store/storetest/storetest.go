// Package storetest holds the tests that every database of package store must
// pass. It is for tests only.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/store"
)

// Run tests the databases that open returns. Every call of open returns another
// one, empty, which is closed when the test ends.
func Run(t *testing.T, open func(t *testing.T) store.DB) {
	for name, test := range map[string]func(*testing.T, store.DB){
		"values":             values,
		"null":               null,
		"dates":              dates,
		"checks":             checks,
		"durations":          durations,
		"refused values":     refusedValues,
		"returning":          returning,
		"commit":             commit,
		"rollback":           rollback,
		"panic":              panics,
		"nested":             nested,
		"doomed":             doomed,
		"open rows":          openRows,
		"leaked transaction": leaked,
		"after commit":       afterCommit,
		"classified errors":  classified,
		"canceled":           canceled,
		"migrate":            migrates,
		"migrate fails":      migrateFails,
		"migrate waits":      migrateWaits,
		"concurrent writers": concurrent,
		"goroutines":         goroutines,
		"closed":             closed,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

var ctx = context.Background()

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func kind(t *testing.T, err error, want store.ErrorKind) *store.Error {
	t.Helper()
	if got, ok := store.KindOf(err); !ok || got != want {
		t.Fatalf("error is %v, want %q", err, want)
	}
	var e *store.Error
	errors.As(err, &e)
	return e
}

// people and pets are the tables of most tests.
func people() store.Table {
	return store.Table{
		Name: "people",
		Columns: []store.Column{
			{Name: "id", Type: store.Int, Serial: true},
			{Name: "name", Type: store.Text},
			{Name: "age", Type: store.Int, Default: 0, Check: `"age" >= 0`},
			{Name: "deleted_at", Type: store.Time, Null: true},
		},
		Indexes: []store.Index{{Columns: []string{"name"}, Unique: true, Where: `"deleted_at" IS NULL`}},
	}
}

func pets() store.Table {
	return store.Table{
		Name: "pets",
		Columns: []store.Column{
			{Name: "owner", Type: store.Int, References: "people"},
			{Name: "name", Type: store.Text},
		},
		Key: []string{"owner", "name"},
	}
}

func withPeople(t *testing.T, db store.DB) {
	t.Helper()
	must(t, migrate.Create(ctx, db, people(), pets()))
}

func add(ctx context.Context, db store.DB, name string) error {
	_, err := db.Exec(ctx, `INSERT INTO people (name) VALUES (?)`, name)
	return err
}

func names(t *testing.T, ctx context.Context, db store.DB) string {
	t.Helper()
	rows, err := db.Query(ctx, `SELECT name FROM people ORDER BY id`)
	must(t, err)
	defer rows.Close()
	var all []string
	for rows.Next() {
		var n string
		must(t, rows.Scan(&n))
		all = append(all, n)
	}
	must(t, rows.Err())
	return strings.Join(all, " ")
}

type text string

func values(t *testing.T, db store.DB) {
	must(t, migrate.Create(ctx, db, store.Table{Name: "v", Columns: []store.Column{
		{Name: "id", Type: store.Int, Serial: true}, {Name: "s", Type: store.Text}, {Name: "i", Type: store.Int}, {Name: "f", Type: store.Float},
		{Name: "b", Type: store.Bool}, {Name: "d", Type: store.DecimalOf(4)}, {Name: "t", Type: store.Time}, {Name: "j", Type: store.JSONText}, {Name: "y", Type: store.Bytes},
	}}))
	at := time.Date(1815, 12, 10, 1, 2, 3, 456789123, time.FixedZone("", 7200))
	d := decimal.RequireFromString("-99999999999999.12345")
	n, err := db.Exec(ctx, `INSERT INTO v (s, i, f, b, d, t, j, y) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		text("naïve 😀"), int32(-7), float32(0.5), true, store.Decimal{Value: d, Scale: 4}, at, store.JSON(`{"a":[1,"b \\\" , :"]}`), []byte{0, 255})
	if err != nil || n != 1 {
		t.Fatal(n, err)
	}
	var s string
	var i int
	var f float64
	var b bool
	got := store.Decimal{Scale: 4}
	var when time.Time
	var j store.JSON
	var y []byte
	must(t, db.QueryRow(ctx, []any{&s, &i, &f, &b, &got, &when, &j, &y}, `SELECT s, i, f, b, d, t, j, y FROM v`))
	if s != "naïve 😀" || i != -7 || f != 0.5 || !b || got.Value.String() != "-99999999999999.1235" || !when.Equal(at.Truncate(time.Microsecond)) || when.Location() != time.UTC || string(j) != `{"a":[1,"b \\\" , :"]}` || !reflect.DeepEqual(y, []byte{0, 255}) {
		t.Error(s, i, f, b, got.Value, when, string(j), y)
	}
	must(t, db.QueryRow(ctx, []any{&i}, `SELECT id FROM v WHERE s = ? AND b = ? AND t = ? AND d < ? AND i IN (?, ?)`, s, true, at, store.Decimal{Scale: 4}, 1, -7))
}

func null(t *testing.T, db store.DB) {
	withPeople(t, db)
	must(t, add(ctx, db, "a"))
	at := &time.Time{}
	must(t, db.QueryRow(ctx, []any{&at}, `SELECT deleted_at FROM people WHERE name = ?`, "a"))
	if at != nil {
		t.Error(at)
	}
	_, err := db.Exec(ctx, `UPDATE people SET deleted_at = ?`, time.Unix(5, 0))
	must(t, err)
	must(t, db.QueryRow(ctx, []any{&at}, `SELECT deleted_at FROM people`))
	if at == nil || at.Unix() != 5 {
		t.Error(at)
	}
	_, err = db.Exec(ctx, `UPDATE people SET deleted_at = ?`, (*time.Time)(nil))
	must(t, err)
	var when time.Time
	kind(t, db.QueryRow(ctx, []any{&when}, `SELECT deleted_at FROM people`), store.Invalid)
	if err := db.QueryRow(ctx, []any{&when}, `SELECT deleted_at FROM people WHERE name = ?`, "nobody"); !errors.Is(err, store.ErrNoRows) {
		t.Error(err)
	}
}

func refusedValues(t *testing.T, db store.DB) {
	withPeople(t, db)
	for _, v := range []any{"a\x00b", "a\xff", store.Decimal{Value: decimal.New(1, 40)}, store.Decimal{Value: decimal.New(1, 1<<30)}, uint64(1 << 63), time.Unix(1<<50, 0), time.Date(-4999, 1, 1, 0, 0, 0, 0, time.UTC), store.JSON(`{"a":"\\\u0000"}`)} {
		_, err := db.Exec(ctx, `INSERT INTO people (name) VALUES (?)`, v)
		kind(t, err, store.Range)
	}
	// a statement that was not run does no harm to its transaction
	must(t, db.Tx(ctx, func(ctx context.Context) error {
		kind(t, add(ctx, db, "a\x00b"), store.Range)
		kind(t, db.QueryRow(ctx, []any{new(string)}, `SELECT name FROM people WHERE name = ?`, "a\xff"), store.Range)
		return add(ctx, db, "good")
	}))
	_, err := db.Exec(ctx, `INSERT INTO people (name) VALUES (?)`, struct{}{})
	kind(t, err, store.Invalid)
	_, err = db.Exec(ctx, `INSERT INTO people (name, age) VALUES (?, ?)`, "a", "not a number")
	kind(t, err, store.Invalid)
}

func returning(t *testing.T, db store.DB) {
	withPeople(t, db)
	var id int64
	for want := range int64(3) {
		must(t, db.QueryRow(ctx, []any{&id}, `INSERT INTO people (name) VALUES (?) RETURNING id`, fmt.Sprint(want)))
		if id != want+1 {
			t.Errorf("id %d", id)
		}
	}
	_, err := db.Exec(ctx, `DELETE FROM people WHERE id = ?`, 3)
	must(t, err)
	must(t, db.QueryRow(ctx, []any{&id}, `INSERT INTO people (name) VALUES (?) RETURNING id`, "x"))
	if id != 4 {
		t.Errorf("the id %d was given out twice", id)
	}
}

func commit(t *testing.T, db store.DB) {
	withPeople(t, db)
	must(t, db.Tx(ctx, func(tx context.Context) error {
		if db.InTx(ctx) || !db.InTx(tx) {
			t.Error("InTx is wrong")
		}
		must(t, add(tx, db, "a"))
		if got := names(t, tx, db); got != "a" {
			t.Errorf("inside it sees %q", got)
		}
		if got := names(t, ctx, db); got != "" {
			t.Errorf("outside it shows %q", got)
		}
		return nil
	}))
	if got := names(t, ctx, db); got != "a" {
		t.Errorf("stored %q", got)
	}
}

func rollback(t *testing.T, db store.DB) {
	withPeople(t, db)
	boom := errors.New("boom")
	if err := db.Tx(ctx, func(ctx context.Context) error { must(t, add(ctx, db, "a")); return boom }); err != boom {
		t.Error(err)
	}
	if got := names(t, ctx, db); got != "" {
		t.Errorf("stored %q", got)
	}
	must(t, add(ctx, db, "b"))
}

func panics(t *testing.T, db store.DB) {
	withPeople(t, db)
	for _, inner := range []func(context.Context){
		func(context.Context) { panic("boom") },
		func(ctx context.Context) { _ = db.Tx(ctx, func(context.Context) error { panic("boom") }) },
		func(ctx context.Context) {
			if _, err := db.Query(ctx, `SELECT 1`); err == nil {
				panic("boom")
			}
		},
	} {
		func() {
			defer func() {
				if recover() != "boom" {
					t.Error("the panic was lost")
				}
			}()
			_ = db.Tx(ctx, func(ctx context.Context) error { must(t, add(ctx, db, "a")); inner(ctx); return nil })
		}()
		if got := names(t, ctx, db); got != "" {
			t.Errorf("stored %q", got)
		}
	}
	must(t, add(ctx, db, "b"))
}

func nested(t *testing.T, db store.DB) {
	withPeople(t, db)
	must(t, db.Tx(ctx, func(ctx context.Context) error {
		must(t, add(ctx, db, "a"))
		return db.Tx(ctx, func(ctx context.Context) error { return add(ctx, db, "b") })
	}))
	boom := errors.New("boom")
	err := db.Tx(ctx, func(ctx context.Context) error {
		must(t, add(ctx, db, "c"))
		_ = db.Tx(ctx, func(context.Context) error { return boom })
		return nil
	})
	if kind(t, err, store.Aborted); !errors.Is(err, boom) {
		t.Error(err)
	}
	if got := names(t, ctx, db); got != "a b" {
		t.Errorf("stored %q", got)
	}
}

func doomed(t *testing.T, db store.DB) {
	withPeople(t, db)
	must(t, add(ctx, db, "a"))
	err := db.Tx(ctx, func(ctx context.Context) error {
		must(t, add(ctx, db, "b"))
		kind(t, add(ctx, db, "a"), store.Unique)
		kind(t, add(ctx, db, "c"), store.Aborted)
		return nil
	})
	kind(t, err, store.Aborted)
	if got := names(t, ctx, db); got != "a" {
		t.Errorf("stored %q", got)
	}
}

func openRows(t *testing.T, db store.DB) {
	withPeople(t, db)
	must(t, db.Tx(ctx, func(ctx context.Context) error {
		rows, err := db.Query(ctx, `SELECT 1`)
		must(t, err)
		kind(t, add(ctx, db, "a"), store.Invalid)
		must(t, rows.Close())
		must(t, rows.Close())
		kind(t, rows.Scan(new(int)), store.Invalid)
		return add(ctx, db, "a")
	}))
}

func leaked(t *testing.T, db store.DB) {
	withPeople(t, db)
	var tx context.Context
	must(t, db.Tx(ctx, func(ctx context.Context) error { tx = ctx; return nil }))
	kind(t, add(tx, db, "a"), store.Aborted)
	kind(t, db.Tx(tx, func(context.Context) error { return nil }), store.Aborted)
}

func afterCommit(t *testing.T, db store.DB) {
	withPeople(t, db)
	var ran []string
	note := func(s string) func() { return func() { ran = append(ran, s) } }
	db.AfterCommit(ctx, note("at once"))
	must(t, db.Tx(ctx, func(tx context.Context) error {
		db.AfterCommit(tx, func() { must(t, add(ctx, db, "hook")); note("stored")() })
		must(t, db.Tx(tx, func(tx context.Context) error { db.AfterCommit(tx, note("inner")); return nil }))
		if len(ran) != 1 {
			t.Error("a hook ran before the commit")
		}
		return nil
	}))
	_ = db.Tx(ctx, func(tx context.Context) error { db.AfterCommit(tx, note("never")); return errors.New("boom") })
	if got := strings.Join(ran, ","); got != "at once,stored,inner" {
		t.Errorf("ran %s", got)
	}
}

func classified(t *testing.T, db store.DB) {
	withPeople(t, db)
	must(t, add(ctx, db, "a"))
	e := kind(t, add(ctx, db, "a"), store.Unique)
	if e.Table != "people" || !reflect.DeepEqual(e.Columns, []string{"name"}) {
		t.Errorf("%+v", e)
	}
	if strings.Contains(e.Error(), `"a"`) {
		t.Errorf("the error holds the value: %v", e)
	}
	_, err := db.Exec(ctx, `INSERT INTO pets (owner, name) VALUES (?, ?)`, 99, "rex")
	kind(t, err, store.ForeignKey)
	_, err = db.Exec(ctx, `INSERT INTO people (name) VALUES (?)`, nil)
	if e := kind(t, err, store.NotNull); e.Table != "people" || !reflect.DeepEqual(e.Columns, []string{"name"}) {
		t.Errorf("%+v", e)
	}
	_, err = db.Exec(ctx, `INSERT INTO people (name, age) VALUES (?, ?)`, "b", -1)
	kind(t, err, store.CheckFailed)
	_, err = db.Exec(ctx, `INSERT INTO pets (owner, name) VALUES (1, 'x')`)
	must(t, err)
	_, err = db.Exec(ctx, `INSERT INTO pets (owner, name) VALUES (1, 'x')`)
	if e := kind(t, err, store.Unique); !reflect.DeepEqual(e.Columns, []string{"owner", "name"}) {
		t.Errorf("%+v", e)
	}
	_, err = db.Exec(ctx, `DELETE FROM people`)
	kind(t, err, store.ForeignKey)
	_, err = db.Query(ctx, `SELECT nothing FROM people`)
	kind(t, err, store.Invalid)
}

func canceled(t *testing.T, db store.DB) {
	withPeople(t, db)
	done, cancel := context.WithCancel(ctx)
	err := db.Tx(done, func(ctx context.Context) error { must(t, add(ctx, db, "a")); cancel(); return nil })
	if kind(t, err, store.Canceled); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	kind(t, add(done, db, "a"), store.Canceled)
	kind(t, add(store.Brief(done), db, "a"), store.Canceled)
	kind(t, db.Ping(done), store.Canceled)

	// one that runs is stopped, and one that waits for its turn does not wait on
	endless := `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n`
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	if err := db.QueryRow(short, []any{new(int)}, endless); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	must(t, add(ctx, db, "held"))
	must(t, db.Tx(ctx, func(tx context.Context) error {
		_, err := db.Exec(tx, `DELETE FROM people`)
		must(t, err)
		short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		defer cancel()
		kind(t, db.Tx(short, func(ctx context.Context) error { return add(ctx, db, "held") }), store.Canceled)
		kind(t, add(store.Brief(short), db, "held"), store.Canceled)
		return nil
	}))
	if got := names(t, ctx, db); got != "" {
		t.Errorf("stored %q", got)
	}
	must(t, add(ctx, db, "b"))
}

func concurrent(t *testing.T, db store.DB) {
	withPeople(t, db)
	must(t, add(ctx, db, "counter"))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 25 {
				err := db.Tx(ctx, func(ctx context.Context) error {
					var n int
					if err := db.QueryRow(ctx, []any{&n}, `SELECT age FROM people`+db.Dialect().Lock(store.ToUpdate)); err != nil {
						return err
					}
					_, err := db.Exec(ctx, `UPDATE people SET age = ?`, n+1)
					return err
				})
				if err != nil {
					t.Error(err)
				}
				if err := db.QueryRow(ctx, []any{new(int)}, `SELECT age FROM people`); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	var n int
	must(t, db.QueryRow(ctx, []any{&n}, `SELECT age FROM people`))
	if n != 200 {
		t.Errorf("counted %d of 200", n)
	}
	if s := db.Stats(); s.Commits < 200 || s.Busy != 0 {
		t.Errorf("%+v", s)
	}
}

func closed(t *testing.T, db store.DB) {
	withPeople(t, db)
	must(t, db.Close())
	must(t, db.Close())
	kind(t, db.Ping(ctx), store.Gone)
	kind(t, add(ctx, db, "a"), store.Gone)
	kind(t, db.Tx(ctx, func(context.Context) error { return nil }), store.Gone)
	kind(t, migrate.Create(ctx, db, people()), store.Gone)
}
