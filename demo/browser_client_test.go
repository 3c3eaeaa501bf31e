package main_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
)

// browser speaks to a node as a browser without JavaScript does: cookies and forms.
type browser struct {
	n    *node
	http *http.Client
	csrf string
}

var csrfMeta = regexp.MustCompile(`name="csrf-token" content="([^"]+)"`)

// SignIn signs in on the sign-in page.
func (n *node) SignIn(user string) *browser {
	n.t.Helper()
	password := demoPassword
	if user == "admin" {
		password = adminPassword
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		n.t.Fatal(err)
	}
	b := &browser{n: n, http: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	status, location, answer := b.do("POST", "/sign-in", url.Values{"username": {user}, "password": {password}})
	if status != http.StatusSeeOther || strings.HasPrefix(location, "/sign-in") {
		n.t.Fatalf("signing in as %s: %d to %q: %s", user, status, location, answer)
	}
	return b
}

// do sends a request, with the CSRF token of the last page when it is a POST.
func (b *browser) do(method, path string, form url.Values) (status int, location, answer string) {
	b.n.t.Helper()
	var body io.Reader
	if method == http.MethodPost {
		if form == nil {
			form = url.Values{}
		}
		if b.csrf != "" && !form.Has("_csrf") {
			form.Set("_csrf", b.csrf)
		}
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequest(method, b.n.URL+path, body)
	if err != nil {
		b.n.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	client := b.http
	if client == nil {
		client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	resp, err := client.Do(req)
	if err != nil {
		b.n.t.Fatalf("%s %s: %v\n%s", method, path, err, b.n.out)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		b.n.t.Fatal(err)
	}
	if m := csrfMeta.FindStringSubmatch(string(raw)); m != nil {
		b.csrf = m[1]
	}
	return resp.StatusCode, resp.Header.Get("Location"), string(raw)
}

// page returns a page that must be there.
func (b *browser) page(path string) string {
	b.n.t.Helper()
	status, location, answer := b.do("GET", path, nil)
	if status != http.StatusOK {
		b.n.t.Fatalf("GET %s = %d to %q: %s", path, status, location, answer)
	}
	return answer
}
