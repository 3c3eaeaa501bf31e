package cache_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/cache"
	"github.com/apposengine/appos/internal/cache/cachetest"
)

// slack is what a busy machine may add to a deadline.
const slack = 2 * time.Second

func openRedis(t *testing.T, o cache.RedisOptions) *cache.Redis {
	t.Helper()
	o.Prefix = "test:" + t.Name() + ":"
	if o.Probe == 0 {
		o.Probe = 50 * time.Millisecond
	}
	if o.Deadline == 0 {
		o.Deadline = 500 * time.Millisecond // what is tested is not how busy the machine is
	}
	r, err := cache.NewRedis(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func up(t *testing.T, r *cache.Redis) {
	t.Helper()
	cachetest.Eventually(t, "redis is up", func() bool { return r.Health().State == cache.Up })
}

func TestRedis(t *testing.T) {
	server := cachetest.StartRedis(t)
	cachetest.Conformance(t, func(t *testing.T) cachetest.Subject {
		r := openRedis(t, cache.RedisOptions{URL: server.URL()})
		up(t, r)
		return cachetest.Subject{Cache: r, Pass: time.Sleep} // the clock is the server's
	})
}

func TestRedisCarriesMessagesBetweenNodes(t *testing.T) {
	server := cachetest.StartRedis(t)
	a := openRedis(t, cache.RedisOptions{URL: server.URL()})
	b := openRedis(t, cache.RedisOptions{URL: server.URL()})
	up(t, a)
	up(t, b)
	var mu sync.Mutex
	got := map[string]int{}
	take := func(node string) func([]byte) {
		return func(m []byte) {
			mu.Lock()
			defer mu.Unlock()
			got[node+" "+string(m)]++
		}
	}
	defer a.Subscribe("news", take("a"))()
	defer b.Subscribe("news", take("b"))()
	n := 0
	cachetest.Eventually(t, "the other node gets a message", func() bool {
		n++
		a.Publish(context.Background(), "news", fmt.Append(nil, n))
		mu.Lock()
		defer mu.Unlock()
		for k := range got {
			if strings.HasPrefix(k, "b ") {
				return true
			}
		}
		return false
	})
	cachetest.Eventually(t, "the node itself gets all of them", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return got[fmt.Sprintf("a %d", n)] > 0
	})
	mu.Lock()
	defer mu.Unlock()
	for k, times := range got {
		if times != 1 {
			t.Errorf("%q arrived %d times", k, times)
		}
	}
}

func TestRedisDoesNotBlockTheStart(t *testing.T) {
	server := cachetest.StartRedis(t)
	server.Kill()
	ctx := context.Background()
	started := time.Now()
	r := openRedis(t, cache.RedisOptions{URL: server.URL()})
	r.Set(ctx, "k", []byte("v"), time.Minute)
	if _, ok := r.Get(ctx, "k"); ok {
		t.Error("a server that is not there knows something")
	}
	if r.Delete(ctx, "k") {
		t.Error("a server that is not there deletes for certain")
	}
	if took := time.Since(started); took > slack {
		t.Errorf("took %s", took)
	}
	if h := r.Health(); h.State != cache.Connecting || h.Kind != "redis" {
		t.Errorf("health is %+v", h)
	}
	server.Start()
	up(t, r)
	r.Set(ctx, "k", []byte("v"), time.Minute)
	if v, ok := r.Get(ctx, "k"); !ok || string(v) != "v" {
		t.Errorf("got %q, %v once it was there", v, ok)
	}
}

// The server is killed and frozen while callers ask: every call stays within the
// deadline, after the breaker has opened calls answer at once, and all is well
// again without anybody doing anything.
func TestRedisFailsAndRecovers(t *testing.T) {
	for _, tc := range []struct {
		name       string
		fail, mend func(*cachetest.Redis)
		kept       bool
	}{
		{"killed", (*cachetest.Redis).Kill, (*cachetest.Redis).Start, false},
		{"frozen", (*cachetest.Redis).Freeze, (*cachetest.Redis).Thaw, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ctx := context.Background()
			server := cachetest.StartRedis(t)
			r := openRedis(t, cache.RedisOptions{URL: server.URL(), Deadline: 50 * time.Millisecond})
			up(t, r)
			cachetest.Eventually(t, "a value is kept", func() bool {
				r.Set(ctx, "k", []byte("v"), time.Hour)
				_, ok := r.Get(ctx, "k")
				return ok
			})
			trips := r.Health().Trips

			tc.fail(server)
			slow := 0
			cachetest.Eventually(t, "the breaker opens", func() bool {
				started := time.Now()
				if _, ok := r.Get(ctx, "k"); ok {
					t.Error("an answer from a server that failed")
				}
				if took := time.Since(started); took > 50*time.Millisecond+slack {
					t.Errorf("a call took %s", took)
				}
				slow++
				return r.Health().State == cache.Down
			})
			if slow > 5 {
				t.Errorf("%d callers waited before the breaker opened, want 5 at most", slow)
			}
			// the recovery attempts in the background cost callers nothing
			started := time.Now()
			for range 2000 {
				if _, ok := r.Get(ctx, "k"); ok {
					t.Error("an answer from a server that failed")
				}
			}
			if took := time.Since(started); took > slack {
				t.Errorf("2,000 calls behind the open breaker took %s", took)
			}
			if h := r.Health(); h.Trips != trips+1 || h.Error == "" {
				t.Errorf("health is %+v", h)
			}

			tc.mend(server)
			up(t, r)
			cachetest.Eventually(t, "values are kept again", func() bool {
				r.Set(ctx, "again", []byte("v"), time.Hour)
				_, ok := r.Get(ctx, "again")
				return ok
			})
			if _, ok := r.Get(ctx, "k"); ok != tc.kept {
				t.Errorf("the value from before is known: %v", ok)
			}
			if h := r.Health(); h.Error != "" {
				t.Errorf("health is %+v", h)
			}
		})
	}
}

