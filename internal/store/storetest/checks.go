package storetest

import (
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// dates tests days as arguments, destinations and in conditions.
func dates(t *testing.T, db store.DB) {
	must(t, migrate.Create(ctx, db, store.Table{Name: "days", Columns: []store.Column{
		{Name: "id", Type: store.Int, Serial: true}, {Name: "d", Type: store.Date, Default: object.NewDate(2026, 1, 31)}, {Name: "maybe", Type: store.Date, Null: true},
	}}))
	last := object.NewDate(9999, 12, 31)
	for _, d := range []any{object.Date{}, object.NewDate(1969, 12, 31), last, &last} {
		_, err := db.Exec(ctx, `INSERT INTO days (d, maybe) VALUES (?, ?)`, d, nil)
		must(t, err)
	}
	_, err := db.Exec(ctx, `INSERT INTO days (maybe) VALUES (?)`, last)
	must(t, err)
	rows, err := db.Query(ctx, `SELECT d, maybe FROM days WHERE d < ? OR maybe = ? ORDER BY d`, object.NewDate(2026, 2, 1), last)
	must(t, err)
	defer rows.Close()
	var got []string
	for rows.Next() {
		var d object.Date
		var maybe *object.Date
		must(t, rows.Scan(&d, &maybe))
		text := d.String()
		if maybe != nil {
			text += "/" + maybe.String()
		}
		got = append(got, text)
	}
	must(t, rows.Err())
	if want := []string{"0001-01-01", "1969-12-31", "2026-01-31/9999-12-31"}; !reflect.DeepEqual(got, want) {
		t.Errorf("days are %v, want %v", got, want)
	}
	var none object.Date
	kind(t, db.QueryRow(ctx, []any{&none}, `SELECT maybe FROM days WHERE maybe IS NULL`), store.Invalid)
}

// durations tests durations, which are numbers of microseconds to the database.
func durations(t *testing.T, db store.DB) {
	must(t, migrate.Create(ctx, db, store.Table{Name: "spans", Columns: []store.Column{
		{Name: "id", Type: store.Int, Serial: true}, {Name: "d", Type: store.Int, Default: 90 * time.Second}, {Name: "maybe", Type: store.Int, Null: true},
	}}))
	long := time.Duration(math.MaxInt64)
	_, err := db.Exec(ctx, `INSERT INTO spans (maybe) VALUES (?)`, &long)
	must(t, err)
	_, err = db.Exec(ctx, `INSERT INTO spans (d, maybe) VALUES (?, ?)`, -1500*time.Nanosecond, (*time.Duration)(nil))
	must(t, err)
	var n int64
	var d time.Duration
	var maybe *time.Duration
	must(t, db.QueryRow(ctx, []any{&n, &d, &maybe}, `SELECT d, d, maybe FROM spans WHERE d > ?`, time.Minute))
	if n != 90_000_000 || d != 90*time.Second || maybe == nil || *maybe != long.Truncate(time.Microsecond) {
		t.Error(n, d, maybe)
	}
	must(t, db.QueryRow(ctx, []any{&d, &maybe}, `SELECT d, maybe FROM spans WHERE d < ?`, time.Duration(0)))
	if d != -time.Microsecond || maybe != nil {
		t.Error(d, maybe)
	}
	kind(t, db.QueryRow(ctx, []any{&d}, `SELECT maybe + 1000000 FROM spans WHERE maybe IS NOT NULL`), store.Invalid)
}

// checks tests that a failed check is named.
func checks(t *testing.T, db store.DB) {
	must(t, migrate.Create(ctx, db, store.Table{
		Name: "accounts",
		Columns: []store.Column{
			{Name: "id", Type: store.Int, Serial: true}, {Name: "balance", Type: store.DecimalOf(2)},
		},
		Checks: []store.Check{{Name: "accounts_balance_check", SQL: `"balance" >= -0.5`, SQLite: `"balance" >= -50`}},
	}))
	add := func(text string) error {
		d := store.Decimal{Scale: 2}
		must(t, d.Value.UnmarshalText([]byte(text)))
		_, err := db.Exec(ctx, `INSERT INTO accounts (balance) VALUES (?)`, d)
		return err
	}
	must(t, add("-0.50"))
	if e := kind(t, add("-0.51"), store.CheckFailed); e.Constraint != "accounts_balance_check" {
		t.Errorf("the check is %q", e.Constraint)
	}
}
