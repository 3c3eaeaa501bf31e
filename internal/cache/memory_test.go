package cache_test

import (
	"bytes"
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/cache"
	"github.com/apposengine/appos/internal/cache/cachetest"
)

func TestMemory(t *testing.T) {
	cachetest.Conformance(t, func(t *testing.T) cachetest.Subject {
		var passed atomic.Int64
		began := time.Now()
		m := cache.NewMemory(cache.MemoryOptions{Now: func() time.Time { return began.Add(time.Duration(passed.Load())) }})
		t.Cleanup(m.Close)
		return cachetest.Subject{Cache: m, Pass: func(d time.Duration) { passed.Add(int64(d)) }}
	})
}

func TestMemoryIsBounded(t *testing.T) {
	ctx := context.Background()
	m := cache.NewMemory(cache.MemoryOptions{Bytes: 1 << 20})
	defer m.Close()
	value := bytes.Repeat([]byte("x"), 10_000)
	for i := range 1000 {
		m.Set(ctx, fmt.Sprint(i), value, time.Hour)
	}
	cachetest.Eventually(t, "most of ten megabytes is evicted from one", func() bool {
		known := 0
		for i := range 1000 {
			if _, ok := m.Get(ctx, fmt.Sprint(i)); ok {
				known++
			}
		}
		return known > 0 && known <= 110
	})
}

func Example() {
	ctx := context.Background()
	c := cache.NewMemory(cache.MemoryOptions{})
	defer c.Close()

	c.Set(ctx, "greeting:7", []byte("hello"), time.Minute) // 7 is the version it is good for
	value, known := c.Get(ctx, "greeting:7")
	fmt.Println(string(value), known)

	_, known = c.Get(ctx, "greeting:8")
	fmt.Println(known)
	// Output:
	// hello true
	// false
}
