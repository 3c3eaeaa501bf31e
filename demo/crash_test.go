package main_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/store"
)

// A written is what a client was told that a customer is.
type written struct {
	ID            int64
	Code, Name    string
	City          string
	Version       int64
	UncertainCity string // of the change whose answer the crash cut off
}

// TestKilledWhileWriting: whatever was acknowledged before kill -9 is there
// afterwards with its audit rows, and nothing is there by half.
func TestKilledWhileWriting(t *testing.T) {
	n := start(t, t.TempDir(), "--no-seed")
	ana := n.As("ana")
	const clients, enough = 6, 400
	var acknowledged atomic.Int64
	var wg sync.WaitGroup
	f := &faults{t: t}
	all := make([][]*written, clients)
	killed := make(chan struct{})
	for i := range clients {
		wg.Go(func() {
			for k := 0; ; k++ {
				w := &written{}
				status, answer, err := ana.try("POST", "/api/crm/customers", fmt.Sprintf(`{"code":"K%d-%d","name":"Customer %d of client %d"}`, i, k, k, i))
				if err != nil {
					<-killed // it may fail for no other reason
					return
				}
				if err := expect(http.StatusCreated, "create", status, answer, nil); err != nil {
					f.note(err)
					return
				}
				if err := json.Unmarshal(answer, w); err != nil {
					f.note(err)
					return
				}
				all[i] = append(all[i], w)
				acknowledged.Add(1)
				if k%2 == 0 {
					continue
				}
				city := fmt.Sprintf("City %d", k)
				status, answer, err = ana.try("PATCH", fmt.Sprintf("/api/crm/customers/%d", w.ID), fmt.Sprintf(`{"city":%q}`, city))
				if err != nil {
					w.UncertainCity = city
					<-killed
					return
				}
				if err := expect(http.StatusOK, "change", status, answer, nil); err != nil {
					f.note(err)
					return
				}
				f.note(json.Unmarshal(answer, w))
				acknowledged.Add(1)
			}
		})
	}
	n.eventually("clients write", func() bool { return f.some() || acknowledged.Load() >= enough })
	n.Kill()
	close(killed)
	wg.Wait()
	if t.Failed() {
		return
	}
	t.Logf("%d changes were acknowledged", acknowledged.Load())
	auditedAsWritten(t, n.Database)

	again := start(t, n.Dir) // it would seed a new database
	cora := again.As("cora")
	lost := 0
	for _, ws := range all {
		for _, w := range ws {
			var got written
			cora.must(http.StatusOK, "GET", fmt.Sprintf("/api/crm/customers/%d", w.ID), nil, &got)
			same := got.Code == w.Code && got.Name == w.Name && got.Version == w.Version && got.City == w.City
			late := w.UncertainCity != "" && got.Version == w.Version+1 && got.City == w.UncertainCity
			if !same && !late {
				lost++
				t.Errorf("customer %d is %+v, want %+v", w.ID, got, *w)
			}
		}
	}
	rows := cora.total("/api/crm/customers?count=true")
	least := 0
	for _, ws := range all {
		least += len(ws)
	}
	if rows < least || rows > least+clients {
		t.Errorf("there are %d customers; %d were acknowledged and %d on their way", rows, least, clients)
	}
	if orders := cora.total("/api/crm/orders?count=true"); orders != 0 {
		t.Errorf("the restart seeded %d orders", orders)
	}
	cora.must(http.StatusCreated, "POST", "/api/crm/customers", map[string]any{"code": "after", "name": "After"}, nil)
}

// auditedAsWritten checks the database of a process that is gone: every version of
// every customer has audit rows, from one execution, and none is of a row that
// is not there.
func auditedAsWritten(t *testing.T, url string) {
	t.Helper()
	ctx := context.Background()
	db, err := store.Open(ctx, url, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for what, query := range map[string]string{
		"rows whose audit is not complete": `SELECT COUNT(*) FROM crm_customer c WHERE c.version <>
			(SELECT COUNT(DISTINCT a.execution_id) FROM crm_customer_audit_log a WHERE a.record_id = c.id)`,
		"rows without an audit of their creation": `SELECT COUNT(*) FROM crm_customer c WHERE 1 <>
			(SELECT COUNT(DISTINCT a.execution_id) FROM crm_customer_audit_log a WHERE a.record_id = c.id AND a.operation = 'create')`,
		"audits without a row": `SELECT COUNT(*) FROM crm_customer_audit_log a WHERE NOT EXISTS (SELECT 1 FROM crm_customer c WHERE c.id = a.record_id)`,
		"changed rows whose audit says otherwise": `SELECT COUNT(*) FROM crm_customer c WHERE c.city <> '' AND NOT EXISTS
			(SELECT 1 FROM crm_customer_audit_log a WHERE a.record_id = c.id AND a.field = 'city' AND a.new_value = c.city)`,
	} {
		var n int64
		if err := db.QueryRow(ctx, []any{&n}, query); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if n > 0 {
			t.Errorf("%d %s", n, what)
		}
	}
	if db.Dialect() != store.SQLite {
		return
	}
	var sound string
	if err := db.QueryRow(ctx, []any{&sound}, `SELECT * FROM pragma_integrity_check`); err != nil || sound != "ok" {
		t.Errorf("the database is %q, %v", sound, err)
	}
}

// TestKilledDuringFirstStart: a first start that was cut off, wherever it was, is
// brought to its end by the next.
func TestKilledDuringFirstStart(t *testing.T) {
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	moments := []time.Duration{60, 180, 300, 420}
	if testing.Short() {
		moments = moments[1:2]
	}
	for _, after := range moments {
		after *= time.Millisecond
		t.Run(after.String(), func(t *testing.T) {
			dir := t.TempDir()
			database := databaseOf(t, dir, nil)
			cmd := exec.Command(path, "run", "--addr", "127.0.0.1:0", "--data", dir)
			cmd.Dir = t.TempDir()
			cmd.Env = append(os.Environ(), "APPOS_ADMIN_PASSWORD="+adminPassword, "APPOS_DEMO_PASSWORD="+demoPassword, "APPOS_DATABASE_URL="+database)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(after) // any moment will do
			_ = cmd.Process.Kill()
			_ = cmd.Wait()

			n := start(t, dir)
			for _, user := range []string{"ana", "sam", "fin", "partner", "admin"} {
				n.As(user)
			}
			cora := n.As("cora")
			for path, want := range map[string]int{"customers": 500, "orders": 2000} {
				if got := cora.total("/api/crm/" + path + "?count=true"); got != want {
					t.Errorf("%d %s, want %d", got, path, want)
				}
			}
		})
	}
}
