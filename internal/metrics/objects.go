package metrics

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apposengine/appos/internal/object"
)

// Config says what to measure.
type Config struct {
	// Objects are the objects by object.Object.Index.
	Objects []*object.Object
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Objects measures the calls of objects. It is safe for concurrent use.
//
// An object that was never called costs a pointer. One that was costs about
// 13 KB, and up to 15 KB more as its hours and days fill, however often it is
// called.
type Objects struct {
	objects []*object.Object
	now     func() time.Time
	live    []atomic.Pointer[live] // by index

	mu   sync.Mutex // guards the slots, which readers and Rotate share
	hour int64      // the hour that live counts since its last base, since 1970
	past []*history // by index
}

// NewObjects returns a table in which nothing has been called.
func NewObjects(c Config) *Objects {
	if c.Now == nil {
		c.Now = time.Now
	}
	o := &Objects{
		objects: c.Objects,
		now:     c.Now,
		live:    make([]atomic.Pointer[live], len(c.Objects)),
		past:    make([]*history, len(c.Objects)),
	}
	o.hour = hourOf(o.now())
	return o
}

// Observe notes one call of the object with the index: how long it took and
// whether it failed. An index that no object has is ignored. It takes no lock,
// reads no clock, and allocates only at an object's first call.
func (o *Objects) Observe(index int, d time.Duration, failed bool) {
	if uint(index) >= uint(len(o.live)) {
		return
	}
	l := o.live[index].Load()
	if l == nil {
		l = o.first(index)
	}
	l.observe(d, failed)
}

func (o *Objects) first(index int) *live {
	o.live[index].CompareAndSwap(nil, new(live))
	return o.live[index].Load()
}

// Total is what an object did since the process began.
type Total struct {
	Count, Errors uint64
	Duration      time.Duration
}

// Total returns what the object with the index did since the process began.
func (o *Objects) Total(index int) Total {
	if uint(index) >= uint(len(o.live)) {
		return Total{}
	}
	l := o.live[index].Load()
	if l == nil {
		return Total{}
	}
	return Total{l.count.Load(), l.errors.Load(), time.Duration(l.nanos.Load())}
}

// Rotate closes the hour when it is over. Calls are counted in the hour in which
// they are first rotated, so it should run at least every minute or so; Summary
// and Series rotate too. It is cheap when the hour has not changed.
func (o *Objects) Rotate() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.rotate()
}

// Run rotates every minute until ctx is done.
func (o *Objects) Run(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			o.Rotate()
		}
	}
}

// rotate needs o.mu.
func (o *Objects) rotate() {
	hour := hourOf(o.now())
	if hour <= o.hour { // a clock set back adds to the hour that is open
		return
	}
	for i := range o.live {
		l := o.live[i].Load()
		if l == nil {
			continue
		}
		if o.past[i] == nil {
			o.past[i] = new(history)
		}
		o.past[i].close(o.hour, l)
	}
	o.hour = hour
}

func hourOf(t time.Time) int64 { return t.Unix() / 3600 }
