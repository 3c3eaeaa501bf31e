package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/apposengine/appos/internal/store/storetest"
)

// nodes starts two nodes on one database, at the same time.
func nodes(t *testing.T, args ...string) (a, b *node) {
	t.Helper()
	env := []string{"APPOS_DATABASE_URL=" + storetest.URL(t)}
	dirs := []string{t.TempDir(), t.TempDir()}
	var both sync.WaitGroup
	both.Go(func() { a = startEnv(t, dirs[0], env, args...) })
	b = startEnv(t, dirs[1], env, args...)
	both.Wait()
	if a == nil {
		t.FailNow() // the goroutine has said why
	}
	return a, b
}

// TestNodesStartTogether: one of two nodes that meet a new database prepares it,
// and the other finds it prepared.
func TestNodesStartTogether(t *testing.T) {
	a, b := nodes(t)
	for _, n := range []*node{a, b} {
		cora := n.As("cora")
		for path, want := range map[string]int{"customers": 500, "orders": 2000} {
			if got := cora.total("/api/crm/" + path + "?count=true"); got != want {
				t.Errorf("%d %s, want %d", got, path, want)
			}
		}
	}
}

var sessionField = regexp.MustCompile(`name="session" value="(\d+)"`)

// TestWhatOneNodeTakesTheOtherRefuses: each change of an administrator at one
// node counts at the next request on the other.
func TestWhatOneNodeTakesTheOtherRefuses(t *testing.T) {
	a, b := nodes(t, "--no-seed")
	admin := a.SignIn("admin")
	customers, invoices := "/api/crm/customers", "/api/finance/invoices"
	sees := func(c *client, path string, want int) {
		t.Helper()
		status, _, answer := c.do("GET", path, nil)
		if err := expect(want, "GET "+path, status, answer, nil); err != nil {
			t.Fatal(err)
		}
	}

	t.Run("a right", func(t *testing.T) {
		sam := b.As("sam")
		r := newRight(admin, "crm.records.customer", "support", "create")
		for range 6 {
			if err := r.Probe(sam, customers); err != nil {
				t.Fatal(err)
			}
			if err := r.Toggle(admin); err != nil {
				t.Fatal(err)
			}
		}
	})
	t.Run("a membership", func(t *testing.T) {
		fin := b.As("fin")
		sees(fin, invoices, http.StatusOK)
		admin.press("/admin/users/fin", "_do", "leave", "group", "finance")
		sees(fin, invoices, http.StatusForbidden)
		admin.press("/admin/users/fin", "_do", "join", "group", "finance")
		sees(fin, invoices, http.StatusOK)
	})
	t.Run("a group", func(t *testing.T) {
		fin := b.As("fin")
		sees(fin, invoices, http.StatusOK)
		admin.press("/admin/groups/finance", "_do", "deactivate")
		sees(fin, invoices, http.StatusForbidden)
		admin.press("/admin/groups/finance", "_do", "activate")
		sees(fin, invoices, http.StatusOK)
	})
	t.Run("a session", func(t *testing.T) {
		mine, other := b.As("sam"), b.As("cora")
		sees(mine, customers, http.StatusOK)
		list := admin.page("/admin/users/cora?view=sessions")
		id := sessionField.FindStringSubmatch(list)
		if id == nil {
			t.Fatalf("the console lists no session of cora: %s", list)
		}
		admin.press("/admin/sessions", "_do", "revoke", "session", id[1])
		sees(other, customers, http.StatusUnauthorized)
		sees(mine, customers, http.StatusOK)
		admin.press("/admin/users/sam", "_do", "revoke_all")
		sees(mine, customers, http.StatusUnauthorized)
	})
	t.Run("a session that signs out", func(t *testing.T) {
		here := b.As("sam")
		there := here.on(a)
		sees(there, customers, http.StatusOK)
		here.must(http.StatusNoContent, "DELETE", "/api/auth/token", nil, nil)
		sees(there, customers, http.StatusUnauthorized)
	})
	t.Run("an API key", func(t *testing.T) {
		one, other := b.As("partner"), b.As("partner")
		sees(one, customers, http.StatusOK)
		sees(one.on(a), customers, http.StatusOK)
		a.Run("api-key", "revoke", keyOf(t, one.token))
		sees(one, customers, http.StatusUnauthorized)
		sees(one.on(a), customers, http.StatusUnauthorized)
		sees(other, customers, http.StatusOK)
		admin.press("/admin/users/partner", "_do", "deactivate")
		sees(other, customers, http.StatusUnauthorized)
		admin.press("/admin/users/partner", "_do", "activate")
		sees(other, customers, http.StatusOK)
		admin.press("/admin/groups/api_consumers", "_do", "deactivate")
		sees(other, customers, http.StatusForbidden)
		admin.press("/admin/groups/api_consumers", "_do", "activate")
	})
	t.Run("an account", func(t *testing.T) {
		ana, page := b.As("ana"), b.SignIn("ana")
		sees(ana, customers, http.StatusOK)
		page.page("/crm/customers")
		admin.press("/admin/users/ana", "_do", "deactivate")
		sees(ana, customers, http.StatusUnauthorized)
		if status, location, _ := page.do("GET", "/crm/customers", nil); status != http.StatusSeeOther {
			t.Errorf("the page of an inactive account: %d to %q", status, location)
		}
		admin.press("/admin/users/ana", "_do", "activate")
		b.As("ana")
	})
}

