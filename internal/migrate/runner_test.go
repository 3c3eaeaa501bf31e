package migrate_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
)

// folder is a folder of migrations that a test writes.
type folder struct {
	t   testing.TB
	dir string
	at  time.Time
}

func newFolder(t testing.TB) *folder {
	return &folder{t: t, dir: filepath.Join(t.TempDir(), "main"), at: moment("2026-03-01T12:00:00Z")}
}

func (f *folder) read() *migrate.Folder {
	f.t.Helper()
	read, err := migrate.Read(os.DirFS(filepath.Dir(f.dir)), "main", "migrations/main")
	must(f.t, err)
	return read
}

// add writes the next migration, an hour after the last.
func (f *folder) add(name string, tables []store.Table, change ...func(*migrate.NewOptions)) migrate.Version {
	f.t.Helper()
	f.at = f.at.Add(time.Hour)
	o := migrate.NewOptions{Now: f.at}
	for _, c := range change {
		c(&o)
	}
	v, _, err := migrate.New(f.dir, f.read(), name, tables, o)
	must(f.t, err)
	return v
}

func data(o *migrate.NewOptions) { o.Data = true }

// edit changes the text of a file.
func (f *folder) edit(name string, change func(string) string) {
	f.t.Helper()
	path := filepath.Join(f.dir, name)
	text, err := os.ReadFile(path)
	must(f.t, err)
	must(f.t, os.WriteFile(path, []byte(change(string(text))), 0o644))
}

func (f *folder) set(db store.DB, tables []store.Table) migrate.Set {
	f.t.Helper()
	return migrate.Set{Name: "main", DB: db, Folder: f.read(), Tables: tables}
}

func (f *folder) accept() {
	f.t.Helper()
	_, err := migrate.Hash(f.dir, "migrations/main", nil)
	must(f.t, err)
}

var files = migrate.Runner{By: "ana@desk", Now: time.Now}
var direct = migrate.Runner{By: "ana@desk", Now: time.Now, Direct: true}

// wider is the shop with one column more.
func wider(name string) []store.Table {
	s := shop()
	customer(s).Columns = append(customer(s).Columns, store.Column{Name: name, Type: store.Text, Default: ""})
	return s
}

func TestApply(t *testing.T) {
	storetest.Each(t, func(t *testing.T, at string) {
		db, f := storetest.Open(t, at), newFolder(t)
		f.add("initial", shop())
		var steps []string
		r := files
		r.Progress = func(s migrate.Step) {
			if s.Done {
				steps = append(steps, string(s.Kind)+" "+s.Version)
			}
		}
		apply := func(tables []store.Table, want bool) {
			t.Helper()
			changed, err := r.Apply(ctx, f.set(db, tables))
			if err != nil || changed != want {
				t.Fatal(changed, err)
			}
		}
		apply(shop(), true)
		apply(shop(), false)
		fill(t, db)
		f.add("add_email", wider("email"))
		v := f.add("fill email", nil, data)
		f.edit(v.String()+"."+db.Dialect().String()+".sql", func(s string) string {
			return s + "\nUPDATE shop_customer SET email = name || '@x;y' -- all of them; really\n;\n"
		})
		f.accept()
		apply(wider("email"), true)
		if n := number(t, db, `SELECT count(*) FROM shop_customer WHERE email LIKE '%@x;y'`); n != 3 {
			t.Errorf("filled %d rows", n)
		}
		if want := "file 20260301130000_initial,file 20260301140000_add_email,file 20260301150000_fill_email"; strings.Join(steps, ",") != want {
			t.Error(steps)
		}
		st, err := f.set(db, wider("email")).Status(ctx)
		if err != nil || len(st.Versions) != 3 || st.Versions[2].State != "applied" || st.Versions[2].By != "ana@desk" || st.Ahead != nil || st.Problems != nil {
			t.Errorf("%+v %v", st, err)
		}
		sameAsNew(t, at, append(wider("email"), migrate.Ledger()...))
	})
}

