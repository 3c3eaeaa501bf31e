package webhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/webhook"
)

// said is the body of a message.
type said struct {
	EventID    string    `json:"event_id"`
	Type       string    `json:"type"`
	OccurredAt time.Time `json:"occurred_at"`
	Record     string    `json:"record"`
	ID         int64     `json:"id"`
	Version    int64     `json:"version"`
	Changed    []string  `json:"changed"`
	Data       map[string]any
}

func read(t testing.TB, m message) said {
	t.Helper()
	var s said
	if err := json.Unmarshal([]byte(m.body), &s); err != nil {
		t.Fatalf("%v in %s", err, m.body)
	}
	return s
}

// verified says whether a message is signed with the secret, as a receiver's library
// of the Standard Webhooks specification has it.
func verified(m message, key string) bool {
	w, err := standardwebhooks.NewWebhook(key)
	return err == nil && w.Verify([]byte(m.body), m.header) == nil
}

// TestChanges: what happens to rows arrives once each, with what the account may
// view, signed.
func TestChanges(t *testing.T) {
	each(t, func(e *env) {
		x := newTarget(e.TB, nil)
		e.start(webhook.Options{Allow: loopback})
		id, key := e.hook(webhook.Settings{Target: x.URL + "/in?key=1"})
		c := create(e, e.ctx, Customer{Name: "Ana", Email: "ana@example.com", Region: "south", Salary: 4711, Token: "tok_hidden"})
		_, err := appos.Update(e.ctx, c.ID, func(c *Customer) { c.Email = "a@example.com" })
		e.check(err)
		_, err = appos.Update(e.ctx, c.ID, func(c *Customer) { c.Salary = 4712 }) // which the robot does not see
		e.check(err)
		e.check(appos.Delete(e.ctx, c.ID))
		e.within("three messages", func() bool { return len(x.messages()) >= 3 })
		e.within("all are noted", func() bool {
			return !slices.ContainsFunc(e.deliveries(id), func(d *webhook.Delivery) bool { return d.State != webhook.Delivered })
		})
		got := x.messages()
		if len(got) != 3 || len(e.deliveries(id)) != 3 {
			e.Fatalf("%d messages, %d deliveries", len(got), len(e.deliveries(id)))
		}
		slices.SortFunc(got, func(a, b message) int { return strings.Compare(a.body, b.body) }) // ids sort by time
		for i, want := range []struct {
			kind    string
			version int64
			changed []string
		}{{"crm.customer.created", 1, nil}, {"crm.customer.updated", 2, []string{"email"}}, {"crm.customer.deleted", 3, nil}} {
			s := read(e.TB, got[i])
			if s.Type != want.kind || s.Version != want.version || !reflect.DeepEqual(s.Changed, want.changed) || s.Record != customers || s.ID != int64(c.ID) || s.OccurredAt.IsZero() {
				e.Errorf("message %d is %s", i, got[i].body)
			}
			if s.Data["name"] != "Ana" || s.Data["region"] != "south" {
				e.Errorf("message %d has the data %v", i, s.Data)
			}
			if strings.Contains(got[i].body, "salary") || strings.Contains(got[i].body, "tok_hidden") {
				e.Errorf("message %d tells what is hidden: %s", i, got[i].body)
			}
			if s.EventID != got[i].header.Get("Webhook-Id") || !verified(got[i], key) || verified(got[i], "whsec_AAAA") {
				e.Errorf("message %d is signed %v", i, got[i].header)
			}
			if got[i].header.Get("Content-Type") != "application/json" {
				e.Errorf("message %d: %v", i, got[i].header)
			}
		}
	})
}

// TestRollback: what is undone is told to nobody.
func TestRollback(t *testing.T) {
	each(t, func(e *env) {
		x := newTarget(e.TB, nil)
		e.start(webhook.Options{Allow: loopback})
		id, _ := e.hook(webhook.Settings{Target: x.URL})
		undo := errors.New("undo")
		err := e.engine.Tx(e.ctx, func(ctx context.Context) error {
			if _, err := appos.Create(ctx, Customer{Name: "Gone"}); err != nil {
				return err
			}
			return undo
		})
		if !errors.Is(err, undo) {
			e.Fatal(err)
		}
		create(e, e.ctx, Customer{Name: "Stays"})
		e.within("the one that stays", func() bool { return len(x.messages()) > 0 })
		if got, all := x.messages(), e.deliveries(id); len(got) != 1 || len(all) != 1 || read(e.TB, got[0]).Data["name"] != "Stays" {
			e.Errorf("%d messages, %d deliveries: %v", len(got), len(all), got)
		}
	})
}

