package ui_test

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/ui"
)

// What a page's message is addressed by is what its handler gets.
func TestPageRoundTrip(t *testing.T) {
	s := newSite(t)
	c := s.ctx(httpGet("/shop/dashboard"), ui.App{Name: "shop", Path: "/shop"}, nil)
	for _, tt := range []struct {
		in   Report
		url  string
		want string
	}{
		{Report{Customer: 3, Year: 2024, Note: `a/b&"c"`}, "/shop/reports/3/2024?note=a%2Fb%26%22c%22", "customer 3, year 2024, note &#34;a/b&amp;\\&#34;c\\&#34;&#34;"},
		{Report{Customer: 3, Year: 0}, "/shop/reports/3/0", "customer 3, year 0, note"},
	} {
		if got := c.URL(tt.in); got != tt.url {
			t.Errorf("%+v is at %q, want %q", tt.in, got, tt.url)
		}
		status, body := s.get(t, tt.url)
		if status != http.StatusOK {
			t.Errorf("%s is answered with %d", tt.url, status)
		}
		wants(t, body, tt.want)
	}
	if got := c.URL(Welcome{}); got != "#" {
		t.Errorf("an interface has the address %q", got)
	}
	if status, body := s.get(t, "/shop/reports/x/2024"); status != http.StatusNotFound {
		t.Errorf("a path that fits no message is answered with %d: %s", status, body)
	}
}

func TestStatuses(t *testing.T) {
	s := newSite(t)
	s.fake.seed(t, 3)
	s.fake.deny["shop.pages.report"] = object.Use
	s.fake.deny["shop.records.region"] = object.AllPermissions
	for _, tt := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/shop/dashboard", 200},
		{"GET", "/shop/customers", 200},
		{"GET", "/shop/customers/2", 200},
		{"GET", "/shop/customers/99", 404},
		{"GET", "/shop/customers/x", 404},
		{"GET", "/shop/customers/-1", 404},
		{"GET", "/shop/none", 404},
		{"GET", "/shop/reports/1/2024", 403},
		{"GET", "/shop/regions/new", 403},
		{"GET", "/shop/regions/1/edit", 403},
		{"POST", "/shop/regions/1/delete", 403},
		{"GET", "/shop/", 303},
		{"GET", "/shop/_palette?q=nord", 200},
	} {
		if resp := s.do(t, tt.method, tt.path, nil); resp.StatusCode != tt.status {
			t.Errorf("%s %s is answered with %d, want %d", tt.method, tt.path, resp.StatusCode, tt.status)
		}
	}
}

// An interface that the user may not use ends the page, whatever is around it.
func TestShowDenied(t *testing.T) {
	s := newSite(t)
	c := s.ctx(httpGet("/shop/dashboard"), ui.App{Name: "shop", Path: "/shop"}, nil)
	w := newRecorder()
	err := c.Respond(w, ui.Screen(c, "Page", ui.Card("Card", ui.Show(c, Secret{}))))
	if !errors.Is(err, appos.Denied) || w.Body.Len() > 0 || len(w.Header()) > 0 {
		t.Fatalf("the page ends with %v, and %q was written", err, w.Body)
	}
	if err := c.Respond(w, c.Error(err)); err != nil || w.Code != http.StatusForbidden {
		t.Errorf("the error is answered with %d, %v", w.Code, err)
	}
	wants(t, w.Body.String(), "You may not do this", "0193-test")
	lacks(t, w.Body.String(), "never seen", "Card")
}