// TestAFileIsAllOrNothing: what a file has done before it failed is undone, and it
// can be run once it is right.
func TestAFileIsAllOrNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, at string) {
		db, f := storetest.Open(t, at), newFolder(t)
		f.add("initial", shop())
		_, err := files.Apply(ctx, f.set(db, shop()))
		must(t, err)
		fill(t, db)
		v := f.add("wrong", nil, data)
		name := v.String() + "." + db.Dialect().String() + ".sql"
		f.edit(name, func(s string) string {
			return s + "DELETE FROM shop_order;\nCREATE TABLE half (id int);\n\nINSERT INTO nowhere VALUES (1);\n"
		})
		f.accept()
		_, err = files.Apply(ctx, f.set(db, shop()))
		if err == nil || !strings.Contains(err.Error(), name+", line 10") {
			t.Errorf("it does not say where: %v", err)
		}
		if n := number(t, db, `SELECT count(*) FROM shop_order`); n != 2 {
			t.Error("a migration that failed has deleted rows")
		}
		f.edit(name, func(s string) string { return strings.ReplaceAll(s, "INSERT INTO nowhere VALUES (1);\n", "") })
		f.accept()
		_, err = files.Apply(ctx, f.set(db, shop()))
		must(t, err)
		if n := number(t, db, `SELECT count(*) FROM shop_order`) + number(t, db, `SELECT count(*) FROM half`); n != 0 {
			t.Error("the corrected migration did not run")
		}
	})
}

