package admin_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/internal/system"
	"github.com/apposengine/appos/ui"
)

const warehouseAt = "/admin/systems/shop.connected_systems.warehouse"

// value is a setting of the warehouse in an environment.
func (e *env) value(env, key string) system.Value {
	e.t.Helper()
	for _, v := range e.Systems.System("shop.connected_systems.warehouse").Values(env) {
		if v.Key == key {
			return v
		}
	}
	e.t.Fatalf("no setting %q", key)
	return system.Value{}
}

// TestCredentials sets, replaces and clears a password. No answer has it, and
// neither has what is kept.
func TestCredentials(t *testing.T) {
	e := open(t)
	const secret = "correct horse battery"
	at := warehouseAt + "?env=prod&view=settings"
	if p := e.post(at, "_do", "credential", "key", "password", "credential", secret); p.location != at || p.toasts[0].Tone != ui.OK {
		t.Fatalf("on to %q, toasts %v, error %v", p.location, p.toasts, p.err)
	}
	if v := e.value("prod", "password"); !v.Set || v.Text != "" || v.By != "admin" {
		t.Errorf("the password is %+v", v)
	}
	e.get(at).has(t, "set by", "Clear")
	e.get(warehouseAt+"?view=history").has(t, "System: configure", "set")
	for path := range map[string]bool{"/admin/systems": true, warehouseAt: true, at: true, warehouseAt + "?view=history": true, "/admin/audit": true, "/admin/logs": true, "/admin/objects/shop.connected_systems.warehouse": true} {
		e.get(path).lacks(t, secret, "horse")
	}
	// what is wrong is not sent back either
	p := e.post(at, "_do", "credential", "key", "pasword", "credential", secret)
	p.lacks(t, secret)
	if len(p.toasts) != 1 || p.toasts[0].Tone != ui.Err || strings.Contains(p.toasts[0].Text, "horse") {
		t.Errorf("a credential that does not exist: %v", p.toasts)
	}
	if p := e.post(at, "_do", "credential", "key", "password"); p.toasts[0].Title != "Password cleared" || e.value("prod", "password").Set {
		t.Errorf("toasts %v, %+v", p.toasts, e.value("prod", "password"))
	}
	changes := ""
	all, err := e.Security.Changes(context.Background(), security.ChangeQuery{Subject: "shop.connected_systems.warehouse"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		changes += string(c.Before) + string(c.After)
	}
	if strings.Contains(changes, "horse") || !strings.Contains(changes, `"password":"set"`) {
		t.Errorf("the audit says %s", changes)
	}
}

func TestSystemSettings(t *testing.T) {
	e := open(t)
	at := warehouseAt + "?env=prod&view=settings"
	if p := e.post(at, save("pool_size", "30", "sslmode", "require")...); p.location != at {
		t.Fatalf("on to %q, status %d, error %v", p.location, p.status, p.err)
	}
	if v := e.value("prod", "pool_size"); v.Text != "30" || v.From != system.FromConsoleEnv {
		t.Errorf("the size is %+v", v)
	}
	if p := e.post(at, save("sslmode", "require")...); p.location != at || e.value("prod", "pool_size").Text != "20" {
		t.Errorf("an emptied field: %+v, error %v", e.value("prod", "pool_size"), p.err)
	}
	e.unchanged(func() {
		p := e.post(at, save("pool_size", "many", "sslmode", "require", "url", "ftp://x")...)
		if p.status != http.StatusUnprocessableEntity {
			t.Errorf("status %d, error %v", p.status, p.err)
		}
		p.has(t, "whole number")
	})
	if p := e.post(warehouseAt, "_do", "test"); len(p.toasts) != 1 || p.toasts[0].Tone != ui.OK {
		t.Errorf("testing: %v, error %v", p.toasts, p.err)
	}
	e.post(warehouseAt+"?env=prod", "_do", "test")
	e.Systems.CheckNow(context.Background(), e.Systems.System("shop.connected_systems.warehouse"))
	e.get(warehouseAt).has(t, "Up", "Available", "shop.records.pallet", "sqlite::memory:")
	e.get("/admin/systems").has(t, "Up", "pallet")
}

// TestConfiguringTakesARight asks for a change as somebody who may not.
func TestConfiguringTakesARight(t *testing.T) {
	e := open(t)
	if e.may(e.as("ana"), "platform.rules.configure_system", object.Use) {
		t.Error("ana may configure systems")
	}
}
