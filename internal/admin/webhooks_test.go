package admin_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/webhook"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/ui"
)

// hook makes a webhook that follows customers.
func (e *env) hook(name, target string) int64 {
	e.t.Helper()
	made, err := appos.Call(e.as("admin"), platform.CreateWebhook{Name: name, Settings: platform.WebhookSettings{
		Target: target, Account: "ana", Records: []string{"shop.records.customer"}}})
	if err != nil {
		e.t.Fatal(err)
	}
	return made.ID
}

// deliveryIs waits for a webhook's latest delivery to be as far as said.
func (e *env) deliveryIs(hook int64, state webhook.DeliveryState, attempts int) int64 {
	e.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		all, err := e.Webhooks.Deliveries(context.Background(), webhook.DeliveryQuery{Webhook: hook})
		if err != nil || time.Now().After(deadline) {
			e.t.Fatal(len(all), err)
		}
		if len(all) > 0 && all[0].State == state && all[0].Attempts == attempts {
			return all[0].ID
		}
	}
}

var webhookKey = regexp.MustCompile(`whsec_[0-9A-Za-z+/=]{40,}`)

// TestWebhook goes from a new webhook over what it sends to its end.
func TestWebhook(t *testing.T) {
	e := open(t)
	var broken atomic.Bool
	broken.Store(true)
	x := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if broken.Load() {
			w.WriteHeader(http.StatusTeapot)
			_, _ = io.WriteString(w, "<b>no</b>")
		}
	}))
	t.Cleanup(x.Close)
	e.get("/admin/webhooks").has(t, "No webhooks", "New webhook")
	e.get("/admin/webhooks/new").has(t, "shop.customer", "shop.pallet")
	form := save("name", "ERP <b>", "target", x.URL+"/in?token=hush", "account", "ana", "on_created", "on", "on_updated", "on", "record_shop.records.customer", "on")
	made := e.post("/admin/webhooks/new", form...)
	key := webhookKey.FindString(made.body)
	if made.status != http.StatusOK || key == "" {
		t.Fatalf("status %d, error %v", made.status, made.err)
	}
	made.has(t, "only time", "ERP <b>")
	all, err := e.Webhooks.Webhooks(context.Background())
	if err != nil || len(all) != 1 || strings.Join(all[0].Operations, " ") != "created updated" || all[0].Account != "ana" {
		t.Fatalf("made %+v, %v", all, err)
	}
	id := all[0].ID
	at := fmt.Sprintf("/admin/webhooks/%d", id)
	e.get(at).has(t, "No deliveries", "as ana", "Send a test event")
	e.get(at+"?view=settings").has(t, "never shown")

	if _, err := appos.Create(e.as("admin"), Customer{Name: "Bo <i>"}); err != nil {
		t.Fatal(err)
	}
	e.get(at).has(t, "shop.customer.created", "Waiting")
	if err := e.Queue.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	delivery := e.deliveryIs(id, webhook.Failed, 1)
	sent := fmt.Sprintf("%s/deliveries/%d", at, delivery)
	e.get(at).has(t, "Given up", "418", "Send again what was given up")
	e.get("/admin/webhooks").has(t, "ERP <b>", "Failing", "0%")
	e.get("/admin/webhooks?state=failing").has(t, "ERP <b>")
	e.get("/admin/webhooks?state=active").lacks(t, "ERP")
	e.get(sent).has(t, "It was given up", "It answered 418", "<b>no</b>", "shop.records.customer", "shop.records.customer")
	for _, path := range []string{"/admin/webhooks", at, at + "?view=history", sent, "/admin/audit", "/admin/logs"} {
		e.get(path).lacks(t, key, key[6:], "token=hush", "<b>", "<i>")
	}

	broken.Store(false)
	toasted := func(path, says string, tone ui.Variant, pairs ...string) {
		t.Helper()
		p := e.post(path, pairs...)
		if len(p.toasts) != 1 || p.toasts[0].Title != says || p.toasts[0].Tone != tone {
			t.Errorf("%v: toasts %+v, error %v", pairs, p.toasts, p.err)
		}
	}
	toasted(at, "1 event will be sent again", ui.OK, "_do", "replay", "since", "24h")
	e.deliveryIs(id, webhook.Delivered, 2)
	toasted(sent, "It is sent again", ui.OK, "_do", "resend")
	e.deliveryIs(id, webhook.Delivered, 3)
	e.get(sent).has(t, "Delivered", "200", "418")
	if p := e.post(at, "_do", "test"); !strings.HasPrefix(p.location, at+"/deliveries/") || p.location == sent {
		t.Errorf("on to %q, error %v", p.location, p.err)
	} else {
		e.get(p.location).has(t, "appos.test")
	}

	changed := e.post(at+"?view=settings", save("name", "ERP", "target", x.URL, "account", "ana", "record_shop.records.customer", "on", "fields", "name, version_of")...)
	if changed.status != http.StatusUnprocessableEntity {
		t.Errorf("a field that is none: status %d, error %v", changed.status, changed.err)
	}
	changed.has(t, `has no field "version_of"`)
	if p := e.post(at+"?view=settings", save("name", "ERP", "target", x.URL, "account", "ana", "record_shop.records.customer", "on", "fields", "name")...); p.location != at+"?view=settings" {
		t.Errorf("on to %q, error %v", p.location, p.err)
	}
	rotated := e.post(at+"?view=settings", "_do", "rotate")
	if next := webhookKey.FindString(rotated.body); next == "" || next == key {
		t.Errorf("status %d, error %v", rotated.status, rotated.err)
	}
	e.get(at+"?view=settings").has(t, "The secret before signs as well until")
	toasted(at, "ERP is paused", ui.OK, "_do", "paused")
	e.get(at).has(t, "It is paused", "Activate")
	toasted(at, "Nothing was changed", ui.Err, "_do", "test")
	toasted(at, "ERP is active", ui.OK, "_do", "active")
	toasted(at, "ERP is disabled", ui.OK, "_do", "disabled")
	e.get(at).has(t, "It is disabled")
	toasted(sent, "Nothing was changed", ui.Err, "_do", "resend")
	e.get(at+"?view=history").has(t, "Webhook: create", "Webhook: change", "Webhook: rotate", "Webhook: replay")
	for _, path := range []string{at, sent} {
		if p := e.post(path, "_do", "explode"); !errors.Is(p.err, appos.Invalid) {
			t.Errorf("%s: an action that is none: %v", path, p.err)
		}
	}
	if p := e.post(at, "_do", "replay", "since", "soon"); !errors.Is(p.err, appos.Invalid) {
		t.Errorf("a time that is not offered: %v, %v", p.toasts, p.err)
	}
	if p := e.post(at, "_do", "delete"); p.location != "/admin/webhooks" {
		t.Errorf("on to %q, error %v", p.location, p.err)
	}
	if p := e.request("admin", http.MethodGet, at, nil); p.status != http.StatusNotFound {
		t.Errorf("a webhook that is gone: %d", p.status)
	}
}

