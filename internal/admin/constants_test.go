package admin_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/constant"
	"github.com/apposengine/appos/ui"
)

// tariffs has constants of every form.
func tariffs() *appos.App {
	app := appos.NewApp("tariffs", nil)
	appos.Constant(app, "open", true).Allow(sales)
	appos.Constant(app, "wait", time.Hour).Allow(sales)
	appos.Constant(app, "level", "low").Validate("oneof=low high").Allow(sales)
	appos.Constant(app, "greeting", "Hello").Allow(sales)
	appos.Constant(app, "parts", []int{1}).Allow(sales)
	appos.Constant(app, "share", 0.1, appos.In("prod", 0.2)).Validate("gte=0,lte=1").Allow(sales)
	return app
}

const shareAt = "/admin/constants/tariffs.constants.share"

// overrideOf is what a constant is set to in an environment.
func (e *env) overrideOf(ref, env string) constant.Override {
	for _, x := range e.Constants.All() {
		if x.Ref == ref && x.Env == env {
			return x
		}
	}
	return constant.Override{}
}

func TestConstants(t *testing.T) {
	e := open(t, tariffs())
	e.get("/admin/constants").has(t, "tariffs.constants.share", "shop.constants.tax_rate", "Declared", "Code says", "In test")
	e.get("/admin/constants?app=tariffs").lacks(t, "shop.constants.tax_rate")
	e.get(shareAt).has(t, "Set in test", "prod", "0.2", "gte=0,lte=1", "Used by")

	if p := e.post(shareAt, save("value", "0.3", "version", "0")...); p.location != shareAt+"?env=test" {
		t.Fatalf("on to %q, status %d, error %v\n%s", p.location, p.status, p.err, p.text())
	}
	if x := e.overrideOf("tariffs.constants.share", "test"); x.Text != "0.3" || x.By != "admin" {
		t.Errorf("it is set to %+v", x)
	}
	e.get("/admin/constants?state=Changed").has(t, "tariffs.constants.share", "0.3", "Changed")
	e.get("/admin/objects/tariffs.constants.share").has(t, "test, set in the console", "0.3")

	// who saw what was there before is told
	if p := e.post(shareAt, save("value", "0.4", "version", "0")...); p.status != 422 || !strings.Contains(p.text(), "Admin has set tariffs.constants.share in test meanwhile") {
		t.Errorf("a stale form: %d %s", p.status, p.text())
	}
	for _, tt := range []struct{ value, want string }{
		{"1.5", "Must be at most 1"}, {"-1", "Must be at least 0"}, {"lots", "Must be a number"}, {"", "Must be a number"}, {"<script>", "Must be a number"},
	} {
		version := strconv.FormatInt(e.overrideOf("tariffs.constants.share", "test").Version, 10)
		p := e.post(shareAt, save("value", tt.value, "version", version)...)
		p.lacks(t, "<script>")
		if p.status != 422 || !strings.Contains(p.text(), tt.want) {
			t.Errorf("%q: %d, want %q in %s", tt.value, p.status, tt.want, p.text())
		}
	}
	if x := e.overrideOf("tariffs.constants.share", "test"); x.Text != "0.3" {
		t.Errorf("after mistakes it is %+v", x)
	}

	// another environment
	if p := e.post(shareAt+"?env=prod", save("value", "0.9", "version", "0")...); p.location != shareAt+"?env=prod" || e.overrideOf("tariffs.constants.share", "prod").Text != "0.9" {
		t.Errorf("prod: on to %q, %v", p.location, p.err)
	}
	e.get("/admin/constants").has(t, "prod 0.9")

	// reset, and back by the history
	at := strconv.FormatInt(e.overrideOf("tariffs.constants.share", "test").Version, 10)
	if p := e.post(shareAt, "_do", "reset", "env", "test", "version", at); len(p.toasts) != 1 || p.toasts[0].Tone != ui.OK || e.overrideOf("tariffs.constants.share", "test").Version != 0 {
		t.Errorf("reset: %v, %v", p.toasts, p.err)
	}
	e.get(shareAt+"?view=history").has(t, "Constant: set", "Constant: reset", "admin", "Restore", "prod")
	if p := e.post(shareAt+"?view=history", "_do", "restore", "env", "test", "value", "0.3", "set", "1"); e.overrideOf("tariffs.constants.share", "test").Text != "0.3" {
		t.Errorf("restore: %v, %v", p.toasts, p.err)
	}
	// a value that was changed by hand is checked like every other
	if p := e.post(shareAt+"?view=history", "_do", "restore", "env", "test", "value", "7", "set", "1"); p.toasts[0].Tone != ui.Err || e.overrideOf("tariffs.constants.share", "test").Text != "0.3" {
		t.Errorf("restore what does not fit: %v", p.toasts)
	}
	e.get("/admin/audit?subject=tariffs.constants.share").has(t, "tariffs.constants.share")
}

