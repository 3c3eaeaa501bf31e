package migrate_test

import (
	"context"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/store"
)

var ctx = context.Background()

// shop is the schema that most tests begin with.
func shop() []store.Table {
	return []store.Table{
		{
			Name: "shop_region",
			Columns: []store.Column{
				{Name: "id", Type: store.Int, Serial: true},
				{Name: "name", Type: store.Text},
			},
			Indexes: []store.Index{{Columns: []string{"name"}, Unique: true}},
		},
		{
			Name: "shop_customer", Source: "record_customer.go:12",
			Columns: []store.Column{
				{Name: "id", Type: store.Int, Serial: true},
				{Name: "name", Type: store.Text, Default: "it's"},
				{Name: "note", Type: store.Text, Default: ""},
				{Name: "credit", Type: store.DecimalOf(2), Default: store.Decimal{Value: decimal.New(125, -1), Scale: 2}},
				{Name: "active", Type: store.Bool, Default: true},
				{Name: "born", Type: store.Date, Null: true},
				{Name: "meta", Type: store.JSONText, Default: store.JSON("{}")},
				{Name: "age", Type: store.Int, Default: 1, Check: `"age" >= 0`},
				{Name: "weight", Type: store.Float, Null: true},
				{Name: "photo", Type: store.Bytes, Null: true},
				{Name: "region_id", Type: store.Int, Null: true, References: "shop_region"},
				{Name: "deleted_at", Type: store.Time, Null: true},
			},
			Indexes: []store.Index{
				{Columns: []string{"region_id"}},
				{Columns: []string{"name"}, Unique: true, Where: `"deleted_at" IS NULL`},
			},
			Checks: []store.Check{{Name: "rich_or_young", SQL: `"credit" > 0.5 OR "age" < 20`, SQLite: `"credit" > 50 OR "age" < 20`}},
			Search: []string{"name", "note"},
		},
		{
			Name: "shop_order",
			Columns: []store.Column{
				{Name: "id", Type: store.Int, Serial: true},
				{Name: "customer_id", Type: store.Int, References: "shop_customer", OnDeleteCascade: true},
			},
			Indexes: []store.Index{{Columns: []string{"customer_id"}}},
		},
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func exec(t testing.TB, db store.DB, sql string, args ...any) {
	t.Helper()
	if _, err := db.Exec(ctx, sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func number(t testing.TB, db store.DB, sql string, args ...any) (n int64) {
	t.Helper()
	if err := db.QueryRow(ctx, []any{&n}, sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

func TestCreate(t *testing.T) {
	db, err := store.Open(ctx, "sqlite::memory:", store.Options{})
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	must(t, migrate.Create(ctx, db, shop()...))
	exec(t, db, `INSERT INTO shop_region (name) VALUES ('north')`)
	exec(t, db, `INSERT INTO shop_customer (region_id) VALUES (1)`)
	var name string
	var credit = store.Decimal{Scale: 2}
	var meta store.JSON
	must(t, db.QueryRow(ctx, []any{&name, &credit, &meta}, `SELECT name, credit, meta FROM shop_customer`))
	if name != "it's" || credit.Value.String() != "12.5" || string(meta) != "{}" {
		t.Error(name, credit.Value, string(meta))
	}
	if n := number(t, db, `SELECT count(*) FROM shop_customer_fts WHERE shop_customer_fts MATCH 'it'`); n != 1 {
		t.Errorf("found %d rows", n)
	}
	for sql, want := range map[string]store.ErrorKind{
		`INSERT INTO shop_customer (name) VALUES ('it''s')`:                  store.Unique,
		`INSERT INTO shop_customer (name, age) VALUES ('b', -1)`:             store.CheckFailed,
		`INSERT INTO shop_customer (name, age, credit) VALUES ('b', 30, 10)`: store.CheckFailed,
		`INSERT INTO shop_customer (name, region_id) VALUES ('b', 9)`:        store.ForeignKey,
		`INSERT INTO shop_customer (name, age) VALUES ('b', 'x')`:            store.Invalid,
	} {
		_, err := db.Exec(ctx, sql)
		if kind, _ := store.KindOf(err); kind != want {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
