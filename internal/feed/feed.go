package feed

import (
	"context"
	"crypto/rand"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apposengine/appos/internal/object"
)

// Channel carries messages to the feeds of other nodes and back. Messages may be
// lost, and those of this node may come back.
type Channel interface {
	// Send sends a message of at most 8,000 bytes less a few; it may take a while.
	Send(ctx context.Context, message []byte)
	// Receive calls heard for messages, one after the other, until ctx ends.
	Receive(ctx context.Context, heard func(message []byte))
	// Up says whether messages can be expected to arrive.
	Up() bool
}

// Config is what a Feed is made of. The zero Config is that of a single node.
type Config struct {
	Channel  Channel       // to other nodes; nil when there are none
	Interval time.Duration // between heartbeats; 0 is 5 s
	Gather   time.Duration // for which changes are collected under load; 0 is 10 ms
	Log      int           // changes kept for listeners that come back; 0 is 4,096
	Pending  int           // rows that a listener may be behind; 0 is 1,000
}

const (
	// A node that has not been heard of for so many intervals is gone.
	missed = 3
	// So many intervals after the last one left a listener may still come back.
	linger = 12
	// At most so many changes of one moment are told one by one.
	burst = 2_000
	// Nodes that know of a new listener answer at once; it waits no longer.
	patience = 300 * time.Millisecond
)

// Feed is this node's end. All methods may be called from several goroutines.
type Feed struct {
	o    Config
	self string // names this process among the nodes

	awake atomic.Bool // somebody may listen, here or elsewhere
	slept atomic.Bool // a change was not told since nobody listened

	in   sync.Mutex // held for an instant by those who write
	news []told     // since the last flush
	many map[string]bool
	wake chan struct{}

	mu      sync.Mutex
	tick    uint64
	origins map[string]*origin
	log     []entry // the oldest first
	subs    map[*Subscription]struct{}
	idle    uint64 // the tick at which the last listener left
	downAt  uint64 // the tick at which the channel was seen to be down; 0 is up
	unsure  bool   // a listener began before every node had answered
	peers   chan struct{}

	outbox  chan []byte
	stop    context.CancelFunc
	running sync.WaitGroup
}

// told is a change that a writer told of.
type told struct {
	ref string
	row object.RowChange
}

// New returns a feed that works until Close.
func New(o Config) *Feed {
	if o.Interval <= 0 {
		o.Interval = 5 * time.Second
	}
	if o.Gather <= 0 {
		o.Gather = 10 * time.Millisecond
	}
	if o.Log <= 0 {
		o.Log = 4096
	}
	if o.Pending <= 0 {
		o.Pending = 1_000
	}
	f := &Feed{
		o: o, self: rand.Text()[:10], wake: make(chan struct{}, 1), many: map[string]bool{},
		origins: map[string]*origin{}, subs: map[*Subscription]struct{}{}, outbox: make(chan []byte, 256), peers: make(chan struct{}),
	}
	f.origins[f.self] = &origin{}
	f.awake.Store(o.Channel != nil) // until it is known who is there
	var ctx context.Context
	ctx, f.stop = context.WithCancel(context.Background())
	f.running.Go(func() { f.run(ctx) })
	if o.Channel != nil {
		f.running.Go(func() { o.Channel.Receive(ctx, f.heard) })
		f.running.Go(func() { f.post(ctx) })
		f.greet(true)
	}
	return f
}

// Changed takes word of rows that were changed. It never waits.
func (f *Feed) Changed(o *object.Object, rows []object.RowChange) {
	if !f.awake.Load() {
		if !f.slept.Load() {
			f.slept.Store(true)
			if f.awake.Load() { // somebody came meanwhile
				f.nudge()
			}
		}
		return
	}
	f.in.Lock()
	if len(f.news)+len(rows) > burst {
		f.many[o.Ref] = true
	} else {
		for _, row := range rows {
			f.news = append(f.news, told{o.Ref, row})
		}
	}
	f.in.Unlock()
	f.nudge()
}

func (f *Feed) nudge() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// run passes on what writers told and watches the other nodes.
func (f *Feed) run(ctx context.Context) {
	beat := time.NewTicker(f.o.Interval)
	defer beat.Stop()
	gather := time.NewTimer(0)
	defer gather.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
			f.beat()
		case <-f.wake:
			f.flush()
			// the first of many is told at once, the others together
			gather.Reset(f.o.Gather)
			select {
			case <-ctx.Done():
				return
			case <-gather.C:
			}
		}
	}
}

// flush tells what has changed since the last time.
func (f *Feed) flush() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.drain()
}

// drain is flush for who holds the lock: what is drained is told in the order in
// which it was drained.
func (f *Feed) drain() {
	f.in.Lock()
	news := f.news
	f.news = nil
	var many map[string]bool
	if len(f.many) > 0 { // else it stays: writers have it
		many, f.many = f.many, map[string]bool{}
	}
	f.in.Unlock()

	if f.woken() {
		f.resetAll()
	}
	for ref := range many { // instead of its rows: what was told of them is part of it
		news = append(news, told{ref: ref})
	}
	for len(news) > 0 {
		n := fit(news)
		f.publish(news[:n])
		news = news[n:]
	}
}

// publish tells of changes on this node.
func (f *Feed) publish(rows []told) {
	own := f.origins[f.self]
	own.seq++
	f.keep(f.self, own.seq, rows)
	if f.told() {
		f.send(&message{Seq: own.seq, Rows: rows})
	}
}

// woken makes good that changes were not told while nobody listened: who comes
// back from before cannot be told what they were. It says whether there were any.
func (f *Feed) woken() bool {
	if !f.awake.Load() || !f.slept.CompareAndSwap(true, false) {
		return false
	}
	own := f.origins[f.self]
	own.seq++
	own.lost = own.seq
	return true
}

// told says whether other nodes are told of changes here: when somebody listens
// anywhere, so that a listener can go on at another node.
func (f *Feed) told() bool {
	if f.o.Channel == nil {
		return false
	}
	if f.tick < missed { // who is there is not known yet
		return true
	}
	here := f.listening()
	for name, o := range f.origins {
		if name != f.self && !o.gone && (here || o.listening) {
			return true
		}
	}
	return false
}

// listening says whether somebody listens at this node, or did a moment ago.
func (f *Feed) listening() bool {
	return len(f.subs) > 0 || f.idle != 0 && f.tick < f.idle+linger
}

// settle brings awake up to what is known.
func (f *Feed) settle() { f.awake.Store(f.listening() || f.told()) }

// Listeners is how many listen at this node.
func (f *Feed) Listeners() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.subs)
}

// Close tells what was changed, says goodbye to other nodes and ends every
// subscription.
func (f *Feed) Close() error {
	f.flush()
	f.mu.Lock()
	if f.o.Channel != nil {
		f.send(&message{Seq: f.origins[f.self].seq, Bye: true})
	}
	for s := range f.subs {
		s.end()
	}
	f.subs = map[*Subscription]struct{}{}
	f.mu.Unlock()
	f.awake.Store(false)
	f.stop()
	f.running.Wait()
	return nil
}
