package server_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/platform"
)

// A browser that is signed in.
type visitor struct {
	h      http.Handler
	cookie *http.Cookie
}

func (v *visitor) do(method, path string, form url.Values) *httptest.ResponseRecorder {
	if form != nil {
		form.Set("_csrf", security.CSRFToken(v.cookie.Value))
	}
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(v.cookie)
	w := httptest.NewRecorder()
	v.h.ServeHTTP(w, r)
	return w
}

var someKey = regexp.MustCompile(`apposkey_([0-9a-z]{12})_[0-9A-Za-z]{49}`)

// Users make keys of their own, with their password, and end them.
func TestOwnKeys(t *testing.T) {
	var cfg *config.Config
	at, _ := openDepot(t, func(c *config.Config) { cfg = c })
	reader, writer := &visitor{at.h, at.signIn(t, "reader")}, &visitor{at.h, at.signIn(t, "writer")}
	form := func(pairs ...string) url.Values {
		f := url.Values{"_submit": {"1"}, "name": {"my script"}, "days": {"30"}, "password": {password}}
		for i := 0; i < len(pairs); i += 2 {
			f.Set(pairs[i], pairs[i+1])
		}
		return f
	}
	for name, f := range map[string]url.Values{
		"no name":           form("name", " "),
		"no password":       form("password", ""),
		"a wrong password":  form("password", "not that one"),
		"no time":           form("days", "0"),
		"for ever":          form("days", "never"),
		"a time of its own": form("days", "3650"),
	} {
		if w := reader.do("POST", "/account/keys/new", f); w.Code != http.StatusUnprocessableEntity || someKey.MatchString(w.Body.String()) {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	w := reader.do("POST", "/account/keys/new", form("group:readers", "on", "group:writers", "on"))
	found := someKey.FindStringSubmatch(w.Body.String())
	if w.Code != http.StatusOK || found == nil || w.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %s", w.Code, w.Header())
	}
	key, id := found[0], found[1]
	asks := func() int { return at.as(key).do("GET", "/api/depot/crates", "").Code }
	if code := asks(); code != http.StatusOK {
		t.Errorf("the key = %d", code)
	}
	if body := reader.do("GET", "/account/keys", nil).Body.String(); !strings.Contains(body, id) || !strings.Contains(body, "readers") || strings.Contains(body, key) {
		t.Errorf("the list is %s", body)
	}
	if body := writer.do("GET", "/account/keys", nil).Body.String(); strings.Contains(body, id) {
		t.Error("somebody else sees the key")
	}
	if w := writer.do("POST", "/account/keys", url.Values{"key": {id}}); w.Code != http.StatusNotFound || asks() != http.StatusOK {
		t.Errorf("somebody else ends the key: %d", w.Code)
	}
	if w := reader.do("POST", "/account/keys", url.Values{"key": {id}}); w.Code != http.StatusSeeOther || asks() != http.StatusUnauthorized {
		t.Errorf("ending it = %d", w.Code)
	}
	keptNowhere(t, cfg, map[string]string{"the reader's key": key[22:]})
}

func TestOwnKeysAreForbidden(t *testing.T) {
	at, _ := openDepot(t, func(cfg *config.Config) { cfg.Security.APIKeys.Own = false })
	reader := &visitor{at.h, at.signIn(t, "reader")}
	for _, path := range []string{"/account/keys", "/account/keys/new"} {
		if w := reader.do("GET", path, nil); w.Code != http.StatusNotFound {
			t.Errorf("%s = %d", path, w.Code)
		}
	}
	if body := reader.do("GET", "/account", nil).Body.String(); strings.Contains(body, "/account/keys") {
		t.Error("the account has a way to them")
	}
}

// What public_access is given, everybody may do over REST, and nothing else.
func TestThePublic(t *testing.T) {
	at, tokens := openDepot(t, nil)
	grants := func(ref string, permissions ...string) {
		t.Helper()
		m := platform.SetPermissions{Ref: ref, Grants: map[string][]string{"public_access": permissions, "readers": {"view", "create"}}}
		if _, err := appos.Call(at.system, m); err != nil {
			t.Fatal(err)
		}
	}
	const crates = "/api/depot/crates"
	at.as(tokens["reader"]).do("POST", crates, `{"label":"one"}`)
	status := func(want int, method, path, body string) {
		t.Helper()
		if w := at.do(method, path, body); w.Code != want {
			t.Errorf("%s %s = %d, want %d: %s", method, path, w.Code, want, w.Body)
		}
	}
	status(401, "GET", crates, "")
	grants("depot.records.crate", "view")
	status(200, "GET", crates, "")
	status(200, "GET", crates+"/1", "")
	status(401, "POST", crates, `{"label":"two"}`)
	status(401, "DELETE", crates+"/1", "")
	grants("depot.records.crate", "view", "create")
	status(201, "POST", crates, `{"label":"two"}`)
	status(401, "PATCH", crates+"/1", `{"label":"three"}`)
	// who signs in is not the public; a credential that is none does not become it
	if w := at.as(tokens["writer"]).do("GET", crates, ""); w.Code != http.StatusForbidden {
		t.Errorf("somebody without the right = %d", w.Code)
	}
	if w := at.as("apposkey_"+strings.Repeat("x", 62)).do("GET", crates, ""); w.Code != http.StatusUnauthorized {
		t.Errorf("a key that is none = %d", w.Code)
	}
	grants("depot.records.crate")
	status(401, "GET", crates, "")
}
