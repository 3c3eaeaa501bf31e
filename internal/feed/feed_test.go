package feed_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/feed"
	"github.com/apposengine/appos/internal/object"
)

var customer, order = &object.Object{Ref: "crm.records.customer"}, &object.Object{Ref: "crm.records.order"}

// beat is the interval of heartbeats in tests.
const beat = 5 * time.Millisecond

// bus carries messages between feeds, as long as nobody cuts it.
type bus struct {
	mu    sync.Mutex
	ends  map[*end]chan []byte
	lossy float64 // this part of the messages is lost
	told  int     // messages with changes
}

type end struct {
	b    *bus
	down atomic.Bool // known to be
	cut  atomic.Bool // silently
}

func (e *end) Send(_ context.Context, message []byte) {
	e.b.mu.Lock()
	defer e.b.mu.Unlock()
	if bytes.Contains(message, []byte(`"rows"`)) {
		e.b.told++
	}
	if len(message) >= 8000 {
		panic(fmt.Sprintf("a message of %d bytes", len(message)))
	}
	for other, to := range e.b.ends {
		if !e.down.Load() && !other.down.Load() && !e.cut.Load() && !other.cut.Load() && rand.Float64() >= e.b.lossy {
			to <- message
		}
	}
}

func (e *end) Receive(ctx context.Context, heard func([]byte)) {
	in := make(chan []byte, 100_000)
	e.b.mu.Lock()
	e.b.ends[e] = in
	e.b.mu.Unlock()
	for {
		select {
		case <-ctx.Done():
			e.b.mu.Lock()
			delete(e.b.ends, e)
			e.b.mu.Unlock()
			return
		case m := <-in:
			heard(m)
		}
	}
}

func (e *end) Up() bool { return !e.down.Load() }

func (b *bus) node(t *testing.T) (*feed.Feed, *end) {
	e := &end{b: b}
	f := feed.New(feed.Config{Channel: e, Interval: beat})
	t.Cleanup(func() { _ = f.Close() })
	return f, e
}

// sent is how many messages told of changes.
func (b *bus) sent() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.told
}

func newBus() *bus { return &bus{ends: map[*end]chan []byte{}} }

func alone(t *testing.T, o feed.Config) *feed.Feed {
	f := feed.New(o)
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func change(f *feed.Feed, o *object.Object, on object.Change, ids ...int64) {
	rows := make([]object.RowChange, len(ids))
	for i, id := range ids {
		rows[i] = object.RowChange{ID: id, Version: 1, On: on}
	}
	f.Changed(o, rows)
}

// next waits for news and says what they are.
func next(t *testing.T, s *feed.Subscription) (string, string) {
	t.Helper()
	for {
		select {
		case <-s.Wake():
		case <-time.After(20 * time.Second):
			t.Fatal("nothing was heard for too long")
		}
		news := s.Take()
		if news.Reset {
			return "reset", news.Position
		}
		var all []string
		for _, c := range news.Changes {
			all = append(all, fmt.Sprintf("%s %s %d", c.First, c.Ref[strings.LastIndexByte(c.Ref, '.')+1:], c.ID))
		}
		if len(all) > 0 {
			return strings.Join(all, ", "), news.Position
		}
	}
}

func hears(t *testing.T, s *feed.Subscription, want string) string {
	t.Helper()
	got, position := next(t, s)
	if got != want {
		t.Fatalf("heard %q, want %q", got, want)
	}
	return position
}

// until waits for a condition.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited too long until %s", what)
		}
	}
}

func TestChangesOfOneMomentAreOne(t *testing.T) {
	f := alone(t, feed.Config{})
	both, one := f.Subscribe("", customer.Ref, order.Ref), f.Subscribe("", order.Ref)
	change(f, customer, object.Created, 7)
	hears(t, both, "create customer 7")
	// what comes while the first is passed on waits for the next
	rows := []object.RowChange{{ID: 8, On: object.Created}, {ID: 7, On: object.Updated}, {ID: 8, On: object.Updated}, {ID: 7, On: object.Deleted}}
	f.Changed(customer, rows)
	hears(t, both, "create customer 8, update customer 7")
	change(f, order, object.Deleted, 1)
	hears(t, both, "delete order 1")
	hears(t, one, "delete order 1")
	one.Close()
	if n := f.Listeners(); n != 1 {
		t.Errorf("%d listen, want 1", n)
	}
}