func TestErrorPages(t *testing.T) {
	s := newSite(t)
	for _, tt := range []struct {
		err    error
		status int
		want   string
	}{
		{ui.ErrTooMany, 429, "Too many requests"},
		{ui.ErrExpired, 401, "Your session is over"},
		{object.Errorf(object.Conflict, "the order is shipped"), 409, "The order is shipped"},
		{object.Errorf(object.Invalid, "no"), 422, "Something in the request is wrong"},
		{object.Timeout, 504, "This took too long"},
		{errors.New("dial tcp 10.0.0.1: refused"), 500, "Something went wrong"},
		{object.Errorf(object.Internal, "pq: relation does not exist"), 500, "Something went wrong"},
	} {
		c := s.ctx(httpGet("/shop/x"), ui.App{Name: "shop", Path: "/shop"}, nil)
		w := newRecorder()
		if err := c.Respond(w, c.Error(tt.err)); err != nil || w.Code != tt.status {
			t.Errorf("%v is answered with %d, %v; want %d", tt.err, w.Code, err, tt.status)
		}
		wants(t, w.Body.String(), tt.want, "0193-test", "/shop/")
		lacks(t, w.Body.String(), "10.0.0.1", "pq:")
	}
}

func TestBoosted(t *testing.T) {
	s := newSite(t)
	s.fake.seed(t, 3)
	ask := func(at, path string, header ...string) *http.Response {
		return s.do(t, "GET", path, nil, append([]string{"HX-Request", "true", "HX-Current-URL", "http://example.com" + at}, header...)...)
	}
	resp := ask("/shop/customers", "/shop/customers?q=nord&tier=&sort=")
	body := text(t, resp)
	wants(t, body, `<main id="main"`, `hx-target="#nav"`, "<title>Customers")
	lacks(t, body, "<!doctype", "<aside")
	if got := resp.Header.Get("HX-Replace-Url"); got != "/shop/customers?q=nord" {
		t.Errorf("the same page replaces its address by %q", got)
	}
	if got := ask("/shop/dashboard", "/shop/customers").Header.Get("HX-Push-Url"); got != "/shop/customers" {
		t.Errorf("another page pushes %q", got)
	}
	if got := ask("/finance/invoices", "/shop/customers").Header.Get("HX-Redirect"); got != "/shop/customers" {
		t.Errorf("a link from another app redirects to %q", got)
	}
	if got := ask("/shop/customers", "/signin?next=%2Fshop").Header.Get("HX-Redirect"); got != "/signin?next=%2Fshop" {
		t.Errorf("a page without a shell redirects to %q", got)
	}
	wants(t, text(t, ask("/shop/customers", "/shop/customers", "HX-History-Restore-Request", "true")), "<!doctype")
}

func TestToastCrossesRedirect(t *testing.T) {
	s := newSite(t)
	s.fake.seed(t, 2)
	resp := s.post(t, "/shop/customers/1/delete", "_version", "1")
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/shop/customers" {
		t.Fatalf("a delete is answered with %d, to %q", resp.StatusCode, resp.Header.Get("Location"))
	}
	cookie := resp.Cookies()[0]
	next := s.do(t, "GET", "/shop/customers", nil, "Cookie", cookie.Name+"="+cookie.Value)
	wants(t, text(t, next), "Customer deleted", "Nordlicht Logistics 1")
	if got := next.Cookies()[0].MaxAge; got >= 0 {
		t.Errorf("the cookie stays, max-age %d", got)
	}
	forged := s.do(t, "GET", "/shop/customers", nil, "Cookie", cookie.Name+"=%%%")
	if forged.StatusCode != http.StatusOK {
		t.Errorf("a forged cookie is answered with %d", forged.StatusCode)
	}
}

var unsafeMarkup = regexp.MustCompile(`(?i)\sstyle=|<style|<script>|\son[a-z]+=|href="javascript`)

// The content security policy needs markup without inline styles and scripts.
func TestNothingInline(t *testing.T) {
	s := newSite(t)
	s.fake.seed(t, 60)
	for _, path := range []string{"/shop/dashboard", "/shop/customers", "/shop/customers?q=none", "/shop/customers/1", "/shop/customers/new", "/shop/orders/1/edit", "/shop/customers/1/delete", "/signin", "/shop/none"} {
		_, body := s.get(t, path)
		if m := unsafeMarkup.FindString(body); m != "" {
			t.Errorf("%s has %q", path, m)
		}
		wants(t, body, "<!doctype html>", `<html lang="en"`)
	}
}

