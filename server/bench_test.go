package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/demo/apps"
	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/server"
)

// site is the demo's apps, seeded, as a handler without a network.
type site struct {
	system context.Context // of calls as the platform
	h      http.Handler
	bearer string
	cookie *http.Cookie
}

var password = "ratatouille for two"

func open(b testing.TB) *site {
	b.Helper()
	server.TuneGC() // as the program does
	cfg := config.Default()
	cfg.Platform.Data = b.TempDir()
	cfg.AdminPassword = config.NewSecret(password)
	s, err := server.Open(b.Context(), cfg, apps.All...)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	if err := s.FirstStart(b.Context(), true); err != nil {
		b.Fatal(err)
	}
	system, err := s.As(b.Context(), "system")
	if err != nil {
		b.Fatal(err)
	}
	if _, err := appos.Call(system, platform.CreateUser{Name: "cora", Password: password, Groups: []string{"crm_admins"}}); err != nil {
		b.Fatal(err)
	}
	at := &site{h: s.Handler()}
	w := at.do("POST", "/api/auth/token", fmt.Sprintf(`{"username":"cora","password":%q}`, password))
	m := regexp.MustCompile(`"token":"([^"]+)"`).FindStringSubmatch(w.Body.String())
	if m == nil {
		b.Fatalf("no token: %s", w.Body)
	}
	at.cookie = at.signIn(b, "cora")
	at.bearer = m[1]
	return at
}

// signIn answers the cookie of a new session of the user.
func (s *site) signIn(t testing.TB, user string) *http.Cookie {
	t.Helper()
	w := s.form("/sign-in", url.Values{"username": {user}, "password": {password}})
	for _, c := range w.Result().Cookies() {
		if c.Name == "appos_session" {
			return c
		}
	}
	t.Fatalf("%s is not signed in: %d %s", user, w.Code, w.Body)
	return nil
}

func (s *site) do(method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if s.bearer != "" {
		r.Header.Set("Authorization", "Bearer "+s.bearer)
	}
	w := httptest.NewRecorder()
	s.h.ServeHTTP(w, r)
	return w
}

func (s *site) form(path string, v url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.h.ServeHTTP(w, r)
	return w
}

// sink is a connection that takes what is written and keeps its beginning, for
// messages: a recorder would spend more on keeping a page than the server on
// sending it.
type sink struct {
	header http.Header
	status int
	begin  []byte
}

func (w *sink) Header() http.Header { return w.header }

// A connection has deadlines.
func (w *sink) SetReadDeadline(time.Time) error  { return nil }
func (w *sink) SetWriteDeadline(time.Time) error { return nil }

func (w *sink) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *sink) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	w.begin = append(w.begin, p[:min(len(p), 300-len(w.begin))]...)
	return len(p), nil
}

func (s *site) serve(r *http.Request) *sink {
	w := &sink{header: http.Header{}}
	s.h.ServeHTTP(w, r)
	return w
}

// api is a request as net/http hands it on; httptest's would be written down and
// parsed again, which is no small part of a quick answer.
func (s *site) api(method, path, body string) *http.Request {
	r, err := http.NewRequest(method, path, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	r.Host, r.RemoteAddr, r.RequestURI = "example.com", "192.0.2.1:1234", path
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+s.bearer)
	return r
}

func (s *site) screen(path string) *http.Request {
	r := httptest.NewRequest("GET", path, nil)
	r.AddCookie(s.cookie)
	return r
}

// measure runs f and reports the CPU time of the whole process per operation:
// what a server needs, whatever else the machine is doing.
func (s *site) measure(b *testing.B, f func(i int) *http.Request, status int) {
	b.Helper()
	b.ReportAllocs()
	i := 0
	from := cpu()
	for b.Loop() {
		if w := s.serve(f(i)); w.status != status {
			b.Fatalf("status %d: %s", w.status, w.begin)
		}
		i++
	}
	b.ReportMetric(float64((cpu()-from).Microseconds())/float64(b.N), "cpu-µs/op")
}

func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// orders makes n orders without lines and returns their ids.
func (s *site) orders(b *testing.B, run, n int) []int64 {
	b.Helper()
	ids := make([]int64, n)
	for i := range ids {
		w := s.do("POST", "/api/crm/orders", fmt.Sprintf(`{"number":"B%d-%d","customer_id":1,"placed_at":"2026-01-31T00:00:00Z"}`, run, i))
		var made struct{ ID int64 }
		if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || made.ID == 0 {
			b.Fatalf("an order: %d %s", w.Code, w.Body)
		}
		ids[i] = made.ID
	}
	return ids
}