func TestTooMuchIsAReset(t *testing.T) {
	f := alone(t, feed.Config{Pending: 10})
	s := f.Subscribe("", customer.Ref)
	for id := range int64(11) {
		change(f, customer, object.Updated, id)
	}
	until(t, "all is there", func() bool { return s.Position() == "" })
	for {
		// what fits may come before
		if got, _ := next(t, s); got == "reset" {
			break
		}
		for id := range int64(11) {
			change(f, customer, object.Updated, id)
		}
	}
	change(f, customer, object.Updated, 1)
	hears(t, s, "update customer 1")

	big := alone(t, feed.Config{})
	other := big.Subscribe("", customer.Ref)
	rest := big.Subscribe("", order.Ref)
	change(big, customer, object.Created, slices.Collect(func(yield func(int64) bool) {
		for id := int64(1); id <= 5_000 && yield(id); id++ {
		}
	})...)
	hears(t, other, "reset")
	change(big, order, object.Created, 1)
	hears(t, rest, "create order 1")
}

// Writers of few rows and of very many do not get into each other's way, nor into
// that of what tells of them.
func TestManyWriters(t *testing.T) {
	f := alone(t, feed.Config{Gather: time.Microsecond})
	f.Subscribe("", order.Ref)
	very := slices.Repeat([]int64{1}, 2_500)
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			for range 200 {
				if w%2 == 0 {
					change(f, customer, object.Updated, very...)
				} else {
					change(f, customer, object.Updated, 1)
				}
			}
		})
	}
	all.Wait()
}

func TestResume(t *testing.T) {
	f := alone(t, feed.Config{Log: 5, Interval: beat})
	s := f.Subscribe("", customer.Ref)
	start := s.From()
	change(f, customer, object.Created, 1)
	at := hears(t, s, "create customer 1")
	change(f, customer, object.Created, 2)
	hears(t, s, "create customer 2")
	s.Close()
	change(f, customer, object.Created, 3) // nobody listens, for the moment
	hears(t, f.Subscribe(at, customer.Ref), "create customer 2, create customer 3")
	hears(t, f.Subscribe(start, customer.Ref), "create customer 1, create customer 2, create customer 3")
	again := f.Subscribe(f.Position(), customer.Ref)
	if news := again.Take(); news.Reset || len(news.Changes) > 0 {
		t.Errorf("of nothing new is heard %v", news)
	}
	for _, bad := range []string{"x", "~", "x.1", at + "~x.1", at + "z", strings.Repeat("x", 10_000)} {
		hears(t, f.Subscribe(bad, customer.Ref), "reset")
	}
	change(f, customer, object.Updated, 4, 5, 6, 7)
	hears(t, again, "update customer 4, update customer 5, update customer 6, update customer 7")
	hears(t, f.Subscribe(at, customer.Ref), "reset")
}

// What nobody was told while nobody listened is not said to be nothing.
func TestResumeAfterSilence(t *testing.T) {
	f := alone(t, feed.Config{Interval: beat})
	s := f.Subscribe("", customer.Ref)
	change(f, customer, object.Created, 1)
	at := hears(t, s, "create customer 1")
	s.Close()
	until(t, "the feed sleeps", func() bool { return !f.Awake() })
	s = f.Subscribe(at, customer.Ref)
	if news := s.Take(); news.Reset {
		t.Error("nothing has changed, and everything is to be read again")
	}
	s.Close()
	until(t, "the feed sleeps", func() bool { return !f.Awake() })
	change(f, customer, object.Created, 2)
	hears(t, f.Subscribe(at, customer.Ref), "reset")
}

