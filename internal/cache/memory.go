package cache

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"
)

// DefaultMemory is how many bytes of keys and values a memory cache holds.
const DefaultMemory = 64 << 20

// overhead is what an entry costs beside its key and value, roughly.
const overhead = 96

// MemoryOptions are the limits of a memory cache.
type MemoryOptions struct {
	Bytes uint64           // keys and values held at most; zero is DefaultMemory
	Now   func() time.Time // nil is time.Now
}

// Memory is a cache in this process.
type Memory struct {
	hub     hub
	entries *otter.Cache[string, entry]
	now     func() time.Time
	started time.Time
	closed  atomic.Bool
}

type entry struct {
	value []byte
	count int64
	ends  int64 // in the clock's nanoseconds
}

var _ Cache = (*Memory)(nil)

// NewMemory returns an empty cache in this process.
func NewMemory(o MemoryOptions) *Memory {
	if o.Bytes == 0 {
		o.Bytes = DefaultMemory
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	m := &Memory{now: o.Now, started: o.Now()}
	m.entries = otter.Must(&otter.Options[string, entry]{
		MaximumWeight: o.Bytes,
		Weigher:       func(key string, e entry) uint32 { return uint32(len(key) + len(e.value) + overhead) },
		Clock:         clock{o.Now},
		// an end rather than a duration, so that counting does not prolong a counter
		ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[string, entry]) time.Duration {
			return time.Duration(e.Value.ends - e.SnapshotAtNano)
		}),
	})
	return m
}

// clock lets otter tell the time by an injected clock. It has no ticks: what is
// past its time is never returned, and goes when the room is needed.
type clock struct{ now func() time.Time }

func (c clock) NowNano() int64                    { return c.now().UnixNano() }
func (clock) Tick(time.Duration) <-chan time.Time { return nil }

// Get implements Cache.
func (m *Memory) Get(_ context.Context, key string) ([]byte, bool) {
	if m.closed.Load() {
		return nil, false
	}
	e, ok := m.entries.GetIfPresent(key)
	return e.value, ok && e.value != nil
}

// Set implements Cache.
func (m *Memory) Set(_ context.Context, key string, value []byte, ttl time.Duration) {
	if ttl <= 0 || m.closed.Load() {
		return
	}
	kept := slices.Clone(value)
	if kept == nil {
		kept = []byte{}
	}
	m.entries.Set(key, entry{value: kept, ends: m.now().Add(ttl).UnixNano()})
}

// Delete implements Cache.
func (m *Memory) Delete(_ context.Context, keys ...string) bool {
	for _, key := range keys {
		m.entries.Invalidate(key)
	}
	return true
}

// Incr implements Cache.
func (m *Memory) Incr(_ context.Context, key string, ttl time.Duration) (int64, bool) {
	if ttl <= 0 || m.closed.Load() {
		return 0, false
	}
	e, _ := m.entries.Compute(key, func(old entry, found bool) (entry, otter.ComputeOp) {
		if !found || old.value != nil {
			old = entry{ends: m.now().Add(ttl).UnixNano()}
		}
		old.count++
		return old, otter.WriteOp
	})
	return e.count, true
}

// Publish implements Cache.
func (m *Memory) Publish(_ context.Context, channel string, message []byte) {
	m.hub.send(channel, message)
}

// Subscribe implements Cache.
func (m *Memory) Subscribe(channel string, f func([]byte)) (cancel func()) {
	return m.hub.subscribe(channel, f)
}

// Health implements Cache.
func (m *Memory) Health() Health { return Health{Kind: "memory", State: Up, Since: m.started} }

// Close implements Cache.
func (m *Memory) Close() {
	if m.closed.CompareAndSwap(false, true) {
		m.hub.close()
		m.entries.InvalidateAll()
		m.entries.StopAllGoroutines()
	}
}
