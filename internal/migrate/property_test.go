package migrate_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
)

// edits are changes of a schema that keep rows; each returns false where it does
// not apply.
var edits = map[string]func(*rapid.T, *editor) bool{
	"add a column": func(t *rapid.T, e *editor) bool {
		c := store.Column{Name: e.name("c"), Type: rapid.SampledFrom([]store.Type{store.Text, store.Int, store.Bool, store.DecimalOf(2), store.JSONText, store.Date}).Draw(t, "type"), Null: rapid.Bool().Draw(t, "null")}
		if !c.Null {
			c.Default = map[store.TypeKind]any{store.KindText: "x", store.KindInt: 3, store.KindBool: true, store.KindDecimal: store.Decimal{Scale: 2}, store.KindJSON: store.JSON("[]"), store.KindDate: "2026-01-02"}[c.Type.Kind]
		}
		e.table.Columns = append(e.table.Columns, c)
		return true
	},
	"add a reference": func(t *rapid.T, e *editor) bool {
		e.table.Columns = append(e.table.Columns, store.Column{Name: e.name("r") + "_id", Type: store.Int, Null: true, References: rapid.SampledFrom(e.tables).Draw(t, "to").Name})
		return true
	},
	"drop a column": func(t *rapid.T, e *editor) bool {
		c := e.column(t, func(c store.Column) bool { return true })
		if c == nil {
			return false
		}
		name := c.Name
		e.table.Columns = slices.DeleteFunc(e.table.Columns, func(c store.Column) bool { return c.Name == name })
		e.table.Indexes = slices.DeleteFunc(e.table.Indexes, func(x store.Index) bool { return slices.Contains(x.Columns, name) })
		e.table.Search = slices.DeleteFunc(e.table.Search, func(s string) bool { return s == name })
		return true
	},
	"rename a column": func(t *rapid.T, e *editor) bool {
		c := e.column(t, func(c store.Column) bool { return c.Check == "" })
		if c == nil {
			return false
		}
		was, now := c.Name, e.name("n")
		if c.Name = now; c.Was == "" {
			c.Was = was
		}
		for _, names := range append([][]string{e.table.Search}, indexed(e.table)...) {
			for i := range names {
				if names[i] == was {
					names[i] = now
				}
			}
		}
		return true
	},
	"rename a table": func(t *rapid.T, e *editor) bool {
		was := e.table.Name
		if e.table.Name = e.name("t"); e.table.Was == "" {
			e.table.Was = was
		}
		for i := range e.tables {
			for j := range e.tables[i].Columns {
				if c := &e.tables[i].Columns[j]; c.References == was {
					c.References = e.table.Name
				}
			}
		}
		return true
	},
	"optional": func(t *rapid.T, e *editor) bool {
		c := e.column(t, func(c store.Column) bool { return !c.Null })
		if c != nil {
			c.Null = true
		}
		return c != nil
	},
	"mandatory": func(t *rapid.T, e *editor) bool {
		c := e.column(t, func(c store.Column) bool { return c.Null && c.Type == store.Int && c.References == "" })
		if c != nil {
			c.Null, c.Default = false, 5
		}
		return c != nil
	},
	"to text": func(t *rapid.T, e *editor) bool {
		c := e.column(t, func(c store.Column) bool {
			return (c.Type == store.Int || c.Type.Kind == store.KindDecimal || c.Type == store.Bool) && c.References == "" && c.Check == ""
		})
		if c != nil {
			c.Type, c.Default = store.Text, nil
			if !c.Null {
				c.Default = "y"
			}
		}
		return c != nil
	},
	"index": func(t *rapid.T, e *editor) bool {
		c := e.column(t, func(c store.Column) bool { return c.Type.Kind != store.KindJSON })
		if c == nil || slices.ContainsFunc(e.table.Indexes, func(x store.Index) bool { return x.Columns[0] == c.Name }) {
			return false
		}
		e.table.Indexes = append(e.table.Indexes, store.Index{Columns: []string{c.Name, "id"}})
		return true
	},
	"search": func(t *rapid.T, e *editor) bool {
		c := e.column(t, func(c store.Column) bool { return c.Type == store.Text && !slices.Contains(e.table.Search, c.Name) })
		if c != nil {
			e.table.Search = append(slices.Clone(e.table.Search), c.Name)
		}
		return c != nil
	},
	"a table more": func(t *rapid.T, e *editor) bool {
		e.tables = append(e.tables, store.Table{Name: e.name("t"), Columns: []store.Column{{Name: "id", Type: store.Int, Serial: true}, {Name: "name", Type: store.Text}}, Search: []string{"name"}})
		return true
	},
}

type editor struct {
	tables []store.Table
	table  *store.Table
	used   int
}

func (e *editor) name(prefix string) string {
	e.used++
	return fmt.Sprintf("%s%d", prefix, e.used)
}