// TestThousand: a thousand changes, by bulk and one by one, arrive once each.
func TestThousand(t *testing.T) {
	each(t, func(e *env) {
		x := newTarget(e.TB, nil)
		e.start(webhook.Options{Allow: loopback})
		id, _ := e.hook(webhook.Settings{Target: x.URL})
		const bulk, single = 900, 100
		rows := make([]Customer, bulk)
		for i := range rows {
			rows[i] = Customer{Name: fmt.Sprintf("Customer %d", i)}
		}
		e.check(appos.CreateAll(e.ctx, rows))
		for i := range single {
			create(e, e.ctx, Customer{Name: fmt.Sprintf("Single %d", i)})
		}
		began := time.Now()
		seen := map[string]int{}
		for deadline := time.Now().Add(2 * time.Minute); len(seen) < bulk+single && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
			seen = map[string]int{}
			for _, m := range x.messages() {
				seen[m.header.Get("Webhook-Id")]++
			}
		}
		e.Logf("%d messages in %s", len(seen), time.Since(began))
		f, err := e.hooks.Figures(e.Context())
		e.check(err)
		e.within("all are noted", func() bool { f, err = e.hooks.Figures(e.Context()); return err == nil && f[id].Waiting == 0 })
		if len(seen) != bulk+single || f[id].Delivered != bulk+single || f[id].Rate() != 1 {
			e.Errorf("%d arrived, figures %+v", len(seen), f[id])
		}
		for event, n := range seen {
			if n != 1 {
				e.Errorf("%s arrived %d times", event, n)
			}
		}
	})
}

// TestView: row security, the filter, the chosen fields and operations decide what
// is an event.
func TestView(t *testing.T) {
	each(t, func(e *env) {
		e.prepare(webhook.Options{Allow: loopback})
		all := map[string]int64{}
		for name, s := range map[string]webhook.Settings{
			"northern":  {Account: "northern"},
			"filtered":  {Filter: `{"region":"south"}`},
			"deletions": {Operations: []string{"deleted"}},
			"names":     {Fields: []string{"name"}},
			"elsewhere": {Environments: []string{"prod"}},
		} {
			s.Name, s.Target = name, "http://127.0.0.1:9/"
			all[name], _ = e.hook(s)
		}
		north := create(e, e.ctx, Customer{Name: "N", Region: "north"})
		south := create(e, e.ctx, Customer{Name: "S", Region: "south"})
		for _, id := range []appos.ID[Customer]{north.ID, south.ID} {
			_, err := appos.Update(e.ctx, id, func(c *Customer) { c.Email = "x@example.com" })
			e.check(err)
		}
		_, err := appos.Update(e.ctx, north.ID, func(c *Customer) { c.Region, c.Name = "south", "NS" })
		e.check(err)
		e.check(appos.Delete(e.ctx, north.ID))
		e.check(appos.Delete(e.ctx, south.ID))
		for name, want := range map[string]string{
			"northern":  "N created 1, N updated 2",
			"filtered":  "S created 1, S updated 2, N updated 3, N deleted 3, S deleted 2",
			"deletions": "N deleted 3, S deleted 2",
			"names":     "N created 1, S created 1, N updated 3, N deleted 3, S deleted 2",
			"elsewhere": "",
		} {
			var got []string
			for _, d := range e.deliveries(all[name]) {
				row := map[int64]string{int64(north.ID): "N", int64(south.ID): "S"}[d.Row]
				got = append(got, fmt.Sprintf("%s %s %d", row, strings.TrimPrefix(d.Type, "crm.customer."), d.Version))
				body, err := e.hooks.Delivery(e.Context(), d.ID)
				e.check(err)
				if name == "names" && (strings.Contains(body.Body, "email") || strings.Contains(body.Body, "region")) {
					e.Errorf("%s is sent %s", name, body.Body)
				}
			}
			if strings.Join(got, ", ") != want {
				e.Errorf("%s is told of %s, want %s", name, strings.Join(got, ", "), want)
			}
		}
	})
}

