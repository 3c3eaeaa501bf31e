package cachetest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/cache"
)

// Subject is a cache under test.
type Subject struct {
	Cache cache.Cache
	// Pass makes the cache's clock move on by d.
	Pass func(d time.Duration)
}

// Conformance tests what callers of a cache rely on, on caches that open returns.
func Conformance(t *testing.T, open func(t *testing.T) Subject) {
	ctx := context.Background()
	t.Run("what was set is known", func(t *testing.T) {
		c := open(t).Cache
		c.Set(ctx, "k", []byte("v"), time.Minute)
		if v, ok := c.Get(ctx, "k"); !ok || string(v) != "v" {
			t.Errorf("got %q, %v", v, ok)
		}
		c.Set(ctx, "k", []byte("w"), time.Minute)
		if v, _ := c.Get(ctx, "k"); string(v) != "w" {
			t.Errorf("the later value does not count: %q", v)
		}
	})
	t.Run("what was not set is not known", func(t *testing.T) {
		c := open(t).Cache
		if v, ok := c.Get(ctx, "missing"); ok || v != nil {
			t.Errorf("got %q, %v", v, ok)
		}
		if c.Health().State != cache.Up {
			t.Errorf("a miss is no failure, but the state is %s", c.Health().State)
		}
	})
	t.Run("empty and binary values", func(t *testing.T) {
		c := open(t).Cache
		for _, value := range []string{"", "\x00\xff\r\n", "ünï"} {
			c.Set(ctx, "k", []byte(value), time.Minute)
			if v, ok := c.Get(ctx, "k"); !ok || string(v) != value {
				t.Errorf("%q came back as %q, %v", value, v, ok)
			}
		}
		c.Set(ctx, "nil", nil, time.Minute)
		if v, ok := c.Get(ctx, "nil"); !ok || len(v) != 0 {
			t.Errorf("a nil value came back as %q, %v", v, ok)
		}
	})
	t.Run("the value is a copy", func(t *testing.T) {
		c := open(t).Cache
		mine := []byte("before")
		c.Set(ctx, "k", mine, time.Minute)
		copy(mine, "after!")
		if v, _ := c.Get(ctx, "k"); string(v) != "before" {
			t.Errorf("got %q", v)
		}
	})
	t.Run("values end", func(t *testing.T) {
		s := open(t)
		s.Cache.Set(ctx, "short", []byte("v"), 50*time.Millisecond)
		s.Cache.Set(ctx, "long", []byte("v"), time.Hour)
		s.Pass(60 * time.Millisecond)
		if _, ok := s.Cache.Get(ctx, "short"); ok {
			t.Error("known after its time")
		}
		if _, ok := s.Cache.Get(ctx, "long"); !ok {
			t.Error("not known before its time")
		}
	})
	t.Run("no time is not kept", func(t *testing.T) {
		c := open(t).Cache
		c.Set(ctx, "k", []byte("v"), 0)
		c.Set(ctx, "l", []byte("v"), -time.Second)
		for _, k := range []string{"k", "l"} {
			if _, ok := c.Get(ctx, k); ok {
				t.Errorf("%s is known", k)
			}
		}
		if _, ok := c.Incr(ctx, "n", 0); ok {
			t.Error("a counter without time counts")
		}
	})
	t.Run("delete", func(t *testing.T) {
		c := open(t).Cache
		for _, k := range []string{"a", "b", "c"} {
			c.Set(ctx, k, []byte(k), time.Minute)
		}
		if !c.Delete(ctx, "a", "b", "never there") || !c.Delete(ctx) {
			t.Error("not certain")
		}
		for k, want := range map[string]bool{"a": false, "b": false, "c": true} {
			if _, ok := c.Get(ctx, k); ok != want {
				t.Errorf("%s known: %v", k, ok)
			}
		}
	})
	t.Run("counters", func(t *testing.T) {
		s := open(t)
		for want := int64(1); want <= 3; want++ {
			if n, ok := s.Cache.Incr(ctx, "n", 80*time.Millisecond); !ok || n != want {
				t.Fatalf("got %d, %v, want %d", n, ok, want)
			}
		}
		s.Pass(50 * time.Millisecond)
		s.Cache.Incr(ctx, "n", time.Hour)
		s.Pass(50 * time.Millisecond)
		if n, ok := s.Cache.Incr(ctx, "n", time.Minute); !ok || n != 1 {
			t.Errorf("counting prolonged the counter: %d, %v", n, ok)
		}
	})
	t.Run("counting at once loses nothing", func(t *testing.T) {
		c := open(t).Cache
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 50 {
					if _, ok := c.Incr(ctx, "n", time.Minute); !ok {
						t.Error("not counted")
					}
				}
			})
		}
		wg.Wait()
		if n, _ := c.Incr(ctx, "n", time.Minute); n != 401 {
			t.Errorf("counted %d, want 401", n)
		}
	})
	t.Run("messages arrive in order, on their channel", func(t *testing.T) {
		c := open(t).Cache
		got := newInbox()
		other := newInbox()
		defer c.Subscribe("a", got.take)()
		defer c.Subscribe("b", other.take)()
		for _, m := range []string{"1", "2", "3"} {
			c.Publish(ctx, "a", []byte(m))
		}
		c.Publish(ctx, "b", []byte("4"))
		got.expect(t, "1", "2", "3")
		other.expect(t, "4")
	})
	t.Run("nothing arrives after cancel", func(t *testing.T) {
		c := open(t).Cache
		gone, here := newInbox(), newInbox()
		cancel := c.Subscribe("a", gone.take)
		defer c.Subscribe("a", here.take)()
		cancel()
		cancel()
		c.Publish(ctx, "a", []byte("1"))
		here.expect(t, "1")
		if len(gone.messages) > 0 {
			t.Error("a message arrived")
		}
	})
	t.Run("a subscriber that is stuck holds up nobody", func(t *testing.T) {
		c := open(t).Cache
		stuck := make(chan struct{})
		defer close(stuck)
		defer c.Subscribe("a", func([]byte) { <-stuck })()
		started := time.Now()
		for range 2000 {
			c.Publish(ctx, "b", nil)
			c.Publish(ctx, "a", []byte("m"))
			if time.Since(started) > 20*time.Second {
				t.Fatal("publishing waits")
			}
		}
	})
	t.Run("closed", func(t *testing.T) {
		c := open(t).Cache
		c.Set(ctx, "k", []byte("v"), time.Minute)
		c.Close()
		c.Close()
		c.Set(ctx, "k", []byte("v"), time.Minute)
		c.Publish(ctx, "a", nil)
		c.Subscribe("a", func([]byte) {})()
		if _, ok := c.Get(ctx, "k"); ok {
			t.Error("a closed cache knows something")
		}
		if _, ok := c.Incr(ctx, "n", time.Minute); ok {
			t.Error("a closed cache counts")
		}
	})
}

type inbox struct{ messages chan string }

func newInbox() *inbox { return &inbox{make(chan string, 1000)} }

func (i *inbox) take(m []byte) { i.messages <- string(m) }

func (i *inbox) expect(t *testing.T, want ...string) {
	t.Helper()
	for _, w := range want {
		select {
		case got := <-i.messages:
			if got != w {
				t.Errorf("got message %q, want %q", got, w)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("message %q did not arrive", w)
		}
	}
}
