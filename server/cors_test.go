package server_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/config"
)

// Any page may read what this app has.
var anybodysDepot = appos.NewApp("open", []byte("app:\n  groups: [readers, writers]\n  cors: {origins: [\"*\"], methods: [GET], headers: [X-Trace], max_age: 2h}\n"))

type OpenCrate struct {
	appos.Entity[OpenCrate]

	Label string `validate:"required" appos:"display"`
}

var _ = appos.Record[OpenCrate](anybodysDepot, appos.CRUD{
	View: appos.Allow("readers"), Create: appos.Allow("readers"), Update: appos.Allow("readers", "writers"), Delete: appos.Allow(),
}, appos.Named("crate"))

const shop = "https://shop.example.com"

func openShop(t *testing.T) (*site, map[string]string) {
	return openDepot(t, func(cfg *config.Config) {
		cfg.Apps = map[string]config.Own{"depot": {CORS: config.CORSOverride{Origins: []string{shop}}}}
	})
}

func (s *site) with(method, path, body string, header http.Header) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for k, v := range header {
		r.Header[http.CanonicalHeaderKey(k)] = v
	}
	if s.bearer != "" {
		r.Header.Set("Authorization", "Bearer "+s.bearer)
	}
	if s.cookie != nil {
		r.AddCookie(s.cookie)
	}
	w := httptest.NewRecorder()
	s.h.ServeHTTP(w, r)
	return w
}

func TestPreflight(t *testing.T) {
	at, _ := openShop(t)
	for _, tt := range []struct {
		name, path, origin, method string
		status                     int
		methods                    string
	}{
		{"an address of the API", "/api/depot/crates", shop, "POST", 204, "GET, HEAD, POST"},
		{"a row", "/api/depot/crates/1", shop, "DELETE", 204, "GET, HEAD, PUT, PATCH, DELETE"},
		{"another site", "/api/depot/crates", "https://evil.example.com", "POST", 403, ""},
		{"another scheme", "/api/depot/crates", "http://shop.example.com", "POST", 403, ""},
		{"another port", "/api/depot/crates", shop + ":8443", "POST", 403, ""},
		{"a site that begins the same", "/api/depot/crates", shop + ".evil.example", "POST", 403, ""},
		{"a sandbox", "/api/depot/crates", "null", "POST", 403, ""},
		{"a method that nothing answers", "/api/depot/crates", shop, "PUT", 405, ""},
		{"no method", "/api/depot/crates", shop, "", 405, ""},
		{"a page", "/depot/crates", shop, "POST", 405, ""},
		{"tokens", "/api/auth/token", shop, "POST", 405, ""},
		{"nowhere", "/api/depot/cartes", shop, "POST", 404, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{"Origin": {tt.origin}, "Sec-Fetch-Site": {"cross-site"}}
			if tt.method != "" {
				h.Set("Access-Control-Request-Method", tt.method)
			}
			w := at.with("OPTIONS", tt.path, "", h)
			got := w.Header()
			if w.Code != tt.status || got.Get("Access-Control-Allow-Methods") != tt.methods {
				t.Fatalf("%d, %v: %s", w.Code, got, w.Body)
			}
			if allowed := got.Get("Access-Control-Allow-Origin"); allowed != "" != (tt.status == 204) || allowed != "" && allowed != shop {
				t.Errorf("Access-Control-Allow-Origin is %q", allowed)
			}
			if got.Get("Access-Control-Allow-Credentials") != "" {
				t.Error("credentials are allowed")
			}
			if tt.status == 204 && (!strings.Contains(got.Get("Access-Control-Allow-Headers"), "Idempotency-Key") || got.Get("Access-Control-Max-Age") == "" || !strings.Contains(strings.Join(got["Vary"], ","), "Origin")) {
				t.Errorf("headers are %v", got)
			}
		})
	}
}