func TestNodesHearEachOther(t *testing.T) {
	b := newBus()
	one, _ := b.node(t)
	two, _ := b.node(t)
	until(t, "they know each other", func() bool { return one.Nodes() == 2 && two.Nodes() == 2 && !one.Awake() && !two.Awake() })
	before := b.sent()
	change(one, customer, object.Created, 1)

	s := two.Subscribe("", customer.Ref)
	s.Begin(t.Context())
	change(one, customer, object.Created, 2)
	at := hears(t, s, "create customer 2")
	if n := b.sent() - before; n != 1 {
		t.Errorf("%d messages, want 1: the first change was of no interest to anybody", n)
	}
	change(two, customer, object.Created, 3)
	hears(t, s, "create customer 3")

	// what was heard here is known there
	there := one.Subscribe(at, customer.Ref)
	hears(t, there, "create customer 3")
	// a listener is not disturbed by who comes and goes in good order
	three, _ := b.node(t)
	change(three, customer, object.Deleted, 9)
	hears(t, s, "delete customer 9")
	if err := three.Close(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(10 * beat)
	change(one, customer, object.Updated, 2)
	hears(t, s, "update customer 2")
}

func TestWhatIsLostBetweenNodesIsNoticed(t *testing.T) {
	b := newBus()
	one, wire := b.node(t)
	two, own := b.node(t)
	until(t, "they know each other", func() bool { return one.Nodes() == 2 && two.Nodes() == 2 })
	s := two.Subscribe("", customer.Ref)
	s.Begin(t.Context())

	change(one, customer, object.Created, 5)
	hears(t, s, "create customer 5")
	wire.cut.Store(true) // a message that nobody knows to be lost
	before := b.sent()
	change(one, customer, object.Created, 1)
	until(t, "it is sent", func() bool { return b.sent() > before })
	wire.cut.Store(false)
	hears(t, s, "reset")
	recovers := func() {
		t.Helper()
		for got := "reset"; got == "reset"; {
			change(one, customer, object.Updated, 2)
			if got, _ = next(t, s); got != "reset" && !strings.HasSuffix(got, "update customer 2") {
				t.Fatalf("heard %q", got)
			}
		}
	}
	recovers()

	own.down.Store(true) // a channel that is known to be down
	hears(t, s, "reset")
	hears(t, s, "reset") // and nothing can be heard, so it is said again
	change(one, customer, object.Created, 3)
	own.down.Store(false)
	recovers()
}

func TestANodeThatDies(t *testing.T) {
	b := newBus()
	one, _ := b.node(t)
	two, _ := b.node(t)
	until(t, "they know each other", func() bool { return one.Nodes() == 2 && two.Nodes() == 2 })
	s := two.Subscribe("", customer.Ref)
	s.Begin(t.Context())
	change(one, customer, object.Created, 1)
	hears(t, s, "create customer 1")
	one.Kill()
	hears(t, s, "reset")
}

// Whatever is lost on the way: a listener has heard of every row, or was told to
// read again after its last change.
func TestNothingIsMissed(t *testing.T) {
	b := newBus()
	var nodes []*feed.Feed
	for range 3 {
		f, _ := b.node(t)
		nodes = append(nodes, f)
	}
	s := nodes[0].Subscribe("", customer.Ref)
	s.Begin(t.Context())
	b.mu.Lock()
	b.lossy = 0.2
	b.mu.Unlock()
	for round := range 30 {
		missing := map[int64]bool{}
		for i := range int64(20) {
			id := int64(round)*100 + i
			missing[id] = true
			change(nodes[rand.IntN(3)], customer, object.Updated, id)
			if rand.IntN(4) == 0 {
				time.Sleep(time.Millisecond)
			}
		}
		until(t, "every change was heard of", func() bool {
			news := s.Take()
			if news.Reset {
				// changes that come after it may still be on their way; they are heard of twice
				clear(missing)
			}
			for _, c := range news.Changes {
				delete(missing, c.ID)
			}
			return len(missing) == 0
		})
	}
}

func TestCloseEndsSubscriptions(t *testing.T) {
	f := feed.New(feed.Config{})
	s := f.Subscribe("", customer.Ref)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	change(f, customer, object.Created, 1) // is of no consequence
}

func BenchmarkChanged(b *testing.B) {
	rows := []object.RowChange{{ID: 1, Version: 1, On: object.Created}}
	b.Run("nobody_listens", func(b *testing.B) {
		f := feed.New(feed.Config{})
		defer f.Close()
		for b.Loop() {
			f.Changed(customer, rows)
		}
	})
	b.Run("somebody_listens", func(b *testing.B) {
		f := feed.New(feed.Config{})
		defer f.Close()
		f.Subscribe("", customer.Ref)
		for b.Loop() {
			f.Changed(customer, rows)
		}
	})
}