// column draws one that can be changed.
func (e *editor) column(t *rapid.T, fits func(store.Column) bool) *store.Column {
	var all []int
	for i, c := range e.table.Columns {
		if !c.Serial && c.Name != "keep" && fits(c) {
			all = append(all, i)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return &e.table.Columns[rapid.SampledFrom(all).Draw(t, "column")]
}

func indexed(t *store.Table) (all [][]string) {
	for _, x := range t.Indexes {
		all = append(all, x.Columns)
	}
	return all
}

func copied(tables []store.Table) []store.Table {
	out := slices.Clone(tables)
	for i := range out {
		t := &out[i]
		t.Was = ""
		t.Columns, t.Search, t.Indexes = slices.Clone(t.Columns), slices.Clone(t.Search), slices.Clone(t.Indexes)
		for j := range t.Columns {
			t.Columns[j].Was = ""
		}
		for j := range t.Indexes {
			t.Indexes[j].Columns = slices.Clone(t.Indexes[j].Columns)
		}
	}
	return out
}

// TestRandomChanges: sequences of changes to databases with rows keep the rows and
// what they reference, and end in the schema of a new database.
func TestRandomChanges(t *testing.T) {
	names := []string{}
	for name := range edits {
		names = append(names, name)
	}
	slices.Sort(names)
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		must(t, f.Value.Set("25")) // more by -rapid.checks
	}
	storetest.Each(t, func(t *testing.T, at string) {
		fresh := "sqlite:" + t.TempDir() + "/fresh.db"
		if !strings.HasPrefix(at, "sqlite:") {
			fresh = storetest.Postgres(t)
		}
		rapid.Check(t, func(r *rapid.T) {
			db, made := emptied(t, at), emptied(t, fresh)
			defer db.Close()
			defer made.Close()
			start := []store.Table{
				{Name: "a", Columns: []store.Column{{Name: "id", Type: store.Int, Serial: true}, {Name: "keep", Type: store.Int}, {Name: "words", Type: store.Text, Default: "w"}, {Name: "price", Type: store.DecimalOf(2), Default: store.Decimal{Scale: 2}}}, Search: []string{"words"}},
				{Name: "b", Columns: []store.Column{{Name: "id", Type: store.Int, Serial: true}, {Name: "keep", Type: store.Int, References: "a", OnDeleteCascade: true}, {Name: "n", Type: store.Int, Null: true}}},
			}
			must(t, migrate.Create(ctx, db, start...))
			exec(t, db, `INSERT INTO a (keep) VALUES (1), (2), (3)`)
			exec(t, db, `INSERT INTO b (keep) VALUES (1), (1), (3)`)
			e := &editor{tables: copied(start)}
			for range rapid.IntRange(1, 4).Draw(r, "steps") {
				before := copied(e.tables)
				e.tables = copied(e.tables)
				for range rapid.IntRange(1, 4).Draw(r, "edits") {
					e.table = &e.tables[rapid.IntRange(0, len(e.tables)-1).Draw(r, "table")]
					edits[rapid.SampledFrom(names).Draw(r, "edit")](r, e)
				}
				err := apply(t, db, before, unique(before, e.tables), migrate.Options{AllowDrop: true})
				if refusal := (*migrate.Refusal)(nil); err != nil && !errors.As(err, &refusal) {
					r.Fatal(err)
				}
				e.tables = unique(before, e.tables)
				a, b := store.Quote(e.tables[0].Name), store.Quote(e.tables[1].Name)
				if n := number(t, db, `SELECT count(*) FROM `+b+` x JOIN `+a+` y ON x.keep = y.id WHERE y.keep = y.id`); n != 3 {
					r.Fatalf("%d rows are left", n)
				}
			}
			must(t, migrate.Create(ctx, made, copied(e.tables)...))
			if d := differences(t, at, fresh); len(d) > 0 {
				r.Fatalf("it differs from a new database: %d changes, %T %+v", len(d), d[0], d[0])
			}
		})
	})
}

// emptied opens a database without tables.
func emptied(t *testing.T, at string) store.DB {
	t.Helper()
	path, isFile := strings.CutPrefix(at, "sqlite:")
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if isFile {
			_ = os.Remove(path + suffix)
		}
	}
	db, err := store.Open(ctx, at, store.Options{})
	must(t, err)
	if !isFile {
		exec(t, db, `DROP SCHEMA public CASCADE`)
		exec(t, db, `CREATE SCHEMA public`)
	}
	return db
}

// unique leaves renames of what was there before only: a column that is added and
// renamed in one step is a new one.
func unique(before, after []store.Table) []store.Table {
	for i := range after {
		t := &after[i]
		old := t.Name
		if t.Was != "" {
			old = t.Was
		}
		j := slices.IndexFunc(before, func(b store.Table) bool { return b.Name == old })
		if j < 0 {
			t.Was = ""
		}
		for k := range t.Columns {
			if c := &t.Columns[k]; c.Was != "" && (j < 0 || !slices.ContainsFunc(before[j].Columns, func(b store.Column) bool { return b.Name == c.Was })) {
				c.Was = ""
				if !c.Null && c.Default == nil {
					c.Null = true
				}
			}
		}
	}
	return after
}
