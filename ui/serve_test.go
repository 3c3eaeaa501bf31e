package ui_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/ui"
)

// site answers requests as a server does: the contract of the package's doc.
type site struct {
	fake *fake
	user *object.User
	lang string
	err  error // of the last page
}

func newSite(t testing.TB) *site {
	return &site{fake: newFake(t), lang: "en", user: &object.User{ID: 7, Name: "ana", FullName: "Ana Ortega", Email: "ana@example.com", Groups: []string{"sales"}, TimeZone: "Europe/Paris"}}
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	app := ui.App{Name: "shop", Title: "Shop", Tagline: "Sales workspace", Icon: "store", Path: "/shop"}
	other := ui.App{Name: "finance", Title: "Finance", Icon: "landmark", Path: "/finance", Theme: ui.Theme{Hue: 165, Chroma: 0.12, Radius: 5}}
	mux := http.NewServeMux()
	mux.Handle("GET "+ui.AssetPrefix, ui.Assets())
	for _, route := range ui.Routes(s.fake.reg, s.fake.reg.App("shop")) {
		pattern := "/shop" + route.Path
		if route.Path == "/" {
			pattern = "/shop/{$}"
		}
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			c := s.ctx(r, app, []ui.App{app, other})
			n, err := route.Serve(c)
			if err == nil {
				err = c.Respond(w, n)
			}
			if s.err = err; err != nil {
				c = s.ctx(r, app, []ui.App{app, other})
				_ = c.Respond(w, c.Error(err))
			}
		})
	}
	mux.HandleFunc("/signin", func(w http.ResponseWriter, r *http.Request) {
		c := s.ctx(r, ui.App{}, nil)
		s.err = c.Respond(w, ui.SignIn(c, ui.SignInForm{Action: "/signin", Next: r.FormValue("next"), User: r.FormValue("user"), Error: r.FormValue("error")}))
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		c := s.ctx(r, app, []ui.App{app, other})
		s.err = c.Respond(w, c.Error(object.NotFound))
	})
	w.Header().Set("Content-Security-Policy", ui.ContentSecurityPolicy)
	mux.ServeHTTP(w, r)
}

func (s *site) ctx(r *http.Request, app ui.App, apps []ui.App) *ui.Ctx {
	exec := &object.Execution{Runtime: s.fake, ID: "0193-test", User: s.user, Env: "test", Language: s.lang}
	frame := &object.Frame{Context: context.WithoutCancel(r.Context()), Exec: exec}
	return ui.NewCtx(frame, ui.Request{HTTP: r, App: app, Apps: apps, Product: "Acme", CSRF: "t0ken", SignOut: "/signout", Now: noon, Person: func(name string) string {
		return map[string]string{"sam": "Sam Lee"}[name]
	}})
}

func (s *site) do(t testing.TB, method, address string, form url.Values, header ...string) *http.Response {
	t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, address, body)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Result()
}

func (s *site) get(t testing.TB, address string) (int, string) {
	t.Helper()
	resp := s.do(t, "GET", address, nil)
	return resp.StatusCode, text(t, resp)
}

func (s *site) post(t testing.TB, address string, pairs ...string) *http.Response {
	t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return s.do(t, "POST", address, form)
}

func text(t testing.TB, resp *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func wants(t testing.TB, body string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(body, p) {
			t.Errorf("the page lacks %q", p)
		}
	}
}

func lacks(t testing.TB, body string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if strings.Contains(body, p) {
			t.Errorf("the page has %q", p)
		}
	}
}
