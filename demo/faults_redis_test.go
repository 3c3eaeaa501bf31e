package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/cache/cachetest"
)

// TestRedisUnderLoad kills, restarts, freezes and thaws a real Redis beneath a
// demo that answers 200 requests a second, while rights change and sessions end:
// Redis is a hint, so no decision may be wrong and no request may fail.
func TestRedisUnderLoad(t *testing.T) {
	anyDatabase(t)
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	for _, tt := range []struct{ name, yaml string }{
		{"sessions in the database", ""},
		{"sessions in Redis", "redis:\n  sessions: true\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			redis := cachetest.StartRedis(t)
			work := t.TempDir()
			write(t, work, "appos.yaml", tt.yaml)
			n := startIn(t, work, t.TempDir(), []string{"APPOS_REDIS_URL=" + redis.URL()})
			n.eventually("the node is ready", func() bool { return n.ready() == "ready" })
			underLoad(t, n, redis)
		})
	}
}

func underLoad(t *testing.T, n *node, redis *cachetest.Redis) {
	l := newLoad(t, n)
	for _, phase := range []struct {
		name  string
		begin func()
		ready string // what /ready comes to say
	}{
		{"healthy", func() {}, "ready"},
		{"killed", redis.Kill, "degraded"},
		{"restarted", redis.Start, "ready"},
		{"frozen", redis.Freeze, "degraded"},
		{"thawed", redis.Thaw, "ready"},
	} {
		took := &latencies{}
		var aside sync.WaitGroup
		end := make(chan struct{})
		phase.begin()
		aside.Go(func() { l.toggle(end) })
		aside.Go(func() { l.revoke(end) })
		l.run(2*time.Second, took)
		n.eventually(fmt.Sprintf("Redis is %s and the node says %q", phase.name, phase.ready), func() bool { return n.ready() == phase.ready })
		close(end)
		aside.Wait()
		if t.Failed() {
			t.Fatalf("while Redis was %s", phase.name)
		}
		t.Logf("%-9s %s", phase.name, took)
		if p99 := took.at(0.99); p99 > 75*time.Millisecond && os.Getenv("APPOS_TEST_TIMING") == "1" {
			t.Errorf("%s: p99 is %s, the bar is 75 ms", phase.name, p99)
		}
	}
	if l.toggles == 0 || l.ended == 0 {
		t.Errorf("%d rights changed and %d sessions ended", l.toggles, l.ended)
	}
	t.Logf("%d rights changed and %d sessions ended meanwhile", l.toggles, l.ended)
}

// TestRedisOutWhileIdle: /ready notices without anybody asking for anything.
func TestRedisOutWhileIdle(t *testing.T) {
	anyDatabase(t)
	redis := cachetest.StartRedis(t)
	n := startEnv(t, t.TempDir(), []string{"APPOS_REDIS_URL=" + redis.URL()}, "--no-seed")
	n.eventually("the node is ready", func() bool { return n.ready() == "ready" })
	redis.Kill()
	n.eventually("the node is degraded", func() bool { return n.ready() == "degraded" })
	redis.Start()
	n.eventually("the node is ready again", func() bool { return n.ready() == "ready" })
}

// ready is the status that /ready answers.
func (n *node) ready() string {
	n.t.Helper()
	var answer struct{ Status string }
	(&client{n: n}).must(http.StatusOK, "GET", "/ready", nil, &answer)
	return answer.Status
}

// load is what users do to a node.
type load struct {
	n        *node
	ana, sam *client
	admin    *browser
	right    *right
	faults   *faults

	toggles, ended int // of one goroutine each
}

func newLoad(t *testing.T, n *node) *load {
	l := &load{n: n, ana: n.As("ana"), sam: n.As("sam"), admin: n.SignIn("admin"), faults: &faults{t: t}}
	l.right = newRight(l.admin, "crm.records.customer", "support", "create")
	return l
}

