package store_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
)

func TestPostgres(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.DB { return open(t, storetest.Postgres(t)) })
}

// A question mark is a placeholder only where it stands for itself.
func TestPlaceholders(t *testing.T) {
	db := open(t, storetest.Postgres(t))
	for text, want := range map[string]string{
		`SELECT 'a?b' || CAST(? AS text)`:                                      "a?b1",
		`SELECT 'it''s ?' || CAST(? AS text)`:                                  "it's ?1",
		`SELECT E'\'?' || CAST(? AS text)`:                                     "'?1",
		`SELECT type'?' || CAST(? AS text)`:                                    "", // no such type: but one placeholder
		`SELECT $$?$$ || CAST(? AS text)`:                                      "?1",
		`SELECT $a$?$$?$a$ || CAST(? AS text)`:                                 "?$$?1",
		`SELECT CAST(? AS text) AS "?"`:                                        "1",
		`SELECT /* ? /* ? */ ? */ CAST(? AS text) -- ?`:                        "1",
		"SELECT -- ?\nCAST(? AS text)":                                         "1",
		`SELECT CAST(jsonb_exists('{"a":1}', 'a') AS text) || CAST(? AS text)`: "true1",
		`SELECT x.e||CAST(? AS text) FROM (SELECT 'e?' AS e) AS x`:             "e?1",
	} {
		var got string
		err := db.QueryRow(ctx, []any{&got}, text, "1")
		if want == "" {
			if kind, _ := store.KindOf(err); kind != store.Invalid || strings.Contains(err.Error(), "arguments") {
				t.Errorf("%s: %v", text, err)
			}
			continue
		}
		if err != nil || got != want {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
	var has bool
	if err := db.QueryRow(ctx, []any{&has}, `SELECT '{"a":1}'::jsonb ? 'a'`); err != nil || !has {
		t.Errorf("without arguments an operator stays one: %v", err)
	}
	kind, _ := store.KindOf(db.QueryRow(ctx, []any{new(string)}, `SELECT CAST(? AS text), CAST(? AS text)`, "one"))
	if kind != store.Invalid {
		t.Error("a missing argument was not noticed")
	}
}

// Numbers come back as they were, whatever their size and scale.
func TestNumerics(t *testing.T) {
	db := open(t, storetest.Postgres(t))
	random := rand.New(rand.NewPCG(1, 2))
	for scale := range 19 {
		if _, err := db.Exec(ctx, `DROP TABLE IF EXISTS amounts`); err != nil {
			t.Fatal(err)
		}
		if err := migrate.Create(ctx, db, store.Table{Name: "amounts", Columns: []store.Column{{Name: "d", Type: store.DecimalOf(scale)}, {Name: "n", Type: store.Int}}, Key: []string{"n"}}); err != nil {
			t.Fatal(err)
		}
		for i := range 60 {
			n := random.Int64() >> random.IntN(63)
			switch i {
			case 0:
				n = 0
			case 1:
				n = math.MaxInt64
			case 2:
				n = math.MinInt64
			case 3:
				n = 10_000
			}
			if random.IntN(2) == 0 {
				n = -n
			}
			want := decimal.New(n, -int32(scale))
			got := store.Decimal{Scale: scale}
			var text string
			if err := db.QueryRow(ctx, []any{&got, &text}, `INSERT INTO amounts (d, n) VALUES (?, ?) RETURNING d, CAST(d AS text)`, store.Decimal{Value: want, Scale: scale}, i); err != nil {
				t.Fatalf("%s: %v", want, err)
			}
			if !got.Value.Equal(want) || got.Value.Exponent() != -int32(scale) || text != want.StringFixed(int32(scale)) {
				t.Errorf("scale %d: %s came back as %s, %s", scale, want, got.Value, text)
			}
		}
		var sum store.Decimal
		if err := db.QueryRow(ctx, []any{&sum}, `SELECT sum(d) FROM amounts`); err != nil {
			t.Error(err)
		}
	}
	for _, text := range []string{"123456789012345678901234567890.5", "-0.0000000000000000000000000001", "1000000000000000000000000000000", "0.00"} {
		var got store.Decimal
		if err := db.QueryRow(ctx, []any{&got}, `SELECT CAST(CAST(? AS text) AS numeric)`, text); err != nil || !got.Value.Equal(decimal.RequireFromString(text)) {
			t.Errorf("%s came back as %s, %v", text, got.Value, err)
		}
	}
	var n int
	if err := db.QueryRow(ctx, []any{&n}, `SELECT sum(i) FROM generate_series(1, ?) AS i`, 1000); err != nil || n != 500500 {
		t.Error(n, err)
	}
	kind, _ := store.KindOf(db.QueryRow(ctx, []any{&n}, `SELECT CAST('NaN' AS numeric)`))
	if kind != store.Range {
		t.Error("no number was read into an integer")
	}
}

// Texts sort by their bytes, as in SQLite, whatever the order of the database.
func TestTextsSortByBytes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		db := open(t, url)
		if err := migrate.Create(ctx, db, store.Table{Name: "words", Columns: []store.Column{{Name: "w", Type: store.Text}}, Key: []string{"w"}}); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(ctx, `INSERT INTO words (w) VALUES (?), (?), (?), (?), (?)`, "b", "B", "a", "é", "_"); err != nil {
			t.Fatal(err)
		}
		rows, err := db.Query(ctx, `SELECT w FROM words ORDER BY w`)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		got := ""
		for rows.Next() {
			var w string
			if err := rows.Scan(&w); err != nil {
				t.Fatal(err)
			}
			got += w
		}
		if got != "B_abé" {
			t.Errorf("sorted %q", got)
		}
	})
}

