package main_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// connections are shared by what sends many requests at once.
var connections = &http.Client{
	Transport:     &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: 5 * time.Second},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Timeout:       30 * time.Second,
}

// try sends a request from any goroutine; that it fails is up to the caller.
func (c *client) try(method, path, body string) (status int, answer []byte, err error) {
	req, err := http.NewRequest(method, c.n.URL+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := connections.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(resp.Body)
	return resp.StatusCode, answer, err
}

// on is the client at another node: the same token, which all nodes know.
func (c *client) on(n *node) *client { return &client{n: n, token: c.token} }

// right is a permission of a group that administrators give and take in the
// console, one change at a time.
type right struct {
	ref, group, permission string
	rest                   url.Values // the boxes that stay as they are

	// changes counts beginnings and ends of changes: while it is odd, one is on
	// its way and either answer is right. At zero the right is not given.
	changes atomic.Int64
}

var boxes = regexp.MustCompile(`<input type="checkbox"[^>]*>`)
var boxName = regexp.MustCompile(`name="([^"]+)"`)

// newRight reads how the permissions of the object are now. The group must not
// have the permission.
func newRight(b *browser, ref, group, permission string) *right {
	b.n.t.Helper()
	r := &right{ref: ref, group: group, permission: permission, rest: url.Values{}}
	found := false
	for _, box := range boxes.FindAllString(b.page(r.path()), -1) {
		name := boxName.FindStringSubmatch(box)[1]
		checked := strings.Contains(box, " checked")
		if name == r.box() {
			found = true
			if checked {
				b.n.t.Fatalf("%s is given already", name)
			}
		}
		if checked {
			r.rest.Set(name, "on")
		}
	}
	if !found {
		b.n.t.Fatalf("the console shows no box %s for %s", r.box(), ref)
	}
	return r
}

func (r *right) path() string { return "/admin/permissions?ref=" + r.ref }
func (r *right) box() string  { return r.group + ":" + r.permission }

// Toggle gives the right, or takes it away, at the node of the administrator.
func (r *right) Toggle(admin *browser) error {
	given := r.Given()
	form := url.Values{"_submit": {"1"}}
	for k, v := range r.rest {
		form[k] = v
	}
	if !given {
		form.Set(r.box(), "on")
	}
	r.changes.Add(1)
	status, answer, err := admin.try(r.path(), form)
	if err != nil {
		return err
	}
	if status != http.StatusSeeOther {
		return fmt.Errorf("setting permissions: %d: %.300s", status, answer)
	}
	r.changes.Add(1)
	return nil
}

// Given says whether the right is given, when no change is on its way.
func (r *right) Given() bool { return r.changes.Load()/2%2 == 1 }

// try posts a form from any goroutine, with the CSRF token of a page seen before.
func (b *browser) try(path string, form url.Values) (status int, answer string, err error) {
	form.Set("_csrf", b.csrf)
	req, err := http.NewRequest(http.MethodPost, b.n.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := b.http.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(raw), err
}

// press posts a button of a console page and demands that the change was made.
func (b *browser) press(path string, fields ...string) {
	b.n.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	if b.csrf == "" {
		b.page(path)
	}
	status, answer, err := b.try(path, form)
	if err != nil || status != http.StatusSeeOther {
		b.n.t.Fatalf("POST %s %v: %d, %v: %.300s", path, fields, status, err, answer)
	}
}

// Probe asks for what the right decides, without changing anything, and says what
// is wrong with the answer. A body that is no JSON is refused, but who may not is
// told so before it is read.
func (r *right) Probe(c *client, path string) error {
	before := r.changes.Load()
	status, answer, err := c.try("POST", path, "{")
	if err != nil {
		return err
	}
	certain := before%2 == 0 && before == r.changes.Load()
	given := before/2%2 == 1
	switch {
	case status == http.StatusBadRequest && (given || !certain), status == http.StatusForbidden && (!given || !certain):
		return nil
	}
	return fmt.Errorf("%s by %s is given: %t, but the answer is %d: %.300s", r.permission, r.group, given, status, answer)
}

// faults collects what went wrong in many goroutines; the first few are told.
type faults struct {
	t  *testing.T
	mu sync.Mutex
	n  int
}

func (f *faults) note(err error) {
	if err == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.n++; f.n <= 5 {
		f.t.Error(err)
	}
}

func (f *faults) some() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.n > 0
}

// latencies are how long requests took.
type latencies struct {
	mu  sync.Mutex
	all []time.Duration
}

func (l *latencies) add(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, d)
}

func (l *latencies) at(q float64) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.all) == 0 {
		return 0
	}
	slices.Sort(l.all)
	return l.all[min(int(q*float64(len(l.all))), len(l.all)-1)]
}

func (l *latencies) String() string {
	ms := func(q float64) float64 { return float64(l.at(q)) / float64(time.Millisecond) }
	p50, p99, most := ms(0.5), ms(0.99), ms(1)
	return fmt.Sprintf("%d requests, p50 %.1f ms, p99 %.1f ms, slowest %.1f ms", len(l.all), p50, p99, most)
}

// expect is the error of an answer with another status.
func expect(want int, what string, status int, answer []byte, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if status != want {
		return fmt.Errorf("%s: %d, want %d: %.300s", what, status, want, bytes.TrimSpace(answer))
	}
	return nil
}