// run sends 200 requests a second, whether earlier ones are answered or not: a
// latency counts from when its request was due.
func (l *load) run(d time.Duration, took *latencies) {
	const every = 5 * time.Millisecond
	var wg sync.WaitGroup
	began := time.Now()
	for i := range int(d / every) {
		due := began.Add(time.Duration(i) * every)
		time.Sleep(time.Until(due))
		wg.Go(func() {
			l.faults.note(l.one(i))
			took.add(time.Since(due))
		})
	}
	wg.Wait()
}

// one sends the request of a number and says what is wrong with its answer.
func (l *load) one(i int) error {
	id := 1 + i%400
	switch i % 10 {
	case 0, 1:
		status, answer, err := l.sam.try("DELETE", fmt.Sprintf("/api/crm/customers/%d", id), "")
		return expect(http.StatusForbidden, "a delete by sam", status, answer, err)
	case 2, 3:
		return l.right.Probe(l.sam, "/api/crm/customers")
	case 4:
		status, answer, err := l.ana.try("GET", "/api/crm/orders?limit=20", "")
		return expect(http.StatusOK, "a list for ana", status, answer, err)
	case 5:
		status, answer, err := l.ana.try("PATCH", fmt.Sprintf("/api/crm/customers/%d", id), fmt.Sprintf(`{"city":"City %d"}`, i))
		return expect(http.StatusOK, "a change by ana", status, answer, err)
	}
	status, answer, err := l.ana.try("GET", fmt.Sprintf("/api/crm/customers/%d", id), "")
	return expect(http.StatusOK, "a row for ana", status, answer, err)
}

// toggle gives sam's group a right and takes it away; the next request knows.
func (l *load) toggle(end <-chan struct{}) {
	for tick := time.NewTicker(50 * time.Millisecond); ; {
		select {
		case <-end:
			tick.Stop()
			return
		case <-tick.C:
		}
		if err := l.right.Toggle(l.admin); err != nil {
			l.faults.note(err)
			return // it is not known which answers are right
		}
		l.faults.note(l.right.Probe(l.sam, "/api/crm/customers"))
		l.toggles++
	}
}

// revoke signs fin in and ends the session, now by signing out, now by the
// administrator; the next request knows.
func (l *load) revoke(end <-chan struct{}) {
	for tick := time.NewTicker(250 * time.Millisecond); ; {
		select {
		case <-end:
			tick.Stop()
			return
		case <-tick.C:
		}
		fin, err := l.n.token("fin")
		if err != nil {
			l.faults.note(err)
			continue
		}
		for range 2 { // the second time from the cache, where there is one
			status, answer, err := fin.try("GET", "/api/finance/invoices?limit=1", "")
			l.faults.note(expect(http.StatusOK, "a list for fin", status, answer, err))
		}
		if l.ended%2 == 0 {
			status, answer, err := fin.try("DELETE", "/api/auth/token", "")
			l.faults.note(expect(http.StatusNoContent, "signing out", status, answer, err))
		} else {
			status, answer, err := l.admin.try("/admin/users/fin", url.Values{"_do": {"revoke_all"}})
			l.faults.note(expect(http.StatusSeeOther, "ending sessions", status, []byte(answer), err))
		}
		status, answer, err := fin.try("GET", "/api/finance/invoices?limit=1", "")
		l.faults.note(expect(http.StatusUnauthorized, "a list for a session that is over", status, answer, err))
		l.ended++
	}
}

// token signs in from any goroutine.
func (n *node) token(user string) (*client, error) {
	status, answer, err := (&client{n: n}).try("POST", "/api/auth/token", fmt.Sprintf(`{"username":%q,"password":%q}`, user, demoPassword))
	if err := expect(http.StatusOK, "signing in", status, answer, err); err != nil {
		return nil, err
	}
	var got struct{ Token string }
	if err := json.Unmarshal(answer, &got); err != nil {
		return nil, err
	}
	return &client{n: n, token: got.Token}, nil
}
