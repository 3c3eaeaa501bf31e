package server_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/demo/apps"
	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/internal/web"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/server"
)

// target is a server whose every route is sent what makes no sense.
type target struct {
	h      http.Handler
	routes []web.Route
	users  []*object.User
	tokens []string // of their sessions
	close  func() error
}

func newTarget(dir string) (*target, error) {
	ctx := context.Background()
	cfg := config.Default()
	cfg.Platform.Data = dir
	cfg.AdminPassword = config.NewSecret(password)
	cfg.API.RateLimit.Requests = 0 // or most requests would go no further
	s, err := server.Open(ctx, cfg, slices.Concat(apps.All, []*appos.App{Desk, Kept})...)
	if err != nil {
		return nil, err
	}
	if err := s.FirstStart(ctx, true); err != nil {
		return nil, err
	}
	system, err := s.As(ctx, "system")
	if err != nil {
		return nil, err
	}
	if _, err := appos.Call(system, platform.CreateUser{Name: "all", Password: password, Groups: []string{"sales", "crm_admins", "finance", "clerks", "api_consumers"}}); err != nil {
		return nil, err
	}
	t := &target{h: s.Handler(), close: s.Close}
	for _, route := range s.Routes() {
		switch route.Path {
		case "/api/desk/v1/badge", "/api/desk/v1/slow", "/scim/v2/users": // their rules break when they are told to
		default:
			t.routes = append(t.routes, route)
		}
	}
	for _, name := range []string{"admin", "all"} {
		ctx, err := s.As(ctx, name)
		if err != nil {
			return nil, err
		}
		t.users = append(t.users, object.FrameOf(ctx).Exec.User)
		t.tokens = append(t.tokens, "")
		for _, c := range (&site{h: t.h}).form("/sign-in", url.Values{"username": {name}, "password": {password}}).Result().Cookies() {
			if c.Name == "appos_session" {
				t.tokens[len(t.tokens)-1] = c.Value
			}
		}
	}
	return t, nil
}

// attack sends a request to a route as one of the users, or as nobody for 0: value
// stands wherever the path has a field.
func (t *target) attack(route web.Route, user int, value, query, header, body string) (*http.Request, *httptest.ResponseRecorder) {
	path := strings.ReplaceAll(route.Path, "{$}", "")
	for strings.Contains(path, "{") {
		from, to := strings.IndexByte(path, '{'), strings.IndexByte(path, '}')
		path = path[:from] + url.PathEscape(value) + path[to+1:]
	}
	r := &http.Request{Method: route.Method, Host: "example.com", RemoteAddr: "192.0.2.1:1234", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}}
	var err error
	if r.URL, err = url.ParseRequestURI(path); err != nil { // a client cannot send it either
		r.URL = &url.URL{Path: "/" + value}
	}
	r.URL.RawQuery = query
	r.Body, r.ContentLength = http.NoBody, 0
	if body != "" {
		r.Body, r.ContentLength = &textBody{strings.NewReader(body)}, int64(len(body))
	}
	for line := range strings.SplitSeq(header, "\n") {
		if name, value, ok := strings.Cut(line, ":"); ok {
			r.Header.Set(name, strings.TrimSpace(value))
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	if strings.HasSuffix(route.Path, "/changes") { // a stream ends when the client goes
		cancel()
		ctx, cancel = context.WithTimeout(context.Background(), 5*time.Millisecond)
	}
	r = r.WithContext(ctx)
	switch {
	case user == 0:
	case route.API || route.Path == "/sign-out":
		r = web.As(r, t.users[user-1])
	default: // pages are for sessions
		r.Header.Del("Authorization")
		r.Header.Del("X-Api-Key")
		r.AddCookie(&http.Cookie{Name: "appos_session", Value: t.tokens[user-1]})
		r.Header.Set("X-Csrf-Token", security.CSRFToken(t.tokens[user-1]))
	}
	w := httptest.NewRecorder()
	t.h.ServeHTTP(w, r)
	if ctx.Err() != nil {
		w.Code = 0 // nobody is there to get it
	}
	cancel()
	return r, w
}

type textBody struct{ *strings.Reader }

func (textBody) Close() error { return nil }

var (
	hostileValues = []string{"1", "0", "-1", "2", "987654321", "99999999999999999999", "1e9", "NaN", "x", "", ".", "..", "../..", "%2e%2e", "a/b", "\x00", "\xff", "☃", "<script>", "'; DROP TABLE users; --",
		"crm.records.customer", "admin", "true", "null", "2026-01-31", "{id}", strings.Repeat("9", 400), strings.Repeat("a", 4000)}
	hostileBodies = []string{"", "{}", "[]", "null", "0", `"x"`, `{"number":"A","customer":1,"lines":[{"product":1,"quantity":1}]}`, `{"number":"A","number":"B"}`, `{"lines":[{"product":-1,"quantity":99999999999}]}`,
		`{"name":null,"below":[{"token":1}],"padding":-1}`, `{"padding":1e999}`, "{", `{"a":`, "[1,2,", `{"username":"x","password":"y"}`, "\xff\xfe", "\x00", strings.Repeat("[", 100), strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40),
		"a=b&c=d", "_do=delete&id=1", "_do=save&name=x&version=1", "code,name\n1,2\n", `{"amount":"1e31"}`, `{"update":[{"id":1}]}`, `{"version":9223372036854775807}`, strings.Repeat(`{"a":1},`, 500)}
	hostileQueries = []string{"", "", "limit=1", "limit=-1", "limit=99999999999999999999", "status=draft,,x", "status=draft&status=draft", "customer=", "customer=1&customer=2", "amount=NaN", "amount=1e999999", "since=0000-00-00", "since=9999-12-31T23:59:59Z",
		"%zz", ";", "=", "&&&", "a=b", "q=%00", "q=%ff", "sort=-name", "cursor=!!", "page=-1", "size=0", "where={", "where=[]", "kind=..&at=x", "next=//evil", "type=text/html%0d%0aX-Evil:1", "words=" + strings.Repeat("a,", 2000), strings.Repeat("a=b&", 500)}
	hostileHeaders = []string{"", "", "Content-Type: application/json", "Content-Type: application/x-www-form-urlencoded", "Content-Type: multipart/form-data; boundary=x", "Content-Type: text/csv", "Content-Type: ;;;", "Accept-Language: \xff;q=x,,,",
		"If-Match: W/\"x\"", "If-None-Match: *", "Authorization: Bearer x", "Authorization: Basic eA==", "X-API-Key: aos_x", "Idempotency-Key: k", "Idempotency-Key: " + strings.Repeat("k", 500), "X-Source: \x00", "HX-Request: true", "Range: bytes=0-1", "Accept-Encoding: gzip", "X-Forwarded-For: x, y", "Expect: x"}
)