func BenchmarkREST(b *testing.B) {
	s := open(b)
	b.Run("get", func(b *testing.B) {
		s.measure(b, func(i int) *http.Request {
			return s.api("GET", fmt.Sprintf("/api/crm/customers/%d", i%500+1), "")
		}, 200)
	})
	b.Run("list50", func(b *testing.B) {
		s.measure(b, func(int) *http.Request {
			return s.api("GET", "/api/crm/customers?sort=-name&limit=50&count=true", "")
		}, 200)
	})
	run := os.Getpid()
	orders, line := s.orders(b, run, 100), 0
	b.Run("create_with_two_references", func(b *testing.B) {
		s.measure(b, func(int) *http.Request {
			line++ // an order has each of the 44 products once
			return s.api("POST", "/api/crm/order-lines", fmt.Sprintf(`{"order_id":%d,"product_id":%d,"unit_price":"12.50","quantity":4,"discount":"0.05"}`,
				orders[line/44%len(orders)], line%44+1))
		}, 201)
	})
	b.Run("create_plain", func(b *testing.B) {
		s.measure(b, func(i int) *http.Request {
			run++
			return s.api("POST", "/api/crm/regions", fmt.Sprintf(`{"name":"Region %d"}`, run))
		}, 201)
	})
	b.Run("create_plain_with_key", func(b *testing.B) {
		s.measure(b, func(i int) *http.Request {
			run++
			r := s.api("POST", "/api/crm/regions", fmt.Sprintf(`{"name":"Region %d"}`, run))
			r.Header.Set("Idempotency-Key", strconv.Itoa(run))
			return r
		}, 201)
	})
	b.Run("create_again", func(b *testing.B) {
		s.measure(b, func(i int) *http.Request {
			r := s.api("POST", "/api/crm/regions", `{"name":"Region again"}`)
			r.Header.Set("Idempotency-Key", "again")
			return r
		}, 201)
	})
	b.Run("create_audited", func(b *testing.B) {
		s.measure(b, func(i int) *http.Request {
			run++
			return s.api("POST", "/api/crm/customers", fmt.Sprintf(`{"code":"B%d","name":"Bench","city":"Berlin","email":"b%d@example.com","credit_limit":"100"}`, run, run))
		}, 201)
	})
	b.Run("patch_audited", func(b *testing.B) {
		s.measure(b, func(i int) *http.Request {
			return s.api("PATCH", "/api/crm/customers/5", fmt.Sprintf(`{"city":"City %d"}`, i))
		}, 200)
	})
}

func BenchmarkPage(b *testing.B) {
	s := open(b)
	b.Run("list50", func(b *testing.B) {
		s.measure(b, func(int) *http.Request { return s.screen("/crm/customers?size=50") }, 200)
	})
	b.Run("view", func(b *testing.B) {
		s.measure(b, func(i int) *http.Request { return s.screen(fmt.Sprintf("/crm/customers/%d", i%500+1)) }, 200)
	})
	b.Run("dashboard", func(b *testing.B) {
		s.measure(b, func(int) *http.Request { return s.screen("/crm/dashboard") }, 200)
	})
}

// BenchmarkStart opens an empty folder: tables, accounts, permissions, and the
// example data of the demo.
func BenchmarkStart(b *testing.B) {
	from := cpu()
	for b.Loop() {
		cfg := config.Default()
		cfg.Platform.Data = b.TempDir()
		cfg.AdminPassword = config.NewSecret(password)
		s, err := server.Open(b.Context(), cfg, apps.All...)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.FirstStart(b.Context(), true); err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpu()-from).Microseconds())/1000/float64(b.N), "cpu-ms/op")
}

// BenchmarkWebAPI sends a message to a rule that does nothing, and one with a body
// to a rule that answers with what it has read.
func BenchmarkWebAPI(b *testing.B) {
	server.TuneGC()
	clerk := serveApps(b, Desk).as("clerks")
	b.Run("noop", func(b *testing.B) {
		clerk.measure(b, func(int) *http.Request { return clerk.api("POST", "/api/desk/v1/noop", "") }, 204)
	})
	b.Run("query", func(b *testing.B) {
		clerk.measure(b, func(int) *http.Request {
			return clerk.api("GET", "/api/desk/v1/tickets/7?words=a,b&amount=12.50&loud=true", "")
		}, 200)
	})
	b.Run("body", func(b *testing.B) {
		clerk.measure(b, func(int) *http.Request {
			return clerk.api("POST", "/api/desk/v1/orders", `{"number":"A1","lines":[{"product_code":"p","unit_price":"1.10","qty":3},{"product_code":"q","unit_price":"2.10","qty":1}]}`)
		}, 201)
	})
}
