package server_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/internal/declare"
	"github.com/apposengine/appos/internal/store/storetest"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/server"
	"github.com/apposengine/appos/ui"
)

// A small app, in which who may change things may not see them.
var depot = appos.NewApp("depot", []byte("app:\n  name: Depot\n  groups: [readers, writers]\n"))

type Crate struct {
	appos.Entity[Crate]

	Label string `validate:"required" appos:"display"`
}

var _ = appos.Record[Crate](depot, appos.CRUD{
	View: appos.Allow("readers"), Create: appos.Allow("readers"), Update: appos.Allow("readers", "writers"), Delete: appos.Allow(),
})

var rent = appos.Constant(depot, "rent", 7).Allow("writers")

var _ = ui.Extend(depot, func(c *ui.Ctx, t *ui.Table[Crate]) {
	if c.Query("rent") != "" {
		t.Columns = append(t.Columns, ui.Column[Crate]{Key: "rent", Title: "Rent", Text: func(*Crate) string { return fmt.Sprint(rent.Get(c)) }})
	}
})

func TestMain(m *testing.M) { storetest.Main(m) }

// openDepot opens a server with a reader, a writer and a robot, a service account
// that may do what readers may. It returns their tokens.
func openDepot(t *testing.T, change func(*config.Config)) (*site, map[string]string) {
	t.Helper()
	return openDepotOf(t, depot, change)
}

func openDepotOf(t *testing.T, app *appos.App, change func(*config.Config)) (*site, map[string]string) {
	t.Helper()
	cfg := config.Default()
	cfg.Platform.Data = t.TempDir()
	cfg.Database.URL = config.NewSecret(storetest.URL(t))
	cfg.AdminPassword = config.NewSecret(password)
	if change != nil {
		change(cfg)
	}
	s, err := server.Open(t.Context(), cfg, app)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	system, err := s.As(t.Context(), "system")
	if err != nil {
		t.Fatal(err)
	}
	at := &site{h: s.Handler(), system: system}
	tokens := map[string]string{}
	for _, u := range []platform.CreateUser{
		{Name: "reader", Groups: []string{"readers"}},
		{Name: "writer", Groups: []string{"writers"}},
		{Name: "robot", Groups: []string{"readers"}, Type: "service_account"},
	} {
		if u.Type == "" {
			u.Password = password
		}
		if _, err := appos.Call(system, u); err != nil {
			t.Fatal(err)
		}
		if u.Password == "" { // a service account, which has a key
			k, err := appos.Call(system, platform.CreateAPIKey{Account: u.Name, Name: "test"})
			if err != nil {
				t.Fatal(err)
			}
			tokens[u.Name] = k.Secret
			continue
		}
		w := at.do("POST", "/api/auth/token", fmt.Sprintf(`{"username":%q,"password":%q}`, u.Name, password))
		_, rest, _ := strings.Cut(w.Body.String(), `"token":"`)
		tokens[u.Name], _, _ = strings.Cut(rest, `"`)
	}
	return at, tokens
}

func (s *site) as(token string) *site { return &site{h: s.h, bearer: token} }

// An app's name begins its addresses and tables, which must not be the platform's.
func TestReservedNames(t *testing.T) {
	for _, name := range []string{"admin", "api", "appos", "auth", "health", "metrics", "platform", "ready"} {
		if d := declare.Read([]*appos.App{appos.NewApp(name, []byte("app:\n  name: Own\n"))}); len(d.Faults) != 1 {
			t.Errorf("an app named %q: faults %v", name, d.Faults)
		}
	}
}

// A change answers with the row only who may view it.
func TestChangingWithoutViewing(t *testing.T) {
	at, tokens := openDepot(t, nil)
	if w := at.as(tokens["reader"]).do("POST", "/api/depot/crates", `{"label":"gold"}`); w.Code != http.StatusCreated {
		t.Fatalf("create = %d %s", w.Code, w.Body)
	}
	writer := at.as(tokens["writer"])
	if w := writer.do("GET", "/api/depot/crates/1", ""); w.Code != http.StatusForbidden {
		t.Errorf("GET = %d", w.Code)
	}
	for _, body := range []string{`{}`, `{"label":"silver"}`} {
		if w := writer.do("PATCH", "/api/depot/crates/1", body); w.Code != http.StatusNoContent || w.Body.Len() > 0 {
			t.Errorf("PATCH %s = %d %s", body, w.Code, w.Body)
		}
	}
	if w := at.as(tokens["reader"]).do("PATCH", "/api/depot/crates/1", `{}`); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "silver") {
		t.Errorf("PATCH of a reader = %d %s", w.Code, w.Body)
	}
}