// TestRevoked: an account that may not view any more is told no more, from the next
// change on; one that is not active pauses its webhook.
func TestRevoked(t *testing.T) {
	each(t, func(e *env) {
		x := newTarget(e.TB, nil)
		e.start(webhook.Options{Allow: loopback})
		id, _ := e.hook(webhook.Settings{Target: x.URL})
		create(e, e.ctx, Customer{Name: "One"})
		u, err := e.security.UserNamed(e.Context(), "robot")
		e.check(err)
		e.check(e.security.RemoveMember(e.Context(), nil, u.ID, "sales"))
		create(e, e.as("ana"), Customer{Name: "Two"})
		if n := len(e.deliveries(id)); n != 1 {
			e.Errorf("%d events after the membership was taken", n)
		}
		e.check(e.security.AddMember(e.Context(), nil, u.ID, "sales"))
		e.within("the first to be sent", func() bool { return e.deliveries(id)[0].State == webhook.Delivered })
		e.check(e.security.SetActive(e.Context(), nil, u.ID, false))
		create(e, e.as("ana"), Customer{Name: "Three"})
		if n := len(e.deliveries(id)); n != 1 {
			e.Errorf("%d events of an account that is not active", n)
		}
		e.check(e.hooks.Resend(e.admin, e.deliveries(id)[0].ID))
		e.within("the webhook to pause", func() bool {
			w, err := e.hooks.Webhook(e.Context(), id)
			return err == nil && w.State == webhook.Paused && strings.Contains(w.Reason, `"robot" is not active`)
		})
		e.check(e.security.SetActive(e.Context(), nil, u.ID, true))
		e.check(e.hooks.SetState(e.admin, "hook", webhook.Active))
		e.within("what waited to be sent", func() bool { return len(x.messages()) == 2 })
	})
}

// TestRetries: a target that fails is tried again with the same id and body, until
// it takes the event or the attempts are over.
func TestRetries(t *testing.T) {
	each(t, func(e *env) {
		x := newTarget(e.TB, func(n int, w http.ResponseWriter, _ *http.Request) {
			if n < 3 {
				w.WriteHeader(500)
				fmt.Fprint(w, "not now")
			}
		})
		y := newTarget(e.TB, func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) })
		e.start(webhook.Options{Allow: loopback, Attempts: 3})
		id, _ := e.hook(webhook.Settings{Target: x.URL})
		never, _ := e.hook(webhook.Settings{Name: "never", Target: y.URL})
		create(e, e.ctx, Customer{Name: "One"})
		e.within("both to end", func() bool {
			return e.deliveries(id)[0].State == webhook.Delivered && e.deliveries(never)[0].State == webhook.Failed
		})
		got := x.messages()
		for _, m := range got[1:] {
			if m.body != got[0].body || m.header.Get("Webhook-Id") != got[0].header.Get("Webhook-Id") {
				e.Errorf("sent again as %v", m)
			}
		}
		d := e.deliveries(id)[0]
		tries, err := e.hooks.Attempts(e.Context(), d.ID)
		e.check(err)
		if len(got) != 3 || d.Attempts != 3 || len(tries) != 3 || tries[0].Status != 500 || tries[0].Answer != "not now" || !strings.Contains(tries[0].Fault, "500") || tries[2].Fault != "" {
			e.Errorf("%d messages, %+v, %+v", len(got), d, tries)
		}
		if w, err := e.hooks.Webhook(e.Context(), id); err != nil || !w.FailingSince.IsZero() {
			e.Errorf("%+v %v", w, err)
		}
		// what was given up is sent again, of a range of time
		if n, err := e.hooks.Replay(e.admin, "never", time.Now().Add(-time.Hour), time.Time{}); n != 1 || err != nil {
			e.Errorf("replayed %d, %v", n, err)
		}
		e.within("three more attempts", func() bool { return len(y.messages()) == 6 })
		if n, err := e.hooks.Replay(e.admin, "never", time.Now().Add(time.Hour), time.Now().Add(2*time.Hour)); n != 0 || err != nil {
			e.Errorf("replayed %d, %v", n, err)
		}
	})
}

// TestGone: 410 disables a webhook, and what waits is given up.
func TestGone(t *testing.T) {
	each(t, func(e *env) {
		x := newTarget(e.TB, func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(410) })
		e.start(webhook.Options{Allow: loopback})
		id, _ := e.hook(webhook.Settings{Target: x.URL})
		create(e, e.ctx, Customer{Name: "One"})
		e.within("the webhook to be disabled", func() bool {
			w, err := e.hooks.Webhook(e.Context(), id)
			return err == nil && w.State == webhook.Disabled && strings.Contains(w.Reason, "410")
		})
		create(e, e.ctx, Customer{Name: "Two"}) // a node that has not heard of it may note one more
		e.within("nothing to wait", func() bool {
			return !slices.ContainsFunc(e.deliveries(id), func(d *webhook.Delivery) bool { return d.State != webhook.Failed })
		})
		if n := len(x.messages()); n != 1 {
			e.Errorf("%d messages", n)
		}
		if err := e.hooks.Resend(e.admin, e.deliveries(id)[0].ID); !errors.Is(err, appos.Conflict) {
			e.Errorf("sending again: %v", err)
		}
	})
}

