package migrate_test

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	atlaspg "ariga.io/atlas/sql/postgres"
	"ariga.io/atlas/sql/schema"
	atlaslite "ariga.io/atlas/sql/sqlite"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/shopspring/decimal"

	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
)

// apply plans and runs a change.
func apply(t testing.TB, db store.DB, from, to []store.Table, o migrate.Options) error {
	t.Helper()
	c, err := migrate.Plan(db.Dialect(), from, to, o)
	must(t, err)
	return db.Migrate(ctx, func(ctx context.Context) error {
		for _, s := range c.Statements {
			if _, err := db.Exec(ctx, s.SQL); err != nil {
				return errors.Join(err, errors.New(s.SQL))
			}
		}
		return nil
	})
}

// inspected reads the schema of a database.
func inspected(t testing.TB, at string) *schema.Schema {
	t.Helper()
	driver, dsn := "pgx", at
	if path, ok := strings.CutPrefix(at, "sqlite:"); ok {
		driver, dsn = "sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()
	}
	db, err := sql.Open(driver, dsn)
	must(t, err)
	defer db.Close()
	options := &schema.InspectOptions{Exclude: []string{"*_fts*"}}
	if driver == "sqlite" {
		d, err := atlaslite.Open(db)
		must(t, err)
		s, err := d.InspectSchema(ctx, "main", options)
		must(t, err)
		return s
	}
	d, err := atlaspg.Open(db)
	must(t, err)
	s, err := d.InspectSchema(ctx, "public", options)
	must(t, err)
	return s
}

// differences lists what two databases differ in.
func differences(t testing.TB, a, b string) []schema.Change {
	t.Helper()
	from, to := inspected(t, a), inspected(t, b)
	differ := atlaspg.DefaultDiff
	if strings.HasPrefix(a, "sqlite:") {
		differ = atlaslite.DefaultDiff
	}
	changes, err := differ.SchemaDiff(from, to)
	must(t, err)
	return changes
}

// sameAsNew checks that a database that was migrated is as one that is made new.
func sameAsNew(t *testing.T, at string, tables []store.Table) {
	t.Helper()
	fresh := "sqlite:" + t.TempDir() + "/new.db"
	if !strings.HasPrefix(at, "sqlite:") {
		fresh = storetest.Postgres(t)
	}
	must(t, migrate.Create(ctx, storetest.Open(t, fresh), tables...))
	for _, c := range differences(t, at, fresh) {
		if m, ok := c.(*schema.ModifyTable); ok {
			for _, c := range m.Changes {
				t.Errorf("table %s differs from a new one: %T %+v", m.T.Name, c, c)
			}
			continue
		}
		t.Errorf("it differs from a new database: %T %+v", c, c)
	}
}

func customer(tables []store.Table) *store.Table { return &tables[1] }

func col(t *store.Table, name string) *store.Column {
	return &t.Columns[slices.IndexFunc(t.Columns, func(c store.Column) bool { return c.Name == name })]
}

func without(t *store.Table, name string) {
	t.Columns = slices.DeleteFunc(t.Columns, func(c store.Column) bool { return c.Name == name })
}

