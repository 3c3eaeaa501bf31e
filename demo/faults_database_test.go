package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/apposengine/appos/internal/store/storetest"
)

// writers create customers until stop, and note what was answered.
type writers struct {
	mu       sync.Mutex
	created  map[string]bool // codes that were acknowledged
	statuses map[int]int
	n        atomic.Int64
	wg       sync.WaitGroup
	stop     atomic.Bool
}

func writeTo(c *client, size int) *writers {
	w := &writers{created: map[string]bool{}, statuses: map[int]int{}}
	for i := range 4 {
		w.wg.Go(func() {
			for k := 0; !w.stop.Load(); k++ {
				code := fmt.Sprintf("W%d-%d", i, k)
				status, _, err := c.try("POST", "/api/crm/customers", fmt.Sprintf(`{"code":%q,"name":"Writer %s"}`, code, strings.Repeat("x", size)))
				if err != nil {
					status = -1
				}
				w.mu.Lock()
				w.statuses[status]++
				if status == http.StatusCreated {
					w.created[code] = true
					w.n.Add(1)
				}
				w.mu.Unlock()
			}
		})
	}
	return w
}

// answered is how many requests had the status so far.
func (w *writers) answered(status int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.statuses[status]
}

// end stops, and holds the database to what was acknowledged.
func (w *writers) end(t *testing.T, n *node, may ...int) {
	t.Helper()
	w.stop.Store(true)
	w.wg.Wait()
	known := map[int]bool{http.StatusCreated: true}
	for _, s := range may {
		known[s] = true
	}
	for status, times := range w.statuses {
		if !known[status] {
			t.Errorf("%d answers were %d", times, status)
		}
	}
	cora := n.As("cora")
	have := map[string]bool{}
	for _, c := range all[written](cora, "/api/crm/customers?limit=200") {
		have[c.Code] = true
	}
	for code := range w.created {
		if !have[code] {
			t.Errorf("customer %s was acknowledged, and is lost", code)
		}
	}
	t.Logf("%d customers were acknowledged; answers %v", len(w.created), w.statuses)
}

// TestDatabaseServerKilled: PostgreSQL is killed under requests. They are told
// that it does not answer and when to ask again, and as soon as it is back
// everything goes on, without a restart, with all that was acknowledged.
func TestDatabaseServerKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("needs PostgreSQL")
	}
	anyDatabase(t)
	server, err := storetest.StartCluster()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	n := startEnv(t, t.TempDir(), []string{"APPOS_DATABASE_URL=" + server.URL}, "--no-seed")
	ana := n.As("ana")
	page := n.SignIn("ana")
	w := writeTo(ana, 10)
	for range 2 {
		before := w.n.Load()
		n.eventually("clients write", func() bool { return w.n.Load() > before+100 })
		if err := server.Kill(); err != nil {
			t.Fatal(err)
		}
		refused := w.answered(http.StatusServiceUnavailable)
		n.eventually("clients are told", func() bool { return w.answered(http.StatusServiceUnavailable) > refused+10 })
		status, header, answer := ana.do("GET", "/api/crm/customers", nil)
		var p problem
		if err := json.Unmarshal(answer, &p); err != nil {
			t.Fatal(err)
		}
		if status != http.StatusServiceUnavailable || header.Get("Retry-After") == "" || !strings.Contains(p.Detail, "database does not answer") {
			t.Errorf("an API request gets %d %v: %s", status, header, answer)
		}
		if status, _, html := page.do("GET", "/crm/customers", nil); status != http.StatusServiceUnavailable || strings.Contains(html, server.URL[len("postgres://postgres@"):]) {
			t.Errorf("a page is answered with %d: %.300s", status, html)
		}
		if status, _, answer := (&client{n: n}).do("GET", "/ready", nil); status != http.StatusServiceUnavailable {
			t.Errorf("/ready says %d: %s", status, answer)
		}
		if status, _, answer := (&client{n: n}).do("GET", "/health", nil); status != http.StatusOK {
			t.Errorf("/health says %d: %s", status, answer)
		}
		if err := server.Start(); err != nil {
			t.Fatal(err)
		}
	}
	before := w.n.Load()
	n.eventually("clients write again", func() bool { return w.n.Load() > before+50 })
	w.end(t, n, http.StatusServiceUnavailable)
	page.page("/crm/customers")
	auditedAsWritten(t, server.URL)
}

// TestDiskFull: the disk of a SQLite database fills up under requests. They are
// told so, reading goes on, nothing that was acknowledged is lost, and writing
// works again as soon as there is room.
func TestDiskFull(t *testing.T) {
	anyDatabase(t)
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("mounting a small disk needs Linux and root")
	}
	disk := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", disk).CombinedOutput(); err != nil {
		t.Skipf("this system mounts no small disk: %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", disk).CombinedOutput(); err != nil {
			t.Errorf("%v %s", err, out)
		}
	})
	n := startEnv(t, t.TempDir(), []string{"APPOS_DATABASE_URL=sqlite:" + filepath.Join(disk, "appos.db")}, "--no-seed")
	t.Cleanup(n.Kill) // before the disk goes
	ana := n.As("ana")
	w := writeTo(ana, 60)
	n.eventually("clients write", func() bool { return w.n.Load() > 50 })
	ballast := filepath.Join(disk, "ballast")
	fill(t, ballast)
	n.eventually("clients are told", func() bool { return w.answered(http.StatusInsufficientStorage) > 10 })
	status, _, answer := ana.do("POST", "/api/crm/customers", map[string]any{"code": "one more", "name": "One more"})
	if status != http.StatusInsufficientStorage || !bytes.Contains(answer, []byte("disk is full")) {
		t.Errorf("a write is answered with %d: %s", status, answer)
	}
	ana.must(http.StatusOK, "GET", "/api/crm/customers", nil, nil)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	before := w.n.Load()
	n.eventually("clients write again", func() bool { return w.n.Load() > before+50 })
	w.end(t, n, http.StatusInsufficientStorage)
	if err := n.Stop(); err != nil {
		t.Error(err)
	}
	auditedAsWritten(t, n.Database)
}

// fill writes a file until its disk has no room.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 64<<10); len(block) > 0; {
		if _, err := f.Write(block); err != nil {
			block = block[:len(block)/2]
		}
	}
}