func TestServiceAccountsHaveNoScreens(t *testing.T) {
	at, tokens := openDepot(t, nil)
	robot := at.as(tokens["robot"])
	if w := robot.do("GET", "/api/depot/crates", ""); w.Code != http.StatusOK {
		t.Errorf("the API = %d", w.Code)
	}
	for _, path := range []string{"/depot/crates", "/depot/crates/new", "/depot/_palette", "/", "/admin/"} {
		if w := robot.do("GET", path, ""); w.Code != http.StatusForbidden {
			t.Errorf("GET %s = %d", path, w.Code)
		}
	}
}

// A constant that a part of a page reads in vain is a refusal, not a defect.
func TestConstantsOfPages(t *testing.T) {
	at, tokens := openDepot(t, nil)
	reader := at.as(tokens["reader"])
	reader.do("POST", "/api/depot/crates", `{"label":"one"}`)
	if w := reader.do("GET", "/depot/crates", ""); w.Code != http.StatusOK {
		t.Errorf("the list = %d", w.Code)
	}
	if w := reader.do("GET", "/depot/crates?rent=1", ""); w.Code != http.StatusForbidden {
		t.Errorf("the list with the rent = %d", w.Code)
	}
}

func TestMethods(t *testing.T) {
	at, tokens := openDepot(t, nil)
	reader := at.as(tokens["reader"])
	for _, tt := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"PUT", "/api/depot/crates", 405, "GET, HEAD, POST"},
		{"OPTIONS", "/api/depot/crates/1", 405, "GET, HEAD, PUT, PATCH, DELETE"},
		{"DELETE", "/depot/crates", 405, "GET, HEAD, POST"},
		{"GET", "/sign-out", 405, "POST"},
		{"POST", "/api/depot/cartes", 404, ""},
		{"POST", "/depot/cartes", 404, ""},
	} {
		w := reader.do(tt.method, tt.path, "")
		if w.Code != tt.status || w.Header().Get("Allow") != tt.allow {
			t.Errorf("%s %s = %d, Allow %q; want %d, %q", tt.method, tt.path, w.Code, w.Header().Get("Allow"), tt.status, tt.allow)
		}
	}
}

// Figures are for this machine: what a proxy on it passes on comes from elsewhere.
func TestMetricsAreLocal(t *testing.T) {
	for _, tt := range []struct {
		name, peer string
		trusted    []string
		header     http.Header
		want       int
	}{
		{"from here", "127.0.0.1:9", nil, nil, 200},
		{"from elsewhere", "192.0.2.1:9", nil, nil, 401},
		{"by an unknown proxy here", "127.0.0.1:9", nil, http.Header{"X-Forwarded-For": {"192.0.2.1"}}, 401},
		{"by one that says nothing believable", "127.0.0.1:9", nil, http.Header{"X-Forwarded-For": {"127.0.0.1"}}, 401},
		{"by a trusted proxy, from elsewhere", "127.0.0.1:9", []string{"127.0.0.0/8"}, http.Header{"X-Forwarded-For": {"192.0.2.1"}}, 401},
		{"by a trusted proxy, below a forged line", "10.0.0.1:9", []string{"10.0.0.0/8"}, http.Header{"X-Forwarded-For": {"127.0.0.1", "192.0.2.1"}}, 401},
		{"by a trusted proxy, after a forged hop", "10.0.0.1:9", []string{"10.0.0.0/8"}, http.Header{"X-Forwarded-For": {"127.0.0.1, 192.0.2.1"}}, 401},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at, _ := openDepot(t, func(cfg *config.Config) { cfg.Platform.TrustedProxies = tt.trusted })
			r := httptest.NewRequest("GET", "/metrics", nil)
			r.RemoteAddr = tt.peer
			for k, v := range tt.header {
				r.Header[k] = v
			}
			w := httptest.NewRecorder()
			at.h.ServeHTTP(w, r)
			if w.Code != tt.want {
				t.Errorf("/metrics = %d, want %d", w.Code, tt.want)
			}
		})
	}
}

// A form that cannot be read whole is refused, rather than taken for what was read.
func TestFormsAreReadWhole(t *testing.T) {
	at, tokens := openDepot(t, nil)
	for _, tt := range []struct {
		name, body string
		want       int
	}{
		{"whole", "label=one&_submit=1", http.StatusSeeOther},
		{"too large", "label=two&_submit=1&rest=" + strings.Repeat("x", 11<<20), http.StatusRequestEntityTooLarge},
		{"no form", "label=three&_submit=1&rest=%zz", http.StatusBadRequest},
	} {
		r := httptest.NewRequest("POST", "/depot/crates/new", strings.NewReader(tt.body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Authorization", "Bearer "+tokens["reader"])
		w := httptest.NewRecorder()
		at.h.ServeHTTP(w, r)
		if w.Code != tt.want {
			t.Errorf("%s = %d, want %d", tt.name, w.Code, tt.want)
		}
	}
	if w := at.as(tokens["reader"]).do("GET", "/api/depot/crates?count=true", ""); !strings.Contains(w.Body.String(), `"total":1`) {
		t.Errorf("stored %s", w.Body)
	}
}
