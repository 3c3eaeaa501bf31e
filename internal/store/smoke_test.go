package store_test

import (
	"context"
	"github.com/apposengine/appos/internal/store"
	"github.com/shopspring/decimal"
	"testing"
	"time"
)

func TestSmoke(t *testing.T) {
	ctx := context.Background()
	db, err := store.Open(ctx, "sqlite::memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tb := store.Table{Name: "t", Columns: []store.Column{{Name: "id", Type: store.Int, Serial: true}, {Name: "name", Type: store.Text}, {Name: "price", Type: store.DecimalOf(2)}, {Name: "at", Type: store.Time, Null: true}}, Indexes: []store.Index{{Columns: []string{"name"}, Unique: true}}}
	for range 2 {
		if err := db.Ensure(ctx, tb); err != nil {
			t.Fatal(err)
		}
	}
	var id int64
	if err := db.QueryRow(ctx, []any{&id}, "INSERT INTO t(name,price,at) VALUES(?,?,?) RETURNING id", "a", store.Decimal{Value: decimal.RequireFromString("12.5"), Scale: 2}, time.Now()); err != nil {
		t.Fatal(err)
	}
	err = db.Tx(ctx, func(ctx context.Context) error {
		_, err := db.Exec(ctx, "INSERT INTO t(name,price) VALUES(?,?)", "a", 1)
		return err
	})
	t.Log(err, id)
	tb.Columns = append(tb.Columns, store.Column{Name: "n", Type: store.Int, Default: 3})
	if err := db.Ensure(ctx, tb); err != nil {
		t.Fatal(err)
	}
	if err := db.Ensure(ctx, tb); err != nil {
		t.Fatal(err)
	}
	tb.Columns[2].Type = store.DecimalOf(3)
	t.Log(db.Ensure(ctx, tb))
	t.Log(db.QueryRow(ctx, []any{&id}, "select nope from t"))
	t.Logf("%+v", db.Stats())
}
