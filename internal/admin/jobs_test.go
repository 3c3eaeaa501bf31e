package admin_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/queue"
	"github.com/apposengine/appos/ui"
)

// greet is a job of tests.
type greet struct {
	Name string `json:"name"`
}

func (greet) Kind() string { return "greet" }

// TestJobs looks at jobs as they wait, fail and end, and does what the pages offer.
func TestJobs(t *testing.T) {
	e := open(t)
	ctx := e.as("admin")
	e.get("/admin/jobs").has(t, "No node runs jobs", "process_steps")
	e.get("/admin/jobs?view=nodes").has(t, "No node runs jobs")
	e.get("/admin/jobs?view=jobs").has(t, "No jobs")
	e.get("/admin/jobs?view=schedules").has(t, "Greetings", "when a node runs")

	id := func(name string, o queue.Opts) int64 {
		r, err := e.Queue.Enqueue(ctx, greet{name}, o)
		if err != nil {
			t.Fatal(err)
		}
		return r.ID
	}
	bad := id("nobody <b>", queue.Opts{MaxAttempts: 1, Note: "greets <nobody>"})
	later := id("ana", queue.Opts{Delay: 24 * time.Hour})
	at := func(id int64) string { return fmt.Sprintf("/admin/jobs/%d", id) }
	e.get("/admin/jobs").has(t, "Waiting")
	e.get(at(later)).has(t, "Later", "No attempt has failed", "the system", "Discard")
	if err := e.Queue.Start(ctx); err != nil {
		t.Fatal(err)
	}
	ended := func(id int64, s queue.State) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			if j, err := e.Queue.Find(ctx, id); err != nil || time.Now().After(deadline) {
				t.Fatal(j, err)
			} else if j.State == s {
				return
			}
		}
	}
	ended(bad, queue.Dead)
	p := e.get(at(bad))
	p.has(t, "Failed", "greets <nobody>", "there is nobody <i>", `{"name":"nobody`, "1 of 1")
	p.lacks(t, "<nobody>", "<i>", "Cancel the job")
	e.get("/admin/jobs?view=jobs&state=discarded").has(t, "Greet", "there is nobody")
	e.get("/admin/jobs?view=jobs&queue=webhooks").lacks(t, "there is nobody")
	e.get("/admin/jobs?view=nodes").has(t, "Alive", "this one", "v1.2.3")

	before := e.changes()
	for _, c := range []struct{ path, do, name, says string }{
		{at(bad), "retry", "", "The job runs again"},
		{at(later), "discard", "", "The job was discarded"},
		{"/admin/jobs", "pause", "webhooks", "The queue webhooks is paused"},
		{"/admin/jobs", "resume", "webhooks", "The queue webhooks goes on"},
		{"/admin/jobs?view=schedules", "run", "greetings", "The job was enqueued"},
	} {
		p := e.post(c.path, "_do", c.do, "name", c.name)
		if len(p.toasts) != 1 || p.toasts[0].Title != c.says || p.toasts[0].Tone != ui.OK {
			t.Errorf("%s: toasts %+v, error %v", c.do, p.toasts, p.err)
		}
	}
	if n := e.changes() - before; n != 5 {
		t.Errorf("%d entries in the audit", n)
	}
	for _, c := range []struct{ path, do, name string }{
		{at(later + 1000), "cancel", ""}, {at(later), "cancel", ""}, {"/admin/jobs", "pause", "nowhere"}, {"/admin/jobs", "run", "nothing"},
	} {
		if p := e.post(c.path, "_do", c.do, "name", c.name); len(p.toasts) != 1 || p.toasts[0].Tone != ui.Err {
			t.Errorf("%s of %s%s: toasts %+v, error %v", c.do, c.path, c.name, p.toasts, p.err)
		}
	}
	if p := e.post("/admin/jobs", "_do", "explode"); p.status != http.StatusUnprocessableEntity && p.status != http.StatusBadRequest {
		t.Errorf("an action that is none: %d", p.status)
	}
	if p := e.request("admin", http.MethodGet, "/admin/jobs/999999", nil); p.status != http.StatusNotFound {
		t.Errorf("a job that is none: %d", p.status)
	}
	if p := e.request("ana", http.MethodGet, "/admin/jobs", nil); p.status != http.StatusForbidden {
		t.Errorf("ana sees jobs: %d", p.status)
	}
}

// withJobs gives the console's queue something to do.
func withJobs(q *queue.Queue) {
	queue.Register(q, queue.Kind{}, func(_ context.Context, _ *queue.Job, g greet) error {
		if strings.HasPrefix(g.Name, "nobody") {
			return errors.New("there is nobody <i>")
		}
		return nil
	})
	q.Every("greetings", time.Hour, greet{"all"})
}
