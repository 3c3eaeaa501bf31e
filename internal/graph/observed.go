package graph

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/apposengine/appos/internal/object"
)

// Config says what to observe and where to keep it.
type Config struct {
	// Objects are the objects by object.Object.Index.
	Objects []*object.Object
	// Dir is the folder of the JSON files, such as ".appos/runtime/dependencies";
	// "" keeps the edges in memory only.
	Dir string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Observed is the set of edges that calls have taken. It is safe for concurrent
// use. Memory is bounded by the edges that exist, not by the calls.
type Observed struct {
	objects []*object.Object
	byRef   map[string]int
	dir     string
	now     func() time.Time

	// today is the day that edges are stamped with. Flush and the queries move
	// it, so that Observe reads no clock.
	today atomic.Int32
	rows  []atomic.Pointer[row] // by caller

	mu      sync.Mutex // guards the making of edges
	flush   sync.Mutex // one flush at a time
	written []uint64   // by object: the version of its edges in its file
}

// Edge is one dependency: From called To.
type Edge struct {
	From, To  *object.Object
	FirstSeen time.Time // midnight UTC of the day
	LastSeen  time.Time // midnight UTC of the day
	Count     uint64    // calls, over all runs of the process that were flushed
}

// edge is an Edge that the hot path updates.
type edge struct {
	callee int32
	first  atomic.Int32 // days since 1970
	last   atomic.Int32
	count  atomic.Uint64
}

// NewObserved returns the edges of earlier runs, read from Config.Dir, ready to
// observe more. Files that cannot be read are skipped and returned as the error;
// the Observed is good all the same.
func NewObserved(c Config) (*Observed, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	o := &Observed{
		objects: c.Objects,
		byRef:   make(map[string]int, len(c.Objects)),
		dir:     c.Dir,
		now:     c.Now,
		rows:    make([]atomic.Pointer[row], len(c.Objects)),
		written: make([]uint64, len(c.Objects)),
	}
	for i, obj := range c.Objects {
		o.byRef[obj.Ref] = i
	}
	o.turn()
	return o, o.load()
}

// Observe notes that the object with the index caller called the one with the
// index callee. Indexes that no object has are ignored, so that a caller outside
// of any object can be passed as -1. It allocates only for an edge seen for the
// first time.
func (o *Observed) Observe(caller, callee int) {
	if uint(caller) >= uint(len(o.rows)) || uint(callee) >= uint(len(o.rows)) {
		return
	}
	e := o.rows[caller].Load().find(int32(callee))
	if e == nil {
		e = o.add(caller, callee)
	}
	e.count.Add(1)
	if today := o.today.Load(); e.last.Load() != today {
		e.last.Store(today)
	}
}

// add makes the edge, or returns the one that another goroutine made meanwhile.
func (o *Observed) add(caller, callee int) *edge {
	o.mu.Lock()
	defer o.mu.Unlock()
	r := o.rows[caller].Load()
	if e := r.find(int32(callee)); e != nil {
		return e
	}
	e := &edge{callee: int32(callee)}
	today := o.today.Load()
	e.first.Store(today)
	e.last.Store(today)
	o.rows[caller].Store(r.with(e))
	return e
}

// Uses lists what the object with the index has called, by reference.
func (o *Observed) Uses(index int) []Edge {
	if uint(index) >= uint(len(o.rows)) {
		return nil
	}
	o.turn()
	var found []Edge
	for _, e := range o.rows[index].Load().edges() {
		found = append(found, o.edge(index, e))
	}
	return sorted(found)
}

// UsedBy lists what has called the object with the index, by reference.
func (o *Observed) UsedBy(index int) []Edge {
	if uint(index) >= uint(len(o.rows)) {
		return nil
	}
	o.turn()
	var found []Edge
	for caller := range o.rows {
		if e := o.rows[caller].Load().find(int32(index)); e != nil {
			found = append(found, o.edge(caller, e))
		}
	}
	return sorted(found)
}

func (o *Observed) edge(caller int, e *edge) Edge {
	return Edge{
		From:      o.objects[caller],
		To:        o.objects[e.callee],
		FirstSeen: date(e.first.Load()),
		LastSeen:  date(e.last.Load()),
		Count:     e.count.Load(),
	}
}

// turn moves the day on.
func (o *Observed) turn() { o.today.Store(day(o.now())) }

const secondsPerDay = 24 * 60 * 60

func day(t time.Time) int32 { return int32(t.Unix() / secondsPerDay) }

func date(day int32) time.Time { return time.Unix(int64(day)*secondsPerDay, 0).UTC() }