// TestWebhookForm: what cannot be is told beside its field, and makes nothing.
func TestWebhookForm(t *testing.T) {
	e := open(t)
	other := e.hook("other", "http://127.0.0.1:9/")
	good := map[string]string{"name": "erp", "target": "https://example.com/in", "account": "ana", "record_shop.records.customer": "on"}
	e.unchanged(func() {
		for name, test := range map[string]struct {
			field, value string
			says         string
		}{
			"no name":                      {"name", "", "Enter a name"},
			"a name that is taken":         {"name", "other", "already taken"},
			"no target":                    {"target", " ", "Enter the address"},
			"a target with another scheme": {"target", "file:///etc/passwd", "https://"},
			"a target with a password":     {"target", "https://a:b@example.com/", "Holds a user or a password"},
			"a private target":             {"target", "https://10.0.0.1/", "is not public"},
			"no account":                   {"account", "", "Enter the account"},
			"nobody's view":                {"account", "nobody", "Must be an active account"},
			"an account without a view":    {"account", "partner", "May not view shop.records.customer"},
			"no record":                    {"record_shop.records.customer", "", "Must name at least one record"},
			"a filter that is none":        {"filter", `{"nothing":1}`, "nothing"},
			"a field that it does not see": {"fields", "salary", `has no field "salary"`},
			"an environment":               {"environments", "Prod!", "lower-case letters"},
		} {
			form := save()
			for field, value := range good {
				if field == test.field {
					continue
				}
				form = append(form, field, value)
			}
			p := e.post("/admin/webhooks/new", append(form, test.field, test.value)...)
			if p.status != http.StatusUnprocessableEntity {
				t.Errorf("%s: status %d, error %v", name, p.status, p.err)
			}
			p.has(t, test.says)
		}
	})
	if p := e.request("ana", http.MethodPost, fmt.Sprintf("/admin/webhooks/%d", other), fields("_do", "delete")); !errors.Is(p.err, appos.Denied) {
		t.Errorf("ana deletes: %v", p.err)
	}
}
