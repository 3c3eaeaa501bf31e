package main_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

// TestForgedRequests sends what another site, or a session that is over, would:
// nothing changes, and the answer says why.
func TestForgedRequests(t *testing.T) {
	anyDatabase(t)
	n := start(t, t.TempDir(), "--no-seed")
	cora := n.SignIn("cora")
	form := func() url.Values {
		return url.Values{"code": {"F1"}, "name": {"Forged"}, "tier": {"bronze"}, "_submit": {"1"}}
	}

	t.Run("a form without the CSRF token", func(t *testing.T) {
		f := form()
		f.Set("_csrf", "")
		if status, _, answer := cora.do("POST", "/crm/customers/new", f); status != http.StatusForbidden || !strings.Contains(answer, "CSRF") {
			t.Errorf("%d: %.300s", status, answer)
		}
	})
	t.Run("a form with another session's token", func(t *testing.T) {
		other := n.SignIn("ana")
		other.page("/crm/customers/new")
		f := form()
		f.Set("_csrf", other.csrf)
		if status, _, _ := cora.do("POST", "/crm/customers/new", f); status != http.StatusForbidden {
			t.Errorf("status %d", status)
		}
	})
	t.Run("the API by a cookie without the token", func(t *testing.T) {
		req, err := http.NewRequest("POST", n.URL+"/api/crm/customers", strings.NewReader(`{"code":"F1","name":"Forged"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		resp, err := cora.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusForbidden {
			t.Errorf("status %d", resp.StatusCode)
		}
	})
	t.Run("a session that is over", func(t *testing.T) {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		at, err := url.Parse(n.URL)
		if err != nil {
			t.Fatal(err)
		}
		jar.SetCookies(at, []*http.Cookie{{Name: "appos_session", Value: "of-yesterday", Path: "/"}})
		b := &browser{n: n, http: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
		status, location, _ := b.do("GET", "/crm/customers?q=x", nil)
		if status != http.StatusSeeOther || location != "/sign-in?expired=1&next=%2Fcrm%2Fcustomers%3Fq%3Dx" {
			t.Errorf("%d to %q", status, location)
		}
		if page := b.page(location); !strings.Contains(page, "Your session is over") {
			t.Errorf("the sign-in page does not say that the session is over: %.400s", page)
		}
	})
	t.Run("a way to another site after the sign-in", func(t *testing.T) {
		for _, next := range []string{"//evil.example", "https://evil.example", `/\evil.example`, "/\t/evil.example"} {
			jar, err := cookiejar.New(nil)
			if err != nil {
				t.Fatal(err)
			}
			b := &browser{n: n, http: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
			if status, location, _ := b.do("POST", "/sign-in", url.Values{"username": {"sam"}, "password": {demoPassword}, "next": {next}}); status != http.StatusSeeOther || location != "/" {
				t.Errorf("next=%q leads to %q (%d)", next, location, status)
			}
		}
	})
	if got := n.As("cora").total("/api/crm/customers?count=true"); got != 0 {
		t.Errorf("%d customers were forged", got)
	}
	if !n.logged(`"csrf"`) {
		t.Error("the security log has no line about the forged requests")
	}
}