func TestRedisIgnoresCallersThatGoAway(t *testing.T) {
	server := cachetest.StartRedis(t)
	r := openRedis(t, cache.RedisOptions{URL: server.URL()})
	up(t, r)
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	for range 50 {
		r.Get(gone, "k")
	}
	if h := r.Health(); h.State != cache.Up {
		t.Errorf("callers that went away opened the breaker: %+v", h)
	}
}

func TestRedisURL(t *testing.T) {
	_, err := cache.NewRedis(cache.RedisOptions{URL: "nonsense://user:hunter2@host"})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}

// Nodes share one count, and Redis' clock.
func TestRedisCountsForAllNodes(t *testing.T) {
	server := cachetest.StartRedis(t)
	a, b := openRedis(t, cache.RedisOptions{URL: server.URL()}), openRedis(t, cache.RedisOptions{URL: server.URL()})
	up(t, a)
	up(t, b)
	ctx := context.Background()
	const step, most = time.Hour / 3, time.Hour
	for i := range 3 {
		node := []*cache.Redis{a, b}[i%2]
		ahead, moved, known := node.Advance(ctx, "k", step, most)
		if want := time.Duration(i+1) * step; !known || !moved || ahead > want || ahead < want-time.Minute {
			t.Fatalf("request %d: %s ahead, %v, %v", i, ahead, moved, known)
		}
	}
	for _, node := range []*cache.Redis{a, b} {
		if ahead, moved, known := node.Advance(ctx, "k", step, most); !known || moved || ahead > most || ahead < most-time.Minute {
			t.Errorf("one too many: %s ahead, %v, %v", ahead, moved, known)
		}
	}
	if _, moved, _ := a.Advance(ctx, "other", step, most); !moved {
		t.Error("another key counts with the first")
	}
	if _, moved, _ := a.Advance(ctx, "short", time.Millisecond, time.Millisecond); !moved {
		t.Fatal("the first of a short one is refused")
	}
	cachetest.Eventually(t, "the time has come", func() bool {
		_, moved, _ := b.Advance(ctx, "short", time.Millisecond, time.Millisecond)
		return moved
	})
}

func TestRedisThatIsDownCountsNothing(t *testing.T) {
	server := cachetest.StartRedis(t)
	r := openRedis(t, cache.RedisOptions{URL: server.URL()})
	up(t, r)
	server.Kill()
	if _, _, known := r.Advance(context.Background(), "k", time.Hour, time.Hour); known {
		t.Error("a Redis that is gone has counted")
	}
}