// TestRetryAfter: the target's wish for quiet holds for all of its events.
func TestRetryAfter(t *testing.T) {
	each(t, func(e *env) {
		x := newTarget(e.TB, func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(429)
		})
		e.start(webhook.Options{Allow: loopback})
		id, _ := e.hook(webhook.Settings{Target: x.URL})
		create(e, e.ctx, Customer{Name: "One"})
		e.within("the first attempt", func() bool { return e.deliveries(id)[0].Attempts == 1 })
		create(e, e.ctx, Customer{Name: "Two"})
		w, err := e.hooks.Webhook(e.Context(), id)
		e.check(err)
		if d := e.deliveries(id)[0]; time.Until(d.NextAt) < 50*time.Minute || time.Until(w.HeldUntil) < 50*time.Minute {
			e.Errorf("next at %s, held until %s", d.NextAt, w.HeldUntil)
		}
		e.within("the second to be put off", func() bool { return e.putOff() == 2 })
		if n := len(x.messages()); n != 1 {
			e.Errorf("%d messages", n)
		}
	})
}

// putOff is how many jobs wait for their time.
func (e *env) putOff() (n int) {
	e.check(e.db.QueryRow(e.Context(), []any{&n}, `SELECT count(*) FROM river_job WHERE kind = 'deliver_webhook' AND state = 'scheduled'`))
	return n
}

// TestPaused: a paused webhook keeps its events until it is active again; a deleted
// one drops them.
func TestPaused(t *testing.T) {
	each(t, func(e *env) {
		x := newTarget(e.TB, nil)
		e.start(webhook.Options{Allow: loopback})
		id, _ := e.hook(webhook.Settings{Target: x.URL})
		dropped, _ := e.hook(webhook.Settings{Name: "dropped", Target: x.URL})
		for _, name := range []string{"hook", "dropped"} {
			e.check(e.hooks.SetState(e.admin, name, webhook.Paused))
		}
		create(e, e.ctx, Customer{Name: "One"})
		e.check(e.hooks.Delete(e.admin, "dropped"))
		e.check(e.hooks.SetState(e.admin, "hook", webhook.Active))
		e.within("what was kept", func() bool { return e.deliveries(id)[0].State == webhook.Delivered })
		e.within("the log to go", func() bool { return len(e.deliveries(dropped)) == 0 })
		if n := len(x.messages()); n != 1 {
			e.Errorf("%d messages", n)
		}
	})
}

// TestRotation: for a day the secret before signs as well.
func TestRotation(t *testing.T) {
	each(t, func(e *env) {
		x := newTarget(e.TB, nil)
		e.start(webhook.Options{Allow: loopback})
		_, before := e.hook(webhook.Settings{Target: x.URL})
		_, after, err := e.hooks.Rotate(e.admin, "hook")
		e.check(err)
		if _, err := e.ring.Rotate(e.Context(), e.db, time.Now(), webhook.Secrets(e.db)); err != nil {
			e.Fatal(err)
		}
		_, err = e.hooks.Test(e.admin, "hook")
		e.check(err)
		e.within("the test event", func() bool { return len(x.messages()) == 1 })
		m := x.messages()[0]
		if !verified(m, before) || !verified(m, after) || before == after || read(e.TB, m).Type != "appos.test" {
			e.Errorf("signed %v", m.header)
		}
	})
}

// TestConnected: changes in the database of a connected system arrive as well, also
// when they are moved twice.
func TestConnected(t *testing.T) {
	each(t, func(e *env) {
		x := newTarget(e.TB, nil)
		e.start(webhook.Options{Allow: loopback})
		id, _ := e.hook(webhook.Settings{Target: x.URL, Records: []string{"crm.records.crate"}})
		create(e, e.ctx, Crate{Label: "A"})
		e.within("the message", func() bool { return len(x.messages()) == 1 })
		if s := read(e.TB, x.messages()[0]); s.Type != "crm.crate.created" || s.Data["label"] != "A" {
			e.Errorf("said %+v", s)
		}
		if all := e.deliveries(id); len(all) != 1 {
			e.Errorf("%d deliveries", len(all))
		}
		e.within("the outbox to be empty", func() bool {
			var n int
			e.check(e.outside.QueryRow(e.Context(), []any{&n}, `SELECT count(*) FROM appos_webhook_outbox`))
			return n == 0
		})
	})
}
