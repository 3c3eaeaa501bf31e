package migrate_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/store"
)

// TestRefusals: what cannot be migrated is said at once, with the place, whatever
// the database.
func TestRefusals(t *testing.T) {
	after := shop()
	c := customer(after)
	c.Columns = append(c.Columns,
		store.Column{Name: "code", Type: store.Text, Source: "record_customer.go:20"},
		store.Column{Name: "nick", Was: "nickname", Type: store.Text, Null: true, Source: "record_customer.go:18"},
		store.Column{Name: "full", Was: "name", Type: store.Text, Null: true, Source: "record_customer.go:19"},
		store.Column{Name: "remark", Type: store.JSONText, Default: store.JSON("{}")},
		store.Column{Name: "boss_id", Type: store.Int, Null: true, References: "elsewhere"},
	)
	without(c, "meta")
	col(c, "note").Type, col(c, "note").Default = store.Time, nil
	col(c, "note").Source = "record_customer.go:14"
	c.Search = nil
	col(c, "credit").Type = store.Float
	c.Checks = nil
	after[0].Name = "shop_area"
	col(c, "region_id").References = "shop_area"
	want := []string{
		`shop_region: the table is not declared any more: all of its rows would be lost; if shop_area is its new name, say so with appos.Formerly; allow it with --allow-drop`,
		`record_customer.go:12: shop_customer.boss_id: it references the table "elsewhere"`,
		`record_customer.go:12: shop_customer.meta: the column is not declared any more: all of its values would be lost; if remark is its new name, say so with was=meta; allow it with --allow-drop`,
		`record_customer.go:12: shop_customer.credit: decimal(2) becomes number: the exactness of decimals would be lost; allow it with --allow-drop`,
		`record_customer.go:14: shop_customer.note: a text cannot be made a time`,
		`record_customer.go:18: shop_customer.nick: it says was=nickname, but there is no such column`,
		`record_customer.go:19: shop_customer.full: it says was=name, which is still declared`,
		`record_customer.go:20: shop_customer.code: rows that exist would have no value: give it default=…, make it optional (a pointer), or add it optional first`,
	}
	for _, d := range []store.Dialect{store.SQLite, store.PostgreSQL} {
		_, err := migrate.Plan(d, shop(), after, migrate.Options{})
		var r *migrate.Refusal
		if !errors.As(err, &r) || r.Loses() {
			t.Fatalf("%s: %v", d, err)
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s says\n%v\nwant %s", d, err, w)
			}
		}
		if n := strings.Count(err.Error(), "\n"); n != len(want) {
			t.Errorf("%s: %d lines, want %d:\n%v", d, n, len(want), err)
		}
		if i, j := strings.Index(err.Error(), ":14:"), strings.Index(err.Error(), ":20:"); i > j {
			t.Error("the problems are not in the order of the source")
		}
	}
}

func TestRefusalsOfNames(t *testing.T) {
	for want, change := range map[string]func([]store.Table) []store.Table{
		`it was "shop_region", which still exists`: func(s []store.Table) []store.Table {
			area := s[0]
			area.Name, area.Was = "shop_area", "shop_region"
			return append(s, area)
		},
		`but the schema has both columns`: func(s []store.Table) []store.Table {
			without(customer(s), "weight")
			col(customer(s), "born").Was = "weight"
			return s
		},
		`its primary key cannot be changed`: func(s []store.Table) []store.Table {
			s[0].Columns[0].Serial, s[0].Key = false, []string{"name"}
			return s
		},
		`the name has 64 bytes`: func(s []store.Table) []store.Table {
			customer(s).Columns = append(customer(s).Columns, store.Column{Name: strings.Repeat("x", 64), Type: store.Text, Null: true})
			return s
		},
		`a text cannot be made a bytes: fields that are hidden or sensitive are kept encrypted, which SQL can neither do nor undo; add another field`: func(s []store.Table) []store.Table {
			col(customer(s), "note").Type, col(customer(s), "note").Default = store.Bytes, nil
			return s
		},
		`the searched column "age" is no text`: func(s []store.Table) []store.Table { customer(s).Search = []string{"age"}; return s },
	} {
		_, err := migrate.Plan(store.SQLite, shop(), change(shop()), migrate.Options{AllowDrop: true})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
	// a word that has done its work may stay
	s := shop()
	col(customer(s), "name").Was, s[0].Was = "full_name", "shop_area"
	if c, err := migrate.Plan(store.SQLite, shop(), s, migrate.Options{}); err != nil || len(c.Statements) > 0 {
		t.Error(c, err)
	}
}
