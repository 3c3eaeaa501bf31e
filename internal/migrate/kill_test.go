package migrate_test

import (
	"encoding/json"
	"fmt"
	"os"
	osexec "os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
)

// killed is the variable that makes this test program one that migrates and is
// killed at a statement.
const killed = "APPOS_TEST_MIGRATE_KILLED"

type victim struct {
	URL, Dir string
	At       int // the statement before which it is killed; -1 is never
}

func TestMain(m *testing.M) {
	if text := os.Getenv(killed); text != "" {
		if err := migrateAndDie([]byte(text)); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func migrateAndDie(text []byte) error {
	var v victim
	if err := json.Unmarshal(text, &v); err != nil {
		return err
	}
	migrate.BeforeStatement(func(n int) {
		if n == v.At {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // until it is dead
		}
	})
	db, err := store.Open(ctx, v.URL, store.Options{})
	if err != nil {
		return err
	}
	f, err := migrate.Read(os.DirFS(v.Dir), "main", "migrations/main")
	if err != nil {
		return err
	}
	_, err = files.Apply(ctx, migrate.Set{Name: "main", DB: db, Folder: f, Tables: f.Snapshot})
	return err
}

// run runs a program that migrates, and says whether it was killed.
func (v victim) run(t *testing.T) bool {
	t.Helper()
	text, err := json.Marshal(v)
	must(t, err)
	c := osexec.Command(os.Args[0], "-test.run=^$")
	c.Env = append(os.Environ(), killed+"="+string(text))
	out, err := c.CombinedOutput()
	if err == nil {
		return false
	}
	if status, ok := c.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
		t.Fatalf("it failed, and was not killed: %v\n%s", err, out)
	}
	return true
}

// TestKilledAtEveryStatement: a program is killed before every statement of a
// migration that renames, converts, rebuilds and indexes. The database is the old
// one each time, and the next program finishes.
func TestKilledAtEveryStatement(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a program per statement")
	}
	storetest.Each(t, func(t *testing.T, at string) {
		db, f := storetest.Open(t, at), newFolder(t)
		f.add("initial", shop())
		must(t, files.Start(ctx, f.set(db, shop())))
		fill(t, db)
		after := shop()
		customer(after).Name, customer(after).Was = "shop_client", "shop_customer"
		after[2].Columns[1].References = "shop_client"
		c := col(customer(after), "note")
		c.Name, c.Was = "remark", "note"
		customer(after).Search = []string{"name", "remark"}
		col(customer(after), "credit").Type = store.DecimalOf(3)
		col(customer(after), "credit").Default = nil
		customer(after).Checks = nil
		customer(after).Columns = append(customer(after).Columns, store.Column{Name: "boss_id", Type: store.Int, Null: true, References: "shop_client"})
		f.add("everything", after)

		v := victim{URL: at, Dir: strings.TrimSuffix(f.dir, "/main")}
		kills := 0
		for ; ; v.At++ {
			if !v.run(t) {
				break
			}
			kills++
			pending, err := f.set(db, after).Check(ctx)
			if err != nil || len(pending) != 1 {
				t.Fatalf("killed before statement %d: pending %v, %v", v.At, pending, err)
			}
			if n := number(t, db, `SELECT count(*) FROM shop_customer WHERE note IS NOT NULL`) + number(t, db, `SELECT count(*) FROM shop_order`); n != 5 {
				t.Fatalf("killed before statement %d: %d rows", v.At, n)
			}
			if got := reads(t, db, shop(), "search engine"); got != "1" {
				t.Fatalf("killed before statement %d: found %s", v.At, got)
			}
		}
		if kills < 10 {
			t.Errorf("killed %d times only", kills)
		}
		t.Logf("killed %d times", kills)
		if n := number(t, db, `SELECT count(*) FROM shop_client c JOIN shop_order o ON o.customer_id = c.id WHERE remark IS NOT NULL`); n != 2 {
			t.Errorf("%d orders have their client", n)
		}
		if got := reads(t, db, after, "search engine"); got != "1" {
			t.Errorf("found %s", got)
		}
		sameAsNew(t, at, append(after, migrate.Ledger()...))
	})
}
