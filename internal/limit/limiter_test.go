package limit_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/apposengine/appos/internal/limit"
	"github.com/apposengine/appos/internal/object"
)

type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

var ctx = context.Background()

func TestBurstAndRefill(t *testing.T) {
	c := &clock{time.Unix(1000, 0)}
	l := limit.New(nil, c.now)
	rate := object.Rate{Requests: 3, Per: time.Minute}
	for _, step := range []struct {
		pass time.Duration
		want limit.Result
	}{
		{0, limit.Result{OK: true, Remaining: 2, Reset: 20 * time.Second}},
		{0, limit.Result{OK: true, Remaining: 1, Reset: 40 * time.Second}},
		{0, limit.Result{OK: true, Remaining: 0, Reset: 60 * time.Second}},
		{0, limit.Result{Reset: 60 * time.Second, Retry: 20 * time.Second}},
		{19 * time.Second, limit.Result{Reset: 41 * time.Second, Retry: time.Second}},
		{time.Second, limit.Result{OK: true, Remaining: 0, Reset: 60 * time.Second}},
		{time.Hour, limit.Result{OK: true, Remaining: 2, Reset: 20 * time.Second}},
	} {
		c.t = c.t.Add(step.pass)
		if got := l.Take(ctx, "a", rate); got != step.want {
			t.Fatalf("at %s: %+v, want %+v", c.t, got, step.want)
		}
	}
	if got := l.Take(ctx, "b", rate); got.Remaining != 2 {
		t.Errorf("another caller: %+v", got)
	}
}

func TestNoLimit(t *testing.T) {
	l := limit.New(nil, time.Now)
	for _, rate := range []object.Rate{{}, {Requests: 5}, {Per: time.Minute}, {Requests: -1, Per: time.Minute}} {
		for range 10 {
			if got := l.Take(ctx, "a", rate); !got.OK {
				t.Errorf("%+v: %+v", rate, got)
			}
		}
	}
}

// However requests come, a span of time lets through its share and one burst.
func TestNeverMoreThanTheRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &clock{time.Unix(1000, 0)}
		l := limit.New(nil, c.now)
		rate := object.Rate{Requests: rapid.IntRange(1, 20).Draw(t, "requests"), Per: time.Duration(rapid.IntRange(1, 100).Draw(t, "per")) * time.Second}
		passed := 0
		for range 200 {
			c.t = c.t.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "pause")) * time.Millisecond)
			got := l.Take(ctx, "a", rate)
			if got.OK {
				passed++
			} else if c.t = c.t.Add(got.Retry); !l.Take(ctx, "a", rate).OK {
				t.Fatal("it was told to come back now, and is refused")
			} else {
				passed++
			}
			share := int(c.t.Sub(time.Unix(1000, 0))/limit.Step(rate)) + rate.Requests
			if passed > share {
				t.Fatalf("%d passed, %d may", passed, share)
			}
		}
	})
}

func TestTakenAtOnce(t *testing.T) {
	now := time.Now()
	l := limit.New(nil, func() time.Time { return now })
	var passed atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				if l.Take(ctx, "a", object.Rate{Requests: 50, Per: time.Hour}).OK {
					passed.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if passed.Load() != 50 {
		t.Errorf("%d passed, want 50", passed.Load())
	}
}

// silent is a shared counter that cannot be reached.
type silent struct{ asked int }

func (s *silent) Advance(context.Context, string, time.Duration, time.Duration) (time.Duration, bool, bool) {
	s.asked++
	return 0, false, false
}

func TestWithoutTheShared(t *testing.T) {
	s := &silent{}
	l := limit.New(s, time.Now)
	rate := object.Rate{Requests: 2, Per: time.Hour}
	for i, want := range []bool{true, true, false} {
		if got := l.Take(ctx, "a", rate); got.OK != want {
			t.Errorf("request %d: %+v", i, got)
		}
	}
	if s.asked != 3 {
		t.Errorf("it was asked %d times", s.asked)
	}
}

func BenchmarkTake(b *testing.B) {
	l := limit.New(nil, time.Now)
	keys := make([]string, 1000)
	for i := range keys {
		keys[i] = fmt.Sprintf("account %d", i)
	}
	rate := object.Rate{Requests: 1000, Per: time.Minute}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		l.Take(ctx, keys[i%len(keys)], rate)
	}
}
