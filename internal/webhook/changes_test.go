package webhook_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/webhook"
)

// TestEveryPath: however rows are changed, the webhook is told of each, and of none
// that stayed as it was.
func TestEveryPath(t *testing.T) {
	each(t, func(e *env) {
		e.prepare(webhook.Options{Allow: loopback})
		id, _ := e.hook(webhook.Settings{Target: "http://127.0.0.1:9/"})
		told := func(what, want string) {
			e.Helper()
			var got []string
			for _, d := range e.deliveries(id) {
				got = append(got, fmt.Sprintf("%s %d", strings.TrimPrefix(d.Type, "crm.customer."), d.Version))
			}
			slices.Sort(got)
			if strings.Join(got, ", ") != want {
				e.Errorf("%s told of %s, want %s", what, strings.Join(got, ", "), want)
			}
			_, err := e.db.Exec(e.Context(), `DELETE FROM appos_webhook_delivery`)
			e.check(err)
		}
		rows := []Customer{{Name: "A", Region: "south"}, {Name: "B", Region: "south"}, {Name: "C"}}
		e.check(appos.CreateAll(e.ctx, rows))
		told("CreateAll", "created 1, created 1, created 1")
		n, err := appos.UpdateAll(e.ctx, func(c *Customer, q *appos.Query) { q.Where(appos.Ne(&c.Name, "")) }, func(c *Customer) { c.Region = "south" })
		if n != 1 || err != nil {
			e.Fatal(n, err)
		}
		told("UpdateAll", "updated 2")
		if _, err := appos.Update(e.ctx, rows[0].ID, func(c *Customer) { c.Name = "A" }); err != nil {
			e.Fatal(err)
		}
		told("an update of nothing", "")
		n, err = appos.DeleteAll(e.ctx, func(c *Customer, q *appos.Query) { q.Where(appos.Ne(&c.Name, "A")) })
		if n != 2 || err != nil {
			e.Fatal(n, err)
		}
		told("DeleteAll", "deleted 1, deleted 2")
		_, err = appos.Restore(e.ctx, rows[1].ID, 1)
		e.check(err)
		told("Restore", "created 3")
	})
}

// TestLongRow: of a row that is too long to send, the webhook is told that it
// changed.
func TestLongRow(t *testing.T) {
	each(t, func(e *env) {
		e.prepare(webhook.Options{Allow: loopback})
		id, _ := e.hook(webhook.Settings{Target: "http://127.0.0.1:9/"})
		c := create(e, e.ctx, Customer{Name: "Long", Email: strings.Repeat("x", 2<<20)})
		d, err := e.hooks.Delivery(e.Context(), e.deliveries(id)[0].ID)
		e.check(err)
		s := read(e.TB, message{body: d.Body})
		if len(d.Body) > 1000 || s.ID != int64(c.ID) || s.Data != nil || !strings.Contains(d.Body, `"data_omitted":true,"data":null`) {
			e.Errorf("it says %.300s", d.Body)
		}
	})
}

// TestUnusableFilter: what a webhook cannot do any more pauses it, and fails nobody's
// change.
func TestUnusableFilter(t *testing.T) {
	each(t, func(e *env) {
		e.prepare(webhook.Options{Allow: loopback})
		id, _ := e.hook(webhook.Settings{Target: "http://127.0.0.1:9/", Filter: `{"region":"south"}`})
		_, err := e.db.Exec(e.Context(), `UPDATE appos_webhook SET filter = ?, revision = revision + 1`, `{"gone":1}`)
		e.check(err)
		e.prepare(webhook.Options{Allow: loopback}) // a start with another version of the app
		for range 3 {
			create(e, e.ctx, Customer{Name: "One", Region: "south"})
		}
		w, err := e.hooks.Webhook(e.Context(), id)
		if err != nil || w.State != webhook.Paused || !strings.Contains(w.Reason, "its filter cannot be used") {
			e.Errorf("%+v %v", w, err)
		}
	})
}

// TestSweep: a delivery without a job gets one, and what is old goes.
func TestSweep(t *testing.T) {
	each(t, func(e *env) {
		var later atomic.Int64
		pass := func(d time.Duration) { later.Add(int64(d)) }
		e.prepare(webhook.Options{Allow: loopback, Now: func() time.Time { return time.Now().Add(time.Duration(later.Load())) }})
		x := newTarget(e.TB, nil)
		id, _ := e.hook(webhook.Settings{Target: x.URL})
		_, _, err := e.hooks.Rotate(e.admin, "hook")
		e.check(err)
		e.follow()
		create(e, e.ctx, Customer{Name: "One"})
		e.within("its job to be lost", func() bool {
			n, err := e.db.Exec(e.Context(), `DELETE FROM river_job WHERE kind = 'deliver_webhook'`)
			e.check(err)
			return n == 1
		})
		e.check(e.hooks.Sweep(e.Context()))
		if len(x.messages()) != 0 || e.deliveries(id)[0].State != webhook.Waiting {
			e.Fatal("it is no time for it yet")
		}
		pass(25 * time.Hour)
		e.check(e.hooks.Sweep(e.Context()))
		e.check(e.queue.Start(e.Context()))
		e.within("the lost one to arrive", func() bool { return e.deliveries(id)[0].State == webhook.Delivered })
		var kept int
		e.check(e.db.QueryRow(e.Context(), []any{&kept}, `SELECT count(*) FROM appos_webhook WHERE old_secret IS NOT NULL`))
		if kept != 0 {
			e.Error("the secret before is kept for ever")
		}
		pass(31 * 24 * time.Hour)
		e.check(e.hooks.Sweep(e.Context()))
		if n := len(e.deliveries(id)); n != 0 {
			e.Errorf("%d deliveries are kept", n)
		}
	})
}

// TestDisabledAfter: a target that fails for days disables its webhook, which can
// be activated again.
func TestDisabledAfter(t *testing.T) {
	each(t, func(e *env) {
		e.start(webhook.Options{Allow: loopback, Attempts: 1, DisableAfter: time.Nanosecond})
		id, _ := e.hook(webhook.Settings{Target: "http://127.0.0.1:9/"})
		create(e, e.ctx, Customer{Name: "One"})
		e.within("the first to fail", func() bool { return e.deliveries(id)[0].State == webhook.Failed })
		create(e, e.ctx, Customer{Name: "Two"})
		e.within("the webhook to be disabled", func() bool {
			w, err := e.hooks.Webhook(e.Context(), id)
			return err == nil && w.State == webhook.Disabled && strings.Contains(w.Reason, "has failed since")
		})
		e.check(e.hooks.SetState(e.admin, "hook", webhook.Active))
		if w, err := e.hooks.Webhook(e.Context(), id); err != nil || w.State != webhook.Active || w.Reason != "" || !w.FailingSince.IsZero() {
			e.Errorf("%+v %v", w, err)
		}
		if err := e.hooks.SetState(e.admin, "nobody", webhook.Active); !errors.Is(err, appos.NotFound) {
			e.Error(err)
		}
	})
}
