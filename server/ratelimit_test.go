package server_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/cache/cachetest"
	"github.com/apposengine/appos/internal/config"
)

func limitedTo(n int) func(*config.Config) {
	return func(cfg *config.Config) { cfg.API.RateLimit = config.RateLimit{Requests: n, Per: time.Hour} }
}

// The burst is what the rate says; one more is told when to come back.
func TestRateOfAnAccount(t *testing.T) {
	at, tokens := openDepot(t, limitedTo(4))
	reader, robot := at.as(tokens["reader"]), at.as(tokens["robot"])
	const path = "/api/depot/crates"
	for i := range 4 {
		w := reader.do("GET", path, "")
		h := w.Header()
		if w.Code != http.StatusOK || h.Get("RateLimit-Limit") != "4" || h.Get("RateLimit-Remaining") != strconv.Itoa(3-i) {
			t.Fatalf("request %d: %d, %v", i, w.Code, h)
		}
		if got, want := h.Get("RateLimit-Policy"), `"account";q=4;w=3600`; got != want {
			t.Errorf("RateLimit-Policy is %s, want %s", got, want)
		}
		if got, want := h.Get("RateLimit"), fmt.Sprintf(`"account";r=%d;t=%s`, 3-i, h.Get("RateLimit-Reset")); got != want {
			t.Errorf("RateLimit is %s, want %s", got, want)
		}
	}
	w := reader.do("GET", path, "")
	retry, err := strconv.Atoi(w.Header().Get("Retry-After"))
	if w.Code != http.StatusTooManyRequests || err != nil || retry < 1 || retry > 900 || w.Header().Get("RateLimit-Remaining") != "0" {
		t.Errorf("one too many: %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	if !strings.Contains(w.Body.String(), "each account may send 4 in 1h; try again in") {
		t.Errorf("the problem does not say what to do: %s", w.Body)
	}
	if w := reader.do("GET", "/api/nowhere", ""); w.Code != http.StatusTooManyRequests {
		t.Errorf("an address that is none = %d", w.Code)
	}
	if w := robot.do("GET", path, ""); w.Code != http.StatusOK {
		t.Errorf("another account = %d", w.Code)
	}
	for _, path := range []string{"/health", "/ready"} {
		if w := reader.do("GET", path, ""); w.Code != http.StatusOK || w.Header().Get("RateLimit") != "" {
			t.Errorf("%s = %d, %v", path, w.Code, w.Header())
		}
	}
	// what is refused anyway does not count
	writer := at.as(tokens["writer"])
	for range 8 {
		if w := writer.do("GET", path, ""); w.Code != http.StatusForbidden {
			t.Fatalf("who may not = %d", w.Code)
		}
	}
	if w := writer.do("PATCH", path+"/1", `{}`); w.Code != http.StatusNotFound || w.Header().Get("RateLimit-Remaining") != "3" {
		t.Errorf("the first that counts = %d, %v", w.Code, w.Header())
	}
}

// Who has no account is counted by address, an IPv6 network being one.
func TestRateOfAddresses(t *testing.T) {
	at, _ := openDepot(t, func(cfg *config.Config) {
		limitedTo(2)(cfg)
		cfg.Platform.TrustedProxies = []string{"10.0.0.0/8"}
	})
	ask := func(peer, forwarded string) int {
		r := httptest.NewRequest("POST", "/api/auth/token", strings.NewReader(`{}`))
		r.RemoteAddr = peer
		if forwarded != "" {
			r.Header.Set("X-Forwarded-For", forwarded)
		}
		w := httptest.NewRecorder()
		at.h.ServeHTTP(w, r)
		return w.Code
	}
	for i, tt := range []struct {
		peer, forwarded string
		refused         bool
	}{
		{"192.0.2.7:1", "", false},
		{"192.0.2.7:2", "", false},
		{"192.0.2.7:3", "", true},
		{"192.0.2.7:3", "198.51.100.1", true}, // nobody believes it
		{"10.0.0.1:1", "192.0.2.7", true},
		{"10.0.0.1:1", "192.0.2.8", false},
		{"[2001:db8:1:2::1]:1", "", false},
		{"[2001:db8:1:2::2]:1", "", false},
		{"[2001:db8:1:2:ffff::3]:1", "", true},
		{"[2001:db8:1:3::1]:1", "", false},
	} {
		if got := ask(tt.peer, tt.forwarded); got == http.StatusTooManyRequests != tt.refused {
			t.Errorf("request %d from %s for %q = %d", i, tt.peer, tt.forwarded, got)
		}
	}
}

// Without a rate there is no limit, and nothing is said of one.
func TestNoRate(t *testing.T) {
	at, tokens := openDepot(t, nil)
	reader := at.as(tokens["reader"])
	for range 50 {
		if w := reader.do("GET", "/api/depot/crates", ""); w.Code != http.StatusOK || w.Header().Get("RateLimit") != "" {
			t.Fatalf("%d, %v", w.Code, w.Header())
		}
	}
}

// A Redis that goes away leaves each node with its own count.
func TestRateWithoutRedis(t *testing.T) {
	redis := cachetest.StartRedis(t)
	at, tokens := openDepot(t, func(cfg *config.Config) {
		limitedTo(3)(cfg)
		cfg.Redis.URL = config.NewSecret(redis.URL())
		cfg.Redis.Timeout = time.Second
	})
	redis.Kill()
	reader := at.as(tokens["reader"])
	for i, want := range []int{200, 200, 200, 429} {
		if w := reader.do("GET", "/api/depot/crates", ""); w.Code != want {
			t.Errorf("request %d = %d, want %d", i, w.Code, want)
		}
	}
}

// Nodes with one Redis share one limit, down to the last request of it.
func TestRateAtTwoNodes(t *testing.T) {
	redis := cachetest.StartRedis(t)
	nodes := twoNodes(t, func(cfg *config.Config) {
		limitedTo(20)(cfg)
		cfg.Redis.URL = config.NewSecret(redis.URL())
		cfg.Redis.Timeout = 10 * time.Second // what is tested is not how busy the machine is
	})
	// the cache connects in the background; until then each node counts for itself
	for _, at := range nodes {
		cachetest.Eventually(t, "the cache is up", func() bool {
			return strings.Contains(at.do("GET", "/ready", "").Body.String(), `"cache":"ok"`)
		})
	}
	was := nodes[0].do("GET", crates, "").Header().Get("RateLimit-Remaining")
	left, err := strconv.Atoi(was)
	if err != nil {
		t.Fatalf("RateLimit-Remaining is %q", was)
	}
	var passed, refused atomic.Int64
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() {
			switch w := nodes[i%2].do("GET", crates, ""); w.Code {
			case http.StatusOK:
				passed.Add(1)
			case http.StatusTooManyRequests:
				refused.Add(1)
			default:
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
	wg.Wait()
	if passed.Load() != int64(left) || refused.Load() != 60-passed.Load() {
		t.Errorf("%d passed and %d were refused, %d were left", passed.Load(), refused.Load(), left)
	}
}