// TestTwoAtOnce: two programs that migrate one database at the same time both
// succeed, and every file runs once.
func TestTwoAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, at string) {
		f := newFolder(t)
		f.add("initial", shop())
		f.add("more", wider("email"))
		v := f.add("count", nil, data)
		for _, d := range []string{"sqlite", "postgres"} {
			f.edit(v.String()+"."+d+".sql", func(s string) string { return s + "INSERT INTO shop_region (name) VALUES ('once');\n" })
		}
		f.accept()
		var all sync.WaitGroup
		for range 4 {
			db := storetest.Open(t, at)
			all.Go(func() {
				for _, r := range []migrate.Runner{files, direct} {
					if _, err := r.Apply(ctx, f.set(db, wider("email"))); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if n := number(t, storetest.Open(t, at), `SELECT count(*) FROM shop_region`); n != 1 {
			t.Errorf("a file ran %d times", n)
		}
	})
}

// TestTheFolderIsRefused: what was done to files behind the program's back is
// found, said all at once, and nothing runs.
func TestTheFolderIsRefused(t *testing.T) {
	first, second := "20260301130000_initial", "20260301140000_more"
	for name, test := range map[string]struct {
		change func(f *folder)
		want   []string
	}{
		"an edited file":  {func(f *folder) { f.edit(first+".sqlite.sql", func(s string) string { return s + "\n" }) }, []string{first + ".sqlite.sql was changed"}},
		"a missing file":  {func(f *folder) { must(f.t, os.Remove(filepath.Join(f.dir, first+".postgres.sql"))) }, []string{first + ".postgres.sql is missing: databases", first + ".postgres.sql is missing: every"}},
		"another dialect": {func(f *folder) { f.rename(second+".sqlite.sql", second+".mysql.sql") }, []string{`unknown dialect "mysql"`, second + ".sqlite.sql is missing"}},
		"a strange name":  {func(f *folder) { f.rename(second+".sqlite.sql", "more.sql") }, []string{"more.sql is not named like a migration"}},
		"a file more":     {func(f *folder) { f.copy(second+".sqlite.sql", "20260301150000_x.sqlite.sql") }, []string{"20260301150000_x.sqlite.sql has no checksum", "20260301150000_x.postgres.sql is missing"}},
		"half a snapshot": {func(f *folder) { f.edit("snapshot.json", func(s string) string { return s[:len(s)/2] }) }, []string{"snapshot.json is damaged", "snapshot.json was changed"}},
		"no snapshot":     {func(f *folder) { must(f.t, os.Remove(filepath.Join(f.dir, "snapshot.json"))) }, []string{"snapshot.json is missing: migrations are"}},
		"another snapshot": {func(f *folder) {
			f.edit("snapshot.json", func(s string) string { return strings.Replace(s, "shop_order", "shop_odrer", 1) })
		}, []string{"snapshot.json was changed"}},
		"a newer snapshot": {func(f *folder) {
			f.edit("snapshot.json", func(s string) string { return strings.Replace(s, `"format": 1`, `"format": 2`, 1) })
		}, []string{"it has the format 2"}},
		"no checksums": {func(f *folder) { must(f.t, os.Remove(filepath.Join(f.dir, "checksums"))) }, []string{"checksums is missing"}},
		"a line less": {func(f *folder) {
			must(f.t, os.Remove(filepath.Join(f.dir, first+".sqlite.sql")))
			must(f.t, os.Remove(filepath.Join(f.dir, first+".postgres.sql")))
			f.edit("checksums", func(s string) string {
				lines := slices.DeleteFunc(strings.SplitAfter(s, "\n"), func(l string) bool { return strings.HasPrefix(l, first) })
				return strings.Join(lines, "")
			})
		}, []string{"checksums was edited"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t)
			f.add("initial", shop())
			f.add("more", wider("email"))
			test.change(f)
			_, err := migrate.Read(os.DirFS(filepath.Dir(f.dir)), "main", "migrations/main")
			if e := (*migrate.FolderError)(nil); !errors.As(err, &e) {
				t.Fatalf("it is accepted: %v", err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got  %v\nwant %s", err, want)
				}
			}
		})
	}
}

func (f *folder) rename(from, to string) {
	must(f.t, os.Rename(filepath.Join(f.dir, from), filepath.Join(f.dir, to)))
}

func (f *folder) copy(from, to string) {
	text, err := os.ReadFile(filepath.Join(f.dir, from))
	must(f.t, err)
	must(f.t, os.WriteFile(filepath.Join(f.dir, to), text, 0o644))
}

// TestTheDatabaseIsRefused: files that are not those that the database has run.
func TestTheDatabaseIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, at string) {
		db, f := storetest.Open(t, at), newFolder(t)
		f.add("initial", shop())
		f.add("more", wider("email"))
		_, err := files.Apply(ctx, f.set(db, wider("email")))
		must(t, err)
		ran, err := f.set(db, nil).Ran(ctx)
		must(t, err)
		name := "20260301140000_more." + db.Dialect().String() + ".sql"

		f.edit(name, func(s string) string { return s + "-- later\n" })
		if _, err := migrate.Hash(f.dir, "migrations/main", ran); err == nil || !strings.Contains(err.Error(), "a database has run it") {
			t.Errorf("a file that was run can be accepted anew: %v", err)
		}
		f.accept() // on a machine that does not know the database
		_, err = files.Apply(ctx, f.set(db, wider("email")))
		if err == nil || !strings.Contains(err.Error(), name+" is not what the database has run") {
			t.Error(err)
		}
		f.edit(name, func(s string) string { return strings.TrimSuffix(s, "-- later\n") })
		f.accept()

		older := newFolder(t)
		older.add("initial", shop())
		older.at = moment("2026-03-01T12:30:00Z").Add(-time.Hour)
		_, err = files.Apply(ctx, older.set(db, shop()))
		if err == nil || !strings.Contains(err.Error(), "the database has run 20260301140000_more, which is not here") {
			t.Errorf("an older program uses a newer database: %v", err)
		}
		for _, d := range []string{"sqlite", "postgres"} {
			f.copy("20260301140000_more."+d+".sql", "20260301133000_branch."+d+".sql")
		}
		f.accept()
		_, err = files.Apply(ctx, f.set(db, wider("email")))
		if err == nil || !strings.Contains(err.Error(), "20260301133000_branch is older than 20260301140000") {
			t.Errorf("a file out of order runs: %v", err)
		}
	})
}

