package main_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// receiver is a system that is told of changes. While it is held it takes none.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	key   string
	tries int
	rows  map[int64]map[string]bool // the events of a row, by their ids
	bad   []string
	hold  chan struct{}
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{rows: map[int64]map[string]bool{}, hold: make(chan struct{})}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	r.mu.Lock()
	r.tries++
	r.mu.Unlock()
	select {
	case <-r.hold:
	case <-req.Context().Done():
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var said struct {
		EventID string `json:"event_id"`
		Type    string `json:"type"`
		ID      int64  `json:"id"`
	}
	verify, err := standardwebhooks.NewWebhook(r.key)
	if err == nil {
		err = verify.Verify(body, req.Header)
	}
	if err == nil {
		err = json.Unmarshal(body, &said)
	}
	if err != nil || said.Type != "crm.customer.created" || said.EventID != req.Header.Get("Webhook-Id") {
		r.bad = append(r.bad, fmt.Sprintf("%s: %v", body, err))
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if r.rows[said.ID] == nil {
		r.rows[said.ID] = map[string]bool{}
	}
	r.rows[said.ID][said.EventID] = true
}

func (r *receiver) count() (tries, rows int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tries, len(r.rows)
}

// TestKilledBeforeDelivery: what was changed is told, also when the process is
// killed after the change, and when it is killed while it tells.
func TestKilledBeforeDelivery(t *testing.T) {
	to := newReceiver(t)
	dir := t.TempDir()
	work := func(enabled bool) string {
		dir := t.TempDir()
		text := fmt.Sprintf("webhooks:\n  allow: [127.0.0.0/8]\nworkers:\n  enabled: %t\n  dead_after: 1s\n", enabled)
		if err := os.WriteFile(filepath.Join(dir, "appos.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	n := startIn(t, work(false), dir, nil, "--no-seed") // it tells nobody
	admin := n.SignIn("admin")
	admin.page("/admin/webhooks/new")
	status, _, answer := admin.do("POST", "/admin/webhooks/new", url.Values{"_submit": {"1"}, "name": {"ERP"}, "target": {to.URL}, "account": {"ana"},
		"on_created": {"on"}, "record_crm.records.customer": {"on"}})
	to.key = regexp.MustCompile(`whsec_[0-9A-Za-z+/=]+`).FindString(answer)
	if status != http.StatusOK || to.key == "" {
		t.Fatalf("the webhook was not made: %d", status)
	}
	ana := n.As("ana")
	const rows = 12
	ids := map[int64]bool{}
	for i := range rows {
		var made struct{ ID int64 }
		ana.must(http.StatusCreated, "POST", "/api/crm/customers", map[string]any{"code": fmt.Sprintf("W%d", i), "name": "Somebody"}, &made)
		ids[made.ID] = true
	}
	n.Kill()

	n = startIn(t, work(true), dir, nil, "--no-seed")
	n.eventually("it tells", func() bool { tries, _ := to.count(); return tries > 0 })
	n.Kill()
	if _, told := to.count(); told != 0 {
		t.Fatalf("%d were taken too early", told)
	}
	close(to.hold)

	n = startIn(t, work(true), dir, nil, "--no-seed")
	n.eventually("all are told", func() bool { _, told := to.count(); return told == rows })
	to.mu.Lock()
	defer to.mu.Unlock()
	for id, events := range to.rows {
		if !ids[id] || len(events) != 1 {
			t.Errorf("customer %d has %d events", id, len(events))
		}
	}
	if len(to.bad) > 0 {
		t.Errorf("not as it should be: %s", to.bad[0])
	}
}
