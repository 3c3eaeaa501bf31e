package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
)

var ctx = context.Background()

func open(t testing.TB, url string) store.DB {
	t.Helper()
	db, err := store.Open(ctx, url, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestSQLiteFile(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.DB {
		return open(t, "sqlite:"+filepath.Join(t.TempDir(), "a folder", "100%?#.db"))
	})
}

func TestSQLiteMemory(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.DB { return open(t, "sqlite::memory:") })
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]store.ErrorKind{
		"":                                   store.Invalid,
		"appos.db":                           store.Invalid,
		"mysql://x":                          store.Invalid,
		"postgres://u:secret@127.0.0.1:1/n":  store.Gone,
		"postgres://u:secret%zz@h":           store.Invalid,
		"postgres://u:secret@h?sslmode=sure": store.Invalid,
		"postgres://u:sec ret@h:port/n":      store.Invalid,
		"sqlite:":                            store.Invalid,
		"sqlite:" + dir:                      store.Gone,
		"sqlite:" + garbage:                  store.Corrupt,
		"sqlite:" + filepath.Join(garbage, "below.db"): store.Gone,
	} {
		_, err := store.Open(ctx, url, store.Options{})
		if kind, _ := store.KindOf(err); err == nil || kind != want || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v, want %q", url, err, want)
		}
	}
}

func TestFileIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := open(t, "sqlite:"+path)
	if err := migrate.Create(ctx, db, counter); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal"} {
		if i, err := os.Stat(path + suffix); err != nil || i.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", suffix, i.Mode(), err)
		}
	}
}

var counter = store.Table{Name: "counter", Columns: []store.Column{{Name: "id", Type: store.Int, Serial: true}, {Name: "n", Type: store.Int}}}

// Two nodes on one file write at the same time and none sees that it is busy.
func TestTwoNodes(t *testing.T) {
	url := "sqlite:" + filepath.Join(t.TempDir(), "shared.db")
	var all sync.WaitGroup
	for node := range 3 {
		all.Go(func() {
			db, err := store.Open(ctx, url, store.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			defer db.Close()
			if err := migrate.Create(ctx, db, counter); err != nil {
				t.Error(err)
			}
			for i := range 60 {
				if _, err := db.Exec(ctx, `INSERT INTO counter (n) VALUES (?)`, node); err != nil {
					t.Error(err)
				}
				if err := db.Tx(ctx, func(ctx context.Context) error {
					var n int
					if err := db.QueryRow(ctx, []any{&n}, `SELECT count(*) FROM counter`); err != nil {
						return err
					}
					_, err := db.Exec(ctx, `INSERT INTO counter (n) VALUES (?)`, n+i)
					return err
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	var n int
	if err := open(t, url).QueryRow(ctx, []any{&n}, `SELECT count(*) FROM counter`); err != nil || n != 360 {
		t.Errorf("%d rows of 360, %v", n, err)
	}
}

func TestFullDisk(t *testing.T) {
	db := open(t, "sqlite::memory:")
	if err := migrate.Create(ctx, db, store.Table{Name: "blob", Columns: []store.Column{{Name: "id", Type: store.Int, Serial: true}, {Name: "b", Type: store.Bytes}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(ctx, `PRAGMA max_page_count = 20`); err != nil {
		t.Fatal(err)
	}
	err := db.Tx(ctx, func(ctx context.Context) error {
		for range 100 {
			if _, err := db.Exec(ctx, `INSERT INTO blob (b) VALUES (?)`, make([]byte, 4096)); err != nil {
				return err
			}
		}
		return nil
	})
	if !errors.Is(err, &store.Error{Kind: store.Full}) {
		t.Errorf("error %v", err)
	}
	var n int
	if err := db.QueryRow(ctx, []any{&n}, `SELECT count(*) FROM blob`); err != nil || n != 0 {
		t.Errorf("%d rows stored, %v", n, err)
	}
	if _, err := db.Exec(ctx, `INSERT INTO blob (b) VALUES (?)`, []byte("small")); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestStatementsAreKept(t *testing.T) {
	db := open(t, "sqlite::memory:")
	if err := migrate.Create(ctx, db, counter); err != nil {
		t.Fatal(err)
	}
	run := func() {
		if _, err := db.Exec(ctx, `INSERT INTO counter (n) VALUES (?)`, 1); err != nil {
			t.Fatal(err)
		}
		if err := db.QueryRow(ctx, []any{new(int)}, `SELECT count(*) FROM counter`); err != nil {
			t.Fatal(err)
		}
	}
	run()
	before := db.Stats().Prepared
	for range 10 {
		run()
	}
	if n := db.Stats().Prepared - before; n != 0 {
		t.Errorf("%d statements were compiled again", n)
	}
	// more than are kept, from several goroutines
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for i := range 700 {
				var n int
				if err := db.QueryRow(ctx, []any{&n}, fmt.Sprintf(`SELECT %d + count(*) FROM counter WHERE n < 0`, i)); err != nil || n != i {
					t.Error(g, i, n, err)
				}
			}
		})
	}
	all.Wait()
}

func TestMemoryIsRemoved(t *testing.T) {
	first, second := open(t, "sqlite::memory:"), open(t, "sqlite::memory:")
	if err := migrate.Create(ctx, first, counter); err != nil {
		t.Fatal(err)
	}
	if err := second.QueryRow(ctx, []any{new(int)}, `SELECT count(*) FROM counter`); err == nil {
		t.Error("two private databases share a table")
	}
}

func ExampleDB_tx() {
	db, err := store.Open(ctx, "sqlite::memory:", store.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	if err := migrate.Create(ctx, db, counter); err != nil {
		fmt.Println(err)
	}
	err = db.Tx(ctx, func(ctx context.Context) error {
		if _, err := db.Exec(ctx, `INSERT INTO counter (n) VALUES (?)`, 7); err != nil {
			return err
		}
		return errors.New("changed my mind")
	})
	var n int
	if err := db.QueryRow(ctx, []any{&n}, `SELECT count(*) FROM counter`); err != nil {
		fmt.Println(err)
	}
	fmt.Println(err, n)
	// Output: changed my mind 0
}
