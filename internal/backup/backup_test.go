package backup_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/backup"
	"github.com/apposengine/appos/internal/store"
)

var ctx = context.Background()

// accounts is a database whose rows sum up to nothing, whatever is moved between
// them.
func accounts(t *testing.T, url string) store.DB {
	t.Helper()
	db, err := store.Open(ctx, url, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	for _, text := range []string{
		`CREATE TABLE account (id BIGINT PRIMARY KEY, balance BIGINT NOT NULL)`,
		`CREATE TABLE move (id BIGINT PRIMARY KEY, account_id BIGINT NOT NULL REFERENCES account (id))`,
		`INSERT INTO account VALUES (1, 0), (2, 0)`,
	} {
		if _, err := db.Exec(ctx, text); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

func move(ctx context.Context, db store.DB, n int64) error {
	return db.Tx(ctx, func(ctx context.Context) error {
		_, err := db.Exec(ctx, `UPDATE account SET balance = balance - ? WHERE id = 1`, n)
		if err == nil {
			_, err = db.Exec(ctx, `UPDATE account SET balance = balance + ? WHERE id = 2`, n)
		}
		if err == nil {
			_, err = db.Exec(ctx, `INSERT INTO move VALUES (?, 1)`, n)
		}
		return err
	})
}

func sums(t *testing.T, db store.DB) (balance, moves int64) {
	t.Helper()
	if err := db.QueryRow(ctx, []any{&balance, &moves}, `SELECT (SELECT CAST(sum(balance) AS BIGINT) FROM account), (SELECT count(*) FROM move)`); err != nil {
		t.Fatal(err)
	}
	return balance, moves
}

func TestTakenWhileOthersWrite(t *testing.T) {
	each(t, func(t *testing.T, fresh func() string) {
		dir, url := t.TempDir(), fresh()
		db := accounts(t, url)
		writing, stop := context.WithCancel(ctx)
		defer stop()
		var wg sync.WaitGroup
		var written int64
		begun := make(chan struct{})
		wg.Go(func() {
			for n := int64(1); writing.Err() == nil; n++ {
				if err := move(ctx, db, n); err != nil {
					t.Error(err)
					return
				}
				if written = n; n == 50 {
					close(begun)
				}
			}
		})
		<-begun
		path := filepath.Join(dir, "one.tar.gz")
		m, err := backup.Take(ctx, path, backup.Options{Databases: []backup.Target{{Name: "main", URL: url}}, Version: "v1", Environment: "test"})
		stop()
		wg.Wait()
		if err != nil {
			t.Fatal(err)
		}
		if n := m.Databases[0].Tables["move"]; n < 50 || n > written {
			t.Errorf("the copy has %d moves; 50 to %d were made", n, written)
		}
		if verified, err := backup.Verify(ctx, path, nil); err != nil || verified.Databases[0].SHA256 != m.Databases[0].SHA256 {
			t.Errorf("verify: %v", err)
		}
		to := fresh()
		if _, err := backup.Restore(ctx, path, backup.RestoreOptions{Databases: []backup.Target{{Name: "main", URL: to}}}); err != nil {
			t.Fatal(err)
		}
		back, err := store.Open(ctx, to, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer back.Close()
		if balance, moves := sums(t, back); balance != 0 || moves != m.Databases[0].Tables["move"] {
			t.Errorf("restored: sum %d, %d moves; want 0 and %d", balance, moves, m.Databases[0].Tables["move"])
		}
		if left, err := filepath.Glob(filepath.Join(dir, ".appos-*")); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v %v", left, err)
		}
	})
}

func TestRestoreKeepsWhatIsThere(t *testing.T) {
	each(t, func(t *testing.T, fresh func() string) {
		url := fresh()
		db := accounts(t, url)
		if err := move(ctx, db, 1); err != nil {
			t.Fatal(err)
		}
		target := []backup.Target{{Name: "main", URL: url}}
		path := filepath.Join(t.TempDir(), "one.tar.gz")
		if _, err := backup.Take(ctx, path, backup.Options{Databases: target}); err != nil {
			t.Fatal(err)
		}
		if err := move(ctx, db, 2); err != nil {
			t.Fatal(err)
		}
		_, err := backup.Restore(ctx, path, backup.RestoreOptions{Databases: target})
		wants(t, err, "--replace")
		_, err = backup.Restore(ctx, path, backup.RestoreOptions{Databases: target, Replace: true})
		wants(t, err, "in use", "stop the server")
		if _, moves := sums(t, db); moves != 2 {
			t.Errorf("a refused restore left %d moves", moves)
		}
		db.Close()
		at := time.Date(2026, 1, 31, 4, 5, 6, 0, time.UTC)
		r, err := backup.Restore(ctx, path, backup.RestoreOptions{Databases: target, Replace: true, Now: func() time.Time { return at }})
		if err != nil {
			t.Fatal(err)
		}
		if file, ok := strings.CutPrefix(url, "sqlite:"); ok {
			aside := file + ".replaced-20260131T040506Z"
			if len(r.Aside) != 1 || r.Aside[0] != aside {
				t.Errorf("aside %v", r.Aside)
			}
			old, err := store.Open(ctx, "sqlite:"+aside, store.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer old.Close()
			if _, moves := sums(t, old); moves != 2 {
				t.Errorf("what was put aside has %d moves", moves)
			}
		}
		back, err := store.Open(ctx, url, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer back.Close()
		if _, moves := sums(t, back); moves != 1 {
			t.Errorf("restored %d moves", moves)
		}
	})
}

func TestDamagedBackupsAreRefusedAndTouchNothing(t *testing.T) {
	each(t, func(t *testing.T, fresh func() string) {
		from := fresh()
		db := accounts(t, from)
		for n := range int64(200) {
			if err := move(ctx, db, n+1); err != nil {
				t.Fatal(err)
			}
		}
		whole := filepath.Join(t.TempDir(), "whole.tar.gz")
		if _, err := backup.Take(ctx, whole, backup.Options{Databases: []backup.Target{{Name: "main", URL: from}}}); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(whole)
		if err != nil {
			t.Fatal(err)
		}
		for name, damage := range map[string]func([]byte) []byte{
			"cut off":    func(b []byte) []byte { return b[:len(b)/2] },
			"cut at end": func(b []byte) []byte { return b[:len(b)-20] },
			"one bit":    func(b []byte) []byte { b[len(b)*2/3] ^= 4; return b },
			"empty":      func([]byte) []byte { return nil },
			"other file": func([]byte) []byte { return []byte("name,amount\nann,1\n") },
		} {
			t.Run(name, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "damaged.tar.gz")
				if err := os.WriteFile(path, damage(append([]byte(nil), text...)), 0o600); err != nil {
					t.Fatal(err)
				}
				if _, err := backup.Verify(ctx, path, nil); err == nil {
					t.Error("verified")
				}
				url := fresh()
				if _, err := backup.Restore(ctx, path, backup.RestoreOptions{Databases: []backup.Target{{Name: "main", URL: url}}}); err == nil {
					t.Fatal("restored")
				}
				if file, ok := strings.CutPrefix(url, "sqlite:"); ok {
					if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
						t.Errorf("a file was made: %v", err)
					}
				}
			})
		}
	})
}

func TestTakeRefuses(t *testing.T) {
	url := "sqlite:" + filepath.Join(t.TempDir(), "a.db")
	accounts(t, url)
	existing := filepath.Join(t.TempDir(), "there.tar.gz")
	if err := os.WriteFile(existing, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := backup.Take(ctx, existing, backup.Options{Databases: []backup.Target{{Name: "main", URL: url}}})
	wants(t, err, "exists")
	if text, err := os.ReadFile(existing); err != nil || string(text) != "kept" {
		t.Errorf("the file is now %q", text)
	}
	for bad, want := range map[string]string{
		"sqlite::memory:":      "in memory",
		"mysql://x":            "scheme",
		"sqlite:/nowhere/a.db": "cannot be read",
		"postgres://u:hunter2@127.0.0.1:1/x?connect_timeout=2": "cannot be reached",
	} {
		path := filepath.Join(t.TempDir(), "b.tar.gz")
		_, err := backup.Take(ctx, path, backup.Options{Databases: []backup.Target{{Name: "main", URL: bad}}})
		wants(t, err, want)
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error tells the password: %v", err)
		}
		if _, err := os.Stat(path); err == nil {
			t.Error("a backup was left")
		}
	}
}

func TestFolders(t *testing.T) {
	url := "sqlite:" + filepath.Join(t.TempDir(), "a.db")
	accounts(t, url)
	docs := filepath.Join(t.TempDir(), "documents")
	if err := os.MkdirAll(filepath.Join(docs, "a", "b"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(docs, "a", "b", "ünïcode name.pdf"), []byte("%PDF"), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.tar.gz")
	folders := []backup.Folder{{Name: "documents", Path: docs}, {Name: "none", Path: filepath.Join(docs, "..", "missing")}}
	if _, err := backup.Take(ctx, path, backup.Options{Databases: []backup.Target{{Name: "main", URL: url}}, Folders: folders}); err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	o := backup.RestoreOptions{
		Databases: []backup.Target{{Name: "main", URL: "sqlite:" + filepath.Join(to, "a.db")}},
		Folders:   []backup.Folder{{Name: "documents", Path: filepath.Join(to, "documents")}},
	}
	if _, err := backup.Restore(ctx, path, o); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(to, "documents", "a", "b", "ünïcode name.pdf")); err != nil || string(text) != "%PDF" {
		t.Errorf("%q, %v", text, err)
	}
	o.Databases[0].URL = "sqlite:" + filepath.Join(to, "b.db")
	_, err := backup.Restore(ctx, path, o)
	wants(t, err, "not empty", "--replace")
}

func TestRestoreOntoAnotherKindOfDatabase(t *testing.T) {
	url := "sqlite:" + filepath.Join(t.TempDir(), "a.db")
	accounts(t, url)
	path := filepath.Join(t.TempDir(), "x.tar.gz")
	if _, err := backup.Take(ctx, path, backup.Options{Databases: []backup.Target{{Name: "main", URL: url}}}); err != nil {
		t.Fatal(err)
	}
	_, err := backup.Restore(ctx, path, backup.RestoreOptions{Databases: []backup.Target{{Name: "main", URL: "postgres://127.0.0.1:1/x"}}})
	wants(t, err, "sqlite", "postgres", "export")
	_, err = backup.Restore(ctx, path, backup.RestoreOptions{Databases: []backup.Target{{Name: "other", URL: url}}})
	wants(t, err, `"main"`, "does not have")
}

func wants(t *testing.T, err error, texts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want one with %q", texts)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("the error is %q; it does not say %q", err, text)
		}
	}
}