// 10,000 hostile requests, spread over every route that there is, end in an answer
// or in a problem that is the client's.
func TestHostileRequests(t *testing.T) {
	at, err := newTarget(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer at.close()
	r := rand.New(rand.NewPCG(4, 2))
	pick := func(of []string) string {
		if s := of[r.IntN(len(of))]; r.IntN(12) > 0 {
			return s
		}
		junk := make([]byte, r.IntN(20))
		for i := range junk {
			junk[i] = byte(r.IntN(256))
		}
		return string(junk)
	}
	statuses, broken := map[int]int{}, map[string]int{}
	for i := range 10_000 {
		route := at.routes[i%len(at.routes)]
		header := pick(hostileHeaders)
		if r.IntN(2) > 0 {
			header = "Content-Type: application/json\n" + header
		}
		req, w := at.attack(route, min(r.IntN(4), 2), pick(hostileValues), pick(hostileQueries), header, pick(hostileBodies))
		statuses[w.Code]++
		if w.Code >= 500 {
			broken[route.Pattern()]++
			if broken[route.Pattern()] == 1 {
				t.Errorf("%s %s with %v: %d", req.Method, req.URL, req.Header, w.Code)
			}
		}
	}
	if statuses[200] < 500 || statuses[422] < 100 || statuses[404] < 100 || statuses[400] < 100 {
		t.Errorf("the requests are not of many kinds: %v", statuses)
	}
}

var fuzzed = sync.OnceValues(func() (*target, error) {
	dir, err := os.MkdirTemp("", "appos-fuzz-*")
	if err != nil {
		return nil, err
	}
	return newTarget(dir)
})

// FuzzRoutes sends every route what a fuzzer thinks of:
//
//	go test ./server -run '^$' -fuzz FuzzRoutes -fuzztime 10000x
func FuzzRoutes(f *testing.F) {
	at, err := fuzzed()
	if err != nil {
		f.Fatal(err)
	}
	for i, body := range hostileBodies {
		f.Add(uint(i*7), uint8(i), hostileValues[i%len(hostileValues)], hostileQueries[i%len(hostileQueries)], hostileHeaders[i%len(hostileHeaders)], body)
	}
	f.Fuzz(func(t *testing.T, route uint, user uint8, value, query, header, body string) {
		r, w := at.attack(at.routes[route%uint(len(at.routes))], int(user)%3, value, query, header, body)
		if w.Code >= 500 {
			t.Errorf("%s %s with %v and %q: %d %s", r.Method, r.URL, r.Header, body, w.Code, w.Body)
		}
	})
}