func TestConstantForms(t *testing.T) {
	e := open(t, tariffs())
	at := func(name string) string { return "/admin/constants/tariffs.constants." + name }
	for name, want := range map[string]string{
		"open": `<option value="true" selected`, "level": `<option value="high"`, "wait": `value="1h"`, "greeting": `value="Hello"`, "parts": "Only the code sets it",
	} {
		if body := e.get(at(name)).body; !strings.Contains(body, want) {
			t.Errorf("the form of %s lacks %s:\n%s", name, want, body)
		}
	}
	if body := e.get("/admin/constants/shop.constants.pricing").body; !strings.Contains(body, `<option value="shop.rules.quote"`) {
		t.Error("a constant that refers to a rule does not offer rules")
	}
	const hostile = `<img src=x onerror=alert(1)> "'&`
	if p := e.post(at("greeting"), save("value", hostile, "version", "0")...); p.location == "" {
		t.Fatalf("%d %v", p.status, p.err)
	}
	for _, path := range []string{"/admin/constants", at("greeting"), at("greeting") + "?view=history", "/admin/objects/tariffs.constants.greeting", "/admin/audit"} {
		if body := e.get(path).body; strings.Contains(body, "<img") {
			t.Errorf("%s has the tag", path)
		}
	}
	if p := e.post(at("level"), save("value", "medium", "version", "0")...); p.status != 422 {
		t.Errorf("a value that is not one of them: %d", p.status)
	}
	for _, path := range []string{"/admin/constants/none", "/admin/constants/shop.rules.price", at("open") + "?env=PROD", at("open") + "?view=none"} {
		if p := e.request("admin", "GET", path, nil); p.status != 404 {
			t.Errorf("%s: %d", path, p.status)
		}
	}
	if p := e.request("ana", "POST", at("open"), fields(save("value", "false", "version", "0")...)); p.status != 403 {
		t.Errorf("somebody else: %d", p.status)
	}
	if got := e.overrideOf("tariffs.constants.open", "test"); got.Version != 0 {
		t.Errorf("open is set to %+v", got)
	}
}

// What was set of a constant that is gone is shown and cleared away.
func TestConstantsLeft(t *testing.T) {
	e := open(t)
	ctx := context.Background()
	if _, err := e.DB.Exec(ctx, `INSERT INTO appos_constant_override (constant, environment, value, version, changed_by, changed_at) VALUES ('shop.constants.gone', 'test', '1', 1, 'ana', ?)`, noon); err != nil {
		t.Fatal(err)
	}
	if _, err := e.DB.Exec(ctx, `INSERT INTO appos_revision (topic, revision) VALUES ('constants', 1)`); err != nil {
		t.Fatal(err)
	}
	e.get("/admin/constants").has(t, "Left of constants that are gone", "shop.constants.gone")
	if p := e.post("/admin/constants", "_do", "clear", "ref", "shop.constants.gone", "env", "test"); p.toasts[0].Tone != ui.OK || len(e.Constants.All()) != 0 {
		t.Errorf("%v, %v", p.toasts, e.Constants.All())
	}
	e.get("/admin/constants").lacks(t, "Left of constants")
}