// What people type is text wherever it is shown.
func TestEscaping(t *testing.T) {
	s := newSite(t)
	const evil = `"><script>alert(1)</script>`
	region := appos.ID[Region](1)
	create(t, s, &Region{Name: evil})
	create(t, s, &Customer{Name: evil[:26], Tier: "gold", Region: &region})
	create(t, s, &Order{Number: evil, Customer: 1, Status: "draft"})
	for _, path := range []string{
		"/shop/customers", "/shop/customers/1", "/shop/customers/1/edit", "/shop/customers/1/delete", "/shop/orders", "/shop/orders/1", "/shop/orders?customer_id=1",
		"/shop/customers?q=" + evil, "/shop/customers?tier=" + evil, "/shop/customers?sort=" + evil, "/shop/customers?after=" + evil, "/shop/_palette?q=" + evil, "/signin?user=" + evil + "&error=" + evil + "&next=" + evil,
		"/shop/customers/new?name=" + evil,
	} {
		_, body := s.get(t, strings.ReplaceAll(strings.ReplaceAll(path, `"`, "%22"), " ", "%20"))
		lacks(t, body, "<script>alert")
	}
}

func TestSignIn(t *testing.T) {
	s := newSite(t)
	s.user = &object.User{Name: "public"}
	_, body := s.get(t, "/signin?next=//evil.example&user=ana&error=Wrong+password")
	wants(t, body, `name="_csrf" value="t0ken"`, `name="username"`, `value="ana"`, `type="password"`, "Wrong password", `role="alert"`, `name="next" value="/"`, "Acme")
	lacks(t, body, "evil.example", "sidebar", "<script")
}

func TestAssets(t *testing.T) {
	s := newSite(t)
	_, body := s.get(t, "/shop/dashboard")
	links := regexp.MustCompile(`(?:href|src)="(/_a/[^"]+)"`).FindAllStringSubmatch(body, -1)
	if len(links) < 5 {
		t.Fatalf("the page links %d assets", len(links))
	}
	for _, l := range links {
		resp := s.do(t, "GET", l[1], nil, "Accept-Encoding", "gzip")
		if resp.StatusCode != http.StatusOK || !strings.Contains(resp.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s is answered with %d, %q", l[1], resp.StatusCode, resp.Header.Get("Cache-Control"))
		}
	}
	for path, want := range map[string]int{
		ui.Theme{Hue: 10, Chroma: 0.1, Radius: 4, Dense: true}.URL(): 200,
		"/_a/theme-999-100-4-0.css":                                  404, // not how the theme is addressed
		"/_a/theme-1-1-1.css":                                        404,
		"/_a/theme-a-1-1-1.css":                                      404,
		"/_a/ui.css":                                                 404,
		"/_a/../table.go":                                            404,
	} {
		if resp := s.do(t, "GET", path, nil); resp.StatusCode != want && resp.StatusCode != http.StatusTemporaryRedirect {
			t.Errorf("%s is answered with %d, want %d", path, resp.StatusCode, want)
		}
	}
}

func TestNavigation(t *testing.T) {
	s := newSite(t)
	s.lang = "fr"
	_, body := s.get(t, "/shop/customers")
	wants(t, body, `href="/shop/dashboard"`, "Tableau de bord", "Données", `href="/shop/customers" aria-current="page"`, `href="/finance/" hx-boost="false"`)
	s.fake.deny["shop.pages.dashboard"] = object.Use
	s.fake.deny["shop.records.region"] = object.View
	_, body = s.get(t, "/shop/customers")
	lacks(t, body, "Tableau de bord", `href="/shop/regions"`)
}
