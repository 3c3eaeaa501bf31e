package main_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestAccount changes what users keep themselves: profile, language, password.
func TestAccount(t *testing.T) {
	anyDatabase(t)
	n := start(t, t.TempDir(), "--no-seed")
	ana := n.SignIn("ana")
	api := n.As("ana")

	ana.page("/account")
	if status, _, answer := ana.do("POST", "/account", url.Values{"full_name": {"Ana"}, "time_zone": {"Mars/Olympus"}, "_submit": {"1"}}); status != http.StatusUnprocessableEntity || !strings.Contains(answer, "Europe/Paris") {
		t.Errorf("a time zone on Mars: %d", status)
	}
	if status, location, _ := ana.do("POST", "/account", url.Values{"full_name": {"Ana F."}, "email": {"ana@example.com"}, "language": {"fr"}, "time_zone": {"Europe/Lisbon"}, "_submit": {"1"}}); status != http.StatusSeeOther || location != "/account" {
		t.Fatalf("%d to %q", status, location)
	}
	if page := ana.page("/crm/customers"); !strings.Contains(page, "Clients") || !strings.Contains(page, "Ana F.") {
		t.Error("the next page is not in French, or not Ana F.'s")
	}

	const next = "another correct horse"
	change := func(old, new, again string) (int, string, string) {
		ana.page("/account/password")
		return ana.do("POST", "/account/password", url.Values{"old": {old}, "new": {new}, "again": {again}, "_submit": {"1"}})
	}
	for name, tt := range map[string][3]string{
		"a wrong password":      {"guess", next, next},
		"two that differ":       {demoPassword, next, next + "s"},
		"one that is too short": {demoPassword, "short", "short"},
		"nothing":               {"", "", ""},
	} {
		status, _, answer := change(tt[0], tt[1], tt[2])
		if status != http.StatusUnprocessableEntity || !strings.Contains(answer, "aria-invalid") {
			t.Errorf("%s: %d", name, status)
		}
		if strings.Contains(answer, demoPassword) || strings.Contains(answer, next) {
			t.Errorf("%s: the page repeats a password", name)
		}
	}
	if status, location, answer := change(demoPassword, next, next); status != http.StatusSeeOther || location != "/account" {
		t.Fatalf("%d to %q: %.300s", status, location, answer)
	}
	ana.page("/account") // still signed in here
	if status, _, _ := api.do("GET", "/api/crm/customers", nil); status != http.StatusUnauthorized {
		t.Errorf("a token of the old password is answered %d", status)
	}
	if status, _, _ := (&client{n: n}).do("POST", "/api/auth/token", map[string]string{"username": "ana", "password": demoPassword}); status != http.StatusUnauthorized {
		t.Errorf("the old password is answered %d", status)
	}
}
