package main_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// keyed sends a request with an idempotency key, from any goroutine.
func (c *client) keyed(method, path, body, key string) (status int, answer []byte, err error) {
	req, err := http.NewRequest(method, c.n.URL+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Idempotency-Key", key)
	resp, err := connections.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(resp.Body)
	return resp.StatusCode, answer, err
}

// TestKilledWhileRepeating: after kill -9, requests that are sent again with their
// keys are answered as before where they were answered, and done once where they
// were not.
func TestKilledWhileRepeating(t *testing.T) {
	n := start(t, t.TempDir(), "--no-seed")
	ana := n.As("ana")
	const clients, enough = 6, 200
	type sent struct{ key, body, answer string }
	var acknowledged atomic.Int64
	f := &faults{t: t}
	all := make([][]*sent, clients)
	killed := make(chan struct{})
	var wg sync.WaitGroup
	for i := range clients {
		wg.Go(func() {
			for k := 0; ; k++ {
				s := &sent{key: fmt.Sprintf("key %d of client %d", k, i), body: fmt.Sprintf(`{"code":"R%d-%d","name":"Repeated"}`, i, k)}
				all[i] = append(all[i], s)
				status, answer, err := ana.keyed("POST", "/api/crm/customers", s.body, s.key)
				if err != nil {
					<-killed // it may fail for no other reason
					return
				}
				if err := expect(http.StatusCreated, "create", status, answer, nil); err != nil {
					f.note(err)
					return
				}
				s.answer = string(answer)
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
	again := start(t, n.Dir)
	ana = again.As("ana")
	unanswered := 0
	total := 0
	for _, list := range all {
		for _, s := range list {
			total++
			status, answer, err := ana.keyed("POST", "/api/crm/customers", s.body, s.key)
			if err := expect(http.StatusCreated, "create again", status, answer, err); err != nil {
				t.Fatal(err)
			}
			if s.answer == "" {
				unanswered++
			} else if string(answer) != s.answer {
				t.Errorf("%s was answered %s, and then %s", s.key, s.answer, answer)
			}
			var row struct{ ID int64 }
			if err := json.Unmarshal(answer, &row); err != nil || row.ID == 0 {
				t.Errorf("%s: %s", s.key, answer)
			}
		}
	}
	if rows := ana.total("/api/crm/customers?count=true"); rows != total {
		t.Errorf("%d rows of %d requests", rows, total)
	}
	t.Logf("%d requests, %d of them without an answer", total, unanswered)
}