// TestChanges applies single changes to a database with rows: the rows stay, what
// is read is as it should be, and the schema is that of a new database.
func TestChanges(t *testing.T) {
	tests := map[string]struct {
		change func(tables []store.Table) []store.Table
		drop   bool
		reads  map[string]string // SQL to what it finds, as text
	}{
		"nothing": {change: func(s []store.Table) []store.Table { return s }},
		"add columns": {
			change: func(s []store.Table) []store.Table {
				customer(s).Columns = append(customer(s).Columns,
					store.Column{Name: "limit", Type: store.DecimalOf(3), Default: store.Decimal{Value: decimal.New(15, -1), Scale: 3}},
					store.Column{Name: "boss_id", Type: store.Int, Null: true, References: "shop_customer"},
					store.Column{Name: "quoted", Type: store.Text, Default: "it's \"so\" `?`"},
					store.Column{Name: "since", Type: store.Date, Default: "2026-01-02"},
				)
				customer(s).Indexes = append(customer(s).Indexes, store.Index{Columns: []string{"boss_id"}})
				return s
			},
			reads: map[string]string{
				`SELECT count(*) FROM shop_customer WHERE quoted = 'it''s "so" ` + "`?`" + `' AND boss_id IS NULL`: "3",
				`SELECT count(*) FROM shop_customer WHERE "limit" > 0`:                                             "3",
			},
		},
		"rename a column": {
			change: func(s []store.Table) []store.Table {
				c := col(customer(s), "age")
				c.Name, c.Was, c.Check = "years", "age", `"years" >= 0`
				customer(s).Checks[0] = store.Check{Name: "rich_or_young", SQL: `"credit" > 0.5 OR "years" < 20`, SQLite: `"credit" > 50 OR "years" < 20`}
				return s
			},
			reads: map[string]string{`SELECT CAST(sum(years) AS bigint) FROM shop_customer`: "42"},
		},
		"rename a searched and indexed column": {
			change: func(s []store.Table) []store.Table {
				c := col(customer(s), "name")
				c.Name, c.Was = "full_name", "name"
				customer(s).Indexes[1].Columns = []string{"full_name"}
				customer(s).Search = []string{"full_name", "note"}
				return s
			},
			reads: map[string]string{"search ada": "1", `SELECT count(*) FROM shop_customer WHERE full_name = 'Ada Byron'`: "1"},
		},
		"rename a table": {
			change: func(s []store.Table) []store.Table {
				customer(s).Name, customer(s).Was = "shop_client", "shop_customer"
				s[2].Columns[1].References = "shop_client"
				return s
			},
			reads: map[string]string{"search ada": "1", `SELECT count(*) FROM shop_order JOIN shop_client c ON c.id = customer_id`: "2"},
		},
		"rename table and column at once": {
			change: func(s []store.Table) []store.Table {
				customer(s).Name, customer(s).Was = "shop_client", "shop_other shop_customer"
				s[2].Columns[1].References = "shop_client"
				c := col(customer(s), "note")
				c.Name, c.Was = "remark", "note"
				customer(s).Search = []string{"name", "remark"}
				customer(s).Columns = append(customer(s).Columns, store.Column{Name: "x", Type: store.Int, Default: 7})
				return s
			},
			reads: map[string]string{"search engine": "1", `SELECT CAST(sum(x) AS bigint) FROM shop_client`: "21"},
		},
		"another scale": {
			change: func(s []store.Table) []store.Table {
				c := col(customer(s), "credit")
				c.Type, c.Default = store.DecimalOf(4), store.Decimal{Value: decimal.New(125, -1), Scale: 4}
				customer(s).Checks[0].SQLite = `"credit" > 5000 OR "age" < 20`
				return s
			},
			reads: map[string]string{"credit": "-1.2500 10.5000 99.9900"},
		},
		"a smaller scale": {
			change: func(s []store.Table) []store.Table {
				c := col(customer(s), "credit")
				c.Type, c.Default = store.DecimalOf(1), nil
				customer(s).Checks = nil
				return s
			},
			drop:  true,
			reads: map[string]string{"credit": "-1.3 10.5 100.0"},
		},
		"decimal to integer": {
			change: func(s []store.Table) []store.Table {
				c := col(customer(s), "credit")
				c.Type, c.Default = store.Int, 5
				customer(s).Checks = nil
				return s
			},
			drop:  true,
			reads: map[string]string{`SELECT credit FROM shop_customer ORDER BY credit`: "-1 11 100"},
		},
		"decimal to text": {
			change: func(s []store.Table) []store.Table {
				c := col(customer(s), "credit")
				c.Type, c.Default = store.Text, nil
				customer(s).Checks = nil
				return s
			},
			reads: map[string]string{`SELECT credit FROM shop_customer ORDER BY credit`: "-1.25 10.50 99.99"},
		},
		"integer to decimal": {
			change: func(s []store.Table) []store.Table {
				col(customer(s), "age").Type = store.DecimalOf(2)
				col(customer(s), "age").Default = store.Decimal{Value: decimal.New(1, 0), Scale: 2}
				customer(s).Checks = nil
				return s
			},
			reads: map[string]string{"SELECT count(*) FROM shop_customer WHERE age > 2000 OR age = 30": "1"},
		},
		"integer to text": {
			change: func(s []store.Table) []store.Table {
				c := col(customer(s), "age")
				c.Type, c.Default, c.Check = store.Text, "", ""
				customer(s).Checks = nil
				return s
			},
			reads: map[string]string{`SELECT age FROM shop_customer ORDER BY age`: "1 11 30"},
		},
		"bool to integer": {
			change: func(s []store.Table) []store.Table {
				c := col(customer(s), "active")
				c.Type, c.Default = store.Int, 3
				return s
			},
			reads: map[string]string{`SELECT CAST(sum(active) AS bigint) FROM shop_customer`: "2"},
		},
		"text to integer": {
			change: func(s []store.Table) []store.Table {
				c := col(&s[0], "name")
				c.Type = store.Int
				return s
			},
			reads: map[string]string{`SELECT name + 1 FROM shop_region`: "43"},
		},
		"date to time": {
			change: func(s []store.Table) []store.Table { col(customer(s), "born").Type = store.Time; return s },
			reads:  map[string]string{`born`: "1815-12-10T00:00:00Z"},
		},
		"time to date": {
			change: func(s []store.Table) []store.Table { col(customer(s), "deleted_at").Type = store.Date; return s },
			drop:   true,
			reads:  map[string]string{`SELECT count(*) FROM shop_customer WHERE deleted_at = '1969-12-31'`: "1"},
		},
		"optional": {
			change: func(s []store.Table) []store.Table { col(customer(s), "name").Null = true; return s },
		},
		"mandatory with a default": {
			change: func(s []store.Table) []store.Table {
				c := col(customer(s), "weight")
				c.Null, c.Default = false, 1.5
				return s
			},
			reads: map[string]string{`SELECT sum(weight) FROM shop_customer`: "4.5"},
		},
		"mandatory, of another type and with a default": {
			change: func(s []store.Table) []store.Table {
				c := col(customer(s), "born")
				c.Type, c.Null, c.Default = store.Text, false, "unknown"
				return s
			},
			reads: map[string]string{`SELECT count(*) FROM shop_customer WHERE born = 'unknown'`: "2", `SELECT count(*) FROM shop_customer WHERE born = '1815-12-10'`: "1"},
		},
		"another default": {
			change: func(s []store.Table) []store.Table { col(customer(s), "age").Default = 18; return s },
			reads:  map[string]string{`SELECT CAST(sum(age) AS bigint) FROM shop_customer`: "42"},
		},
		"drop a column": {
			change: func(s []store.Table) []store.Table { without(customer(s), "meta"); return s },
			drop:   true,
			reads:  map[string]string{"search ada": "1"},
		},
		"drop tables": {
			change: func(s []store.Table) []store.Table { return s[:1] },
			drop:   true,
			reads:  map[string]string{},
		},
		"search less": {
			change: func(s []store.Table) []store.Table { customer(s).Search = []string{"note"}; return s },
			reads:  map[string]string{"search ada": "0", "search engine": "1"},
		},
		"search nothing": {change: func(s []store.Table) []store.Table { customer(s).Search = nil; return s }},
		"search more": {
			change: func(s []store.Table) []store.Table { s[0].Search = []string{"name"}; return s },
		},
		"drop a searched column": {
			change: func(s []store.Table) []store.Table {
				without(customer(s), "note")
				customer(s).Search = []string{"name"}
				return s
			},
			drop:  true,
			reads: map[string]string{"search ada": "1", "search engine": "0"},
		},
		"other references": {
			change: func(s []store.Table) []store.Table {
				s[2].Columns[1].OnDeleteCascade = false
				col(customer(s), "region_id").References = ""
				customer(s).Columns = append(customer(s).Columns, store.Column{Name: "order_id", Type: store.Int, Null: true, References: "shop_order"})
				return s
			},
		},
		"indexes": {
			change: func(s []store.Table) []store.Table {
				customer(s).Indexes[1].Where = ""
				customer(s).Indexes = append(customer(s).Indexes, store.Index{Columns: []string{"age", "id"}, Where: `"deleted_at" IS NULL`})
				return s
			},
		},
		"checks": {
			change: func(s []store.Table) []store.Table {
				customer(s).Checks = append(customer(s).Checks, store.Check{Name: "not_old", SQL: `"age" < 200`})
				col(customer(s), "age").Check = ""
				return s
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, at string) {
				db := storetest.Open(t, at)
				must(t, migrate.Create(ctx, db, shop()...))
				fill(t, db)
				after := test.change(shop())
				must(t, apply(t, db, shop(), after, migrate.Options{AllowDrop: test.drop}))
				for query, want := range test.reads {
					if got := reads(t, db, after, query); got != want {
						t.Errorf("%s: got %q, want %q", query, got, want)
					}
				}
				sameAsNew(t, at, after)
				if c, err := migrate.Plan(db.Dialect(), after, after, migrate.Options{}); err != nil || len(c.Statements) > 0 {
					t.Error("the same schema is a change", c, err)
				}
				if test.drop {
					_, err := migrate.Plan(db.Dialect(), shop(), after, migrate.Options{})
					if refusal := (*migrate.Refusal)(nil); !errors.As(err, &refusal) || !refusal.Loses() {
						t.Error("data would be lost without a word:", err)
					}
				}
				// ids that were given out stay so, and counting goes on
				if len(after) > 2 {
					exec(t, db, `INSERT INTO shop_order (customer_id) VALUES (1)`)
					if n := number(t, db, `SELECT max(id) FROM shop_order`); n != 4 {
						t.Errorf("the next order is %d", n)
					}
					if n := number(t, db, `SELECT count(*) FROM `+after[1].Name); n != 3 {
						t.Errorf("%d customers are left", n)
					}
				}
			})
		})
	}
}

// fill adds rows.
func fill(t testing.TB, db store.DB) {
	t.Helper()
	exec(t, db, `INSERT INTO shop_region (name) VALUES ('42')`)
	add := `INSERT INTO shop_customer (name, note, credit, active, born, age, region_id, deleted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
	credit := func(s string) store.Decimal { return store.Decimal{Value: decimal.RequireFromString(s), Scale: 2} }
	exec(t, db, add, "Ada Byron", "first engine", credit("10.5"), true, day("1815-12-10"), 30, 1, nil)
	exec(t, db, add, "Bob", "", credit("99.99"), true, nil, 11, nil, moment("1969-12-31T23:59:59.5Z"))
	exec(t, db, add, "Cid", "", credit("-1.25"), false, nil, 1, nil, nil)
	exec(t, db, `INSERT INTO shop_order (customer_id) VALUES (1), (2), (3)`)
	exec(t, db, `DELETE FROM shop_order WHERE id = 3`)
}