// What one caller holds, others wait for only so long.
func TestPostgresLimits(t *testing.T) {
	url := storetest.Postgres(t)
	db, err := store.Open(ctx, url, store.Options{MaxConns: 1, AcquireTimeout: 50 * time.Millisecond, StatementTimeout: 100 * time.Millisecond, LockTimeout: 30 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	other := open(t, url)
	if err := migrate.Create(ctx, other, counter); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Exec(ctx, `INSERT INTO counter (n) VALUES (1)`); err != nil {
		t.Fatal(err)
	}
	is := func(err error, want store.ErrorKind) {
		t.Helper()
		if kind, ok := store.KindOf(err); !ok || kind != want {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if err := db.Tx(ctx, func(context.Context) error {
		is(db.Ping(ctx), store.Busy) // the only connection is the transaction's
		return nil
	}); err != nil {
		t.Error(err)
	}
	_, err = db.Exec(ctx, `SELECT pg_sleep(10)`)
	if is(err, store.Canceled); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if err := other.Tx(ctx, func(tx context.Context) error {
		if _, err := other.Exec(tx, `UPDATE counter SET n = 2`); err != nil {
			return err
		}
		_, err := db.Exec(ctx, `UPDATE counter SET n = 3`)
		is(err, store.Busy)
		return nil
	}); err != nil {
		t.Error(err)
	}
	if err := db.Ping(ctx); err != nil {
		t.Error(err)
	}
}

// Transactions that wait for each other: one of them is told to try again.
func TestDeadlock(t *testing.T) {
	db := open(t, storetest.Postgres(t))
	if err := migrate.Create(ctx, db, counter); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(ctx, `INSERT INTO counter (n) VALUES (0), (0)`); err != nil {
		t.Fatal(err)
	}
	var both, all sync.WaitGroup
	both.Add(2)
	errs := make([]error, 2)
	for i := range errs {
		all.Go(func() {
			errs[i] = db.Tx(ctx, func(ctx context.Context) error {
				if _, err := db.Exec(ctx, `UPDATE counter SET n = n + 1 WHERE id = ?`, i+1); err != nil {
					return err
				}
				both.Done()
				both.Wait()
				_, err := db.Exec(ctx, `UPDATE counter SET n = n + 1 WHERE id = ?`, 2-i)
				return err
			})
		})
	}
	all.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Fatal(errs)
	}
	if kind, _ := store.KindOf(errors.Join(errs...)); kind != store.Busy {
		t.Error(errs)
	}
	var n int
	if err := db.QueryRow(ctx, []any{&n}, `SELECT sum(n) FROM counter`); err != nil || n != 2 {
		t.Error(n, err)
	}
}

// An error of the server says what is wrong without the values of the rows.
func TestErrorsHoldNoValues(t *testing.T) {
	db := open(t, storetest.Postgres(t))
	if err := migrate.Create(ctx, db, store.Table{Name: "secrets", Columns: []store.Column{
		{Name: "id", Type: store.Int, Serial: true}, {Name: "order", Type: store.Text}, {Name: "b", Type: store.Text}, {Name: "day", Type: store.Date, Null: true},
	}, Indexes: []store.Index{{Columns: []string{"order", "b"}, Unique: true}}, Checks: []store.Check{{Name: "short", SQL: `length(b) < 9`}}}); err != nil {
		t.Fatal(err)
	}
	insert := func(ctx context.Context, args ...any) error {
		_, err := db.Exec(ctx, `INSERT INTO secrets ("order", b, day) VALUES (?, ?, ?)`, args...)
		return err
	}
	if err := insert(ctx, "hunter2", "x", nil); err != nil {
		t.Fatal(err)
	}
	check := func(err error, want store.ErrorKind) {
		t.Helper()
		var e *store.Error
		if !errors.As(err, &e) || e.Kind != want || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v, want %q", err, want)
		}
		if want == store.Unique && strings.Join(e.Columns, " ") != "order b" {
			t.Errorf("the columns are %q", e.Columns)
		}
	}
	check(insert(ctx, "hunter2", "hunter2 is long", nil), store.CheckFailed)
	check(insert(ctx, "h", "x", "hunter2"), store.Invalid)
	check(insert(ctx, "hunter2", "x", nil), store.Unique)
	// as a migration that changes a type
	_, err := db.Exec(ctx, `ALTER TABLE secrets ALTER COLUMN "order" TYPE bigint USING "order"::bigint`)
	if check(err, store.Invalid); !strings.Contains(err.Error(), "does not have the form of the type") {
		t.Errorf("%v does not say what is wrong", err)
	}
	// an index that nobody else can see yet
	check(db.Tx(ctx, func(ctx context.Context) error {
		if _, err := db.Exec(ctx, `CREATE TABLE fresh ("order" text, b text, UNIQUE ("order", b))`); err != nil {
			return err
		}
		_, err := db.Exec(ctx, `INSERT INTO fresh VALUES (?, 'b'), (?, 'b')`, "hunter2", "hunter2")
		return err
	}), store.Unique)
}