// TestNodesUnderTraffic toggles a right 500 times, in turns at either node, while
// both read and write: no answer is wrong and none is an error of the server.
func TestNodesUnderTraffic(t *testing.T) {
	toggles := 500
	if testing.Short() {
		toggles = 50
	}
	a, b := nodes(t, "--no-seed")
	at := []*node{a, b}
	admins := []*browser{a.SignIn("admin"), b.SignIn("admin")}
	admins[1].page("/admin/") // for its CSRF token
	ana, sam := a.As("ana"), a.As("sam")
	r := newRight(admins[0], "crm.records.customer", "support", "create")

	const customers = "/api/crm/customers"
	f := &faults{t: t}
	end := make(chan struct{})
	var wg sync.WaitGroup
	var reads, writes, probes atomic.Int64
	endless := func(do func(i int)) {
		wg.Go(func() {
			for i := 0; !f.some(); i++ {
				select {
				case <-end:
					return
				default:
					do(i)
				}
			}
		})
	}
	for k, n := range at {
		for w := range 2 { // writers, each with rows of its own
			ana := ana.on(n)
			endless(func(i int) {
				status, answer, err := ana.try("POST", customers, fmt.Sprintf(`{"code":"N%d-%d-%d","name":"Node %d"}`, k, w, i, k))
				f.note(expect(http.StatusCreated, "create", status, answer, err))
				var row struct{ ID int64 }
				if status != http.StatusCreated || json.Unmarshal(answer, &row) != nil {
					return
				}
				one := fmt.Sprintf("%s/%d", customers, row.ID)
				writes.Add(1)
				// what one node has acknowledged the other reads, and changes
				other := ana.on(at[1-k])
				status, answer, err = other.try("PATCH", one, `{"city":"Basel"}`)
				f.note(expect(http.StatusOK, "change at the other node", status, answer, err))
			})
		}
		reader, prober := ana.on(n), sam.on(n)
		endless(func(i int) {
			status, answer, err := reader.try("GET", customers+"?limit=10&sort=-id", "")
			f.note(expect(http.StatusOK, "list", status, answer, err))
			reads.Add(1)
		})
		endless(func(int) {
			f.note(r.Probe(prober, customers))
			probes.Add(1)
		})
	}
	for i := range toggles {
		if f.some() {
			break
		}
		if err := r.Toggle(admins[i%2]); err != nil {
			f.note(err)
			break
		}
		f.note(r.Probe(sam.on(at[1-i%2]), customers)) // the next request at the other node
	}
	close(end)
	wg.Wait()
	t.Logf("%d changes of a right, %d answers compared with it, %d rows written at one node and changed at the other, %d lists", toggles, probes.Load(), writes.Load(), reads.Load())
	for _, n := range at {
		if got := ana.on(n).total(customers + "?count=true&city=Basel"); int64(got) != writes.Load() {
			t.Errorf("a node has %d rows, %d were acknowledged", got, writes.Load())
		}
	}
}