func TestStart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, at string) {
		db, f := storetest.Open(t, at), newFolder(t)
		var not *migrate.NotReady
		if err := files.Start(ctx, f.set(db, shop())); !errors.As(err, &not) || !not.First {
			t.Errorf("without migrations: %v", err)
		}
		f.add("initial", shop())
		must(t, files.Start(ctx, f.set(db, shop()))) // a new database is set up
		must(t, files.Start(ctx, f.set(db, shop())))
		if err := files.Start(ctx, f.set(db, wider("email"))); !errors.As(err, &not) || len(not.Ahead) != 1 || !strings.Contains(err.Error(), "appos migrate new NAME") {
			t.Errorf("declarations ahead of the files: %v", err)
		}
		f.add("more", wider("email"))
		if err := files.Start(ctx, f.set(db, wider("email"))); !errors.As(err, &not) || len(not.Pending) != 1 || !strings.Contains(err.Error(), `"appos migrate"`) {
			t.Errorf("a pending file: %v", err)
		}
		planned, err := files.DryRun(ctx, f.set(db, wider("email")))
		if err != nil || len(planned) != 1 || !strings.Contains(planned[0].SQL, "email") {
			t.Errorf("dry run: %v %v", planned, err)
		}
		if _, err := db.Exec(ctx, `SELECT email FROM shop_customer`); err == nil {
			t.Error("a refused start, or a dry run, has changed the schema")
		}
		_, err = files.Apply(ctx, f.set(db, wider("email")))
		must(t, err)
		must(t, files.Start(ctx, f.set(db, wider("email"))))
	})
}

// TestDevelopment: a database that follows the declarations, whose files arrive
// later, from its own branch and from that of a colleague.
func TestDevelopment(t *testing.T) {
	storetest.Each(t, func(t *testing.T, at string) {
		db, f := storetest.Open(t, at), newFolder(t)
		start := func(tables []store.Table) {
			t.Helper()
			must(t, direct.Start(ctx, f.set(db, tables)))
		}
		state := func(name string) string {
			st, err := f.set(db, nil).Status(ctx)
			must(t, err)
			for _, v := range st.Versions {
				if v.Name == name {
					return v.State
				}
			}
			return ""
		}
		f.add("initial", shop())
		start(shop())
		fill(t, db)
		start(wider("email")) // the developer adds a field and starts again
		exec(t, db, `UPDATE shop_customer SET email = 'kept'`)
		f.add("add_email", wider("email")) // and then writes the file
		start(wider("email"))
		if state("add_email") != "adopted" || number(t, db, `SELECT count(*) FROM shop_customer WHERE email = 'kept'`) != 3 {
			t.Error("the file was not adopted:", state("add_email"))
		}

		// the database follows a change of its own while the file of a colleague,
		// and one that fills it, arrive
		both := wider("email")
		customer(both).Columns = append(customer(both).Columns, store.Column{Name: "mine", Type: store.Int, Default: 1})
		start(both)
		theirs := wider("email")
		customer(theirs).Columns = append(customer(theirs).Columns, store.Column{Name: "theirs", Type: store.Int, Default: 2})
		f.add("theirs", theirs)
		v := f.add("fill", nil, data)
		for _, d := range []string{"sqlite", "postgres"} {
			f.edit(v.String()+"."+d+".sql", func(s string) string { return s + "UPDATE shop_customer SET theirs = theirs + 1;\n" })
		}
		f.accept()
		customer(both).Columns = append(customer(both).Columns, store.Column{Name: "theirs", Type: store.Int, Default: 2})
		start(both)
		if n := number(t, db, `SELECT count(*) FROM shop_customer WHERE mine = 1 AND theirs = 3`); n != 3 {
			t.Errorf("%d rows are right", n)
		}
		if state("theirs") != "adopted" || state("fill") != "applied" {
			t.Error(state("theirs"), state("fill"))
		}
		// what would lose data is not followed, unless it is allowed
		var refusal *migrate.Refusal
		if err := direct.Start(ctx, f.set(db, wider("email"))); !errors.As(err, &refusal) || !refusal.Loses() {
			t.Errorf("it is followed: %v", err)
		}
		allowed := direct
		allowed.AllowDrop = true
		_, err := allowed.Apply(ctx, f.set(db, theirs))
		must(t, err)
		sameAsNew(t, at, append(theirs, migrate.Ledger()...))
	})
}