func TestCrossOriginRequests(t *testing.T) {
	at, tokens := openShop(t)
	bearer := at.as(tokens["reader"])
	cookie := &site{h: at.h, cookie: at.signIn(t, "reader")}
	from := func(origin, site string) http.Header {
		return http.Header{"Origin": {origin}, "Sec-Fetch-Site": {site}, "Content-Type": {"application/json"}}
	}
	const path, body = "/api/depot/crates", `{"label":"gold"}`
	for _, tt := range []struct {
		name   string
		who    *site
		method string
		from   http.Header
		status int
		shown  bool
	}{
		{"a token from the shop", bearer, "POST", from(shop, "cross-site"), 201, true},
		{"a token from an old browser at the shop", bearer, "POST", http.Header{"Origin": {shop}}, 201, true},
		{"a token from elsewhere", bearer, "POST", from("https://evil.example.com", "cross-site"), 403, false},
		{"a cookie from the shop", cookie, "POST", from(shop, "cross-site"), 401, true},
		{"a cookie from a sister of the shop", cookie, "POST", from(shop, "same-site"), 401, true},
		{"a cookie from elsewhere", cookie, "POST", from("https://evil.example.com", "cross-site"), 403, false},
		{"a cookie that reads, from the shop", cookie, "GET", from(shop, "cross-site"), 401, true},
		{"a token that reads, from the shop", bearer, "GET", from(shop, "cross-site"), 200, true},
		{"a token that reads, from elsewhere", bearer, "GET", from("https://evil.example.com", "cross-site"), 200, false},
		{"a cookie that reads, from the server's own page", cookie, "GET", from("http://example.com", "same-origin"), 200, false},
		{"no page at all", bearer, "POST", nil, 201, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := tt.who.with(tt.method, path, body, tt.from)
			if w.Code != tt.status {
				t.Errorf("%d %s, want %d", w.Code, w.Body, tt.status)
			}
			if shown := w.Header().Get("Access-Control-Allow-Origin") == shop; shown != tt.shown {
				t.Errorf("the page may read it: %v", w.Header())
			}
			if tt.status < 300 && !strings.Contains(strings.Join(w.Header()["Vary"], ","), "Origin") {
				t.Errorf("Vary is %q", w.Header()["Vary"])
			}
		})
	}
}

// Without cors in app.yaml nothing is different.
func TestNoCORS(t *testing.T) {
	at, tokens := openDepot(t, nil)
	h := http.Header{"Origin": {shop}, "Sec-Fetch-Site": {"cross-site"}, "Access-Control-Request-Method": {"POST"}}
	if w := at.with("OPTIONS", "/api/depot/crates", "", h); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("a preflight = %d, %v", w.Code, w.Header())
	}
	if w := at.as(tokens["reader"]).with("POST", "/api/depot/crates", `{"label":"x"}`, h); w.Code != http.StatusForbidden {
		t.Errorf("a token from elsewhere = %d", w.Code)
	}
	if w := at.as(tokens["reader"]).with("GET", "/api/depot/crates", "", h); strings.Contains(strings.Join(w.Header()["Vary"], ","), "Origin") {
		t.Errorf("Vary is %q", w.Header()["Vary"])
	}
}

// Any origin, but only to read.
func TestAnyOrigin(t *testing.T) {
	at, tokens := openDepotOf(t, anybodysDepot, nil)
	reader := at.as(tokens["reader"])
	h := http.Header{"Origin": {"https://anywhere.example"}, "Sec-Fetch-Site": {"cross-site"}, "Content-Type": {"application/json"}}
	if w := reader.with("GET", "/api/open/crates", "", h); w.Code != http.StatusOK || w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("GET = %d, %v", w.Code, w.Header())
	}
	if w := reader.with("POST", "/api/open/crates", `{"label":"x"}`, h); w.Code != http.StatusForbidden || w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("POST = %d, %v", w.Code, w.Header())
	}
	h.Set("Access-Control-Request-Method", "GET")
	w := reader.with("OPTIONS", "/api/open/crates", "", h)
	if got := w.Header(); w.Code != http.StatusNoContent || got.Get("Access-Control-Allow-Methods") != "GET" || !strings.HasSuffix(got.Get("Access-Control-Allow-Headers"), ", X-Trace") || got.Get("Access-Control-Max-Age") != "7200" {
		t.Errorf("the preflight = %d, %v", w.Code, got)
	}
}