// TestTriggersAndViewsSurvive: what people have put on a table stays when SQLite
// has to rebuild it.
func TestTriggersAndViewsSurvive(t *testing.T) {
	db, f := storetest.Open(t, "sqlite:"+filepath.Join(t.TempDir(), "x.db")), newFolder(t)
	f.add("initial", shop())
	must(t, files.Start(ctx, f.set(db, shop())))
	fill(t, db)
	exec(t, db, `CREATE VIEW names AS SELECT name FROM shop_customer`)
	exec(t, db, `CREATE TRIGGER noted AFTER UPDATE OF age ON shop_customer BEGIN UPDATE shop_region SET name = CASE WHEN new.age > 5 THEN 'old' ELSE 'young' END; END`)
	exec(t, db, `UPDATE sqlite_sequence SET seq = 900 WHERE name = 'shop_customer'`)
	after := shop()
	col(customer(after), "weight").Type = store.DecimalOf(1)
	f.add("rebuild", after, func(o *migrate.NewOptions) { o.AllowDrop = true })
	_, err := files.Apply(ctx, f.set(db, after))
	must(t, err)
	exec(t, db, `UPDATE shop_customer SET age = 10`)
	if n := number(t, db, `SELECT count(*) FROM names`) + number(t, db, `SELECT count(*) FROM shop_region WHERE name = 'old'`); n != 4 {
		t.Error("the view or the trigger is gone")
	}
	if n := number(t, db, `SELECT count(*) FROM shop_order`); n != 2 {
		t.Error("a rebuild deleted the rows that reference it")
	}
	exec(t, db, `INSERT INTO shop_customer (name) VALUES ('Dan')`)
	if n := number(t, db, `SELECT max(id) FROM shop_customer`); n != 901 {
		t.Errorf("the next id is %d", n)
	}
}

// TestHashLooksThrough: what cannot be run is not accepted.
func TestHashLooksThrough(t *testing.T) {
	f := newFolder(t)
	v := f.add("initial", shop())
	for text, want := range map[string]string{
		"\nCOMMIT;\n":            "COMMIT cannot be used: every file is one transaction",
		"\nPRAGMA x;\nVACUUM;\n": "VACUUM cannot be used",
		"\nSELECT 'open;\n":      "cannot be split into statements",
	} {
		name := v.String() + ".sqlite.sql"
		before, err := os.ReadFile(filepath.Join(f.dir, name))
		must(t, err)
		f.edit(name, func(s string) string { return s + text })
		if _, err := migrate.Hash(f.dir, "migrations/main", nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
		must(t, os.WriteFile(filepath.Join(f.dir, name), before, 0o644))
	}
	if changed, err := migrate.Hash(f.dir, "migrations/main", nil); err != nil || len(changed) > 0 {
		t.Error(changed, err)
	}
}

func TestNew(t *testing.T) {
	f := newFolder(t)
	same := func(o *migrate.NewOptions) { o.Now = moment("2026-03-01T13:00:00Z") }
	f.add("initial", shop(), same)
	if v := f.add("in the same second", wider("email"), same); v.ID != "20260301130001" || v.Name != "in_the_same_second" {
		t.Error(v)
	}
	if _, _, err := migrate.New(f.dir, f.read(), "nothing", wider("email"), migrate.NewOptions{Now: f.at}); !errors.Is(err, migrate.ErrNothing) {
		t.Error(err)
	}
	for _, name := range []string{"", "../x", "ä", "_x", strings.Repeat("x", 81)} {
		if _, _, err := migrate.New(f.dir, f.read(), name, shop(), migrate.NewOptions{Now: f.at}); err == nil || !strings.Contains(err.Error(), "cannot be named") {
			t.Errorf("%q: %v", name, err)
		}
	}
	// version control that changes the ends of lines changes nothing
	entries, err := os.ReadDir(f.dir)
	must(t, err)
	for _, e := range entries {
		f.edit(e.Name(), func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") })
	}
	f.read()
}
