package feed

import (
	"context"
	"slices"
	"time"

	"github.com/apposengine/appos/internal/object"
)

// Change is what a subscription says of one row: several changes at once are one.
type Change struct {
	Ref   string
	ID    int64
	First object.Change // the first of the changes: of a row that was Created, nothing was told before
}

// News is what happened since the last Take.
type News struct {
	Changes []Change
	// Reset says that more has changed than is known: everything must be read
	// again. Changes is then empty.
	Reset bool
	// Position is where to go on from, at any node.
	Position string
}

// Subscription hears of changes of some records. Close it.
type Subscription struct {
	f    *Feed
	refs []string
	from string
	wake chan struct{}
	done chan struct{}

	// of the feed's lock
	rows  []Change
	at    map[row]struct{}
	lost  bool
	ready bool // it has begun: what was lost before is of no concern
	over  bool
}

type row struct {
	ref string
	id  int64
}

// Subscribe begins to hear of changes of the records. With the position of an
// earlier subscription it goes on from there; where that is not possible, Take
// says Reset first.
func (f *Feed) Subscribe(position string, refs ...string) *Subscription {
	s := &Subscription{f: f, refs: refs, wake: make(chan struct{}, 1), done: make(chan struct{}), at: map[row]struct{}{}}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.drain() // changes from before are none of its concern
	f.listen()
	if position != "" {
		s.ready = true
		if rows, ok := f.since(position); ok {
			s.add(rows)
		} else {
			s.reset()
		}
	}
	s.from = f.position()
	f.subs[s] = struct{}{}
	return s
}

// Position says how far everything was heard at this moment, for a subscription
// that begins a little later.
func (f *Feed) Position() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.listen()
	f.drain()
	return f.position()
}

// listen has this node be one where somebody listens.
func (f *Feed) listen() {
	was := f.listening()
	f.idle = max(f.tick, 1)
	if was {
		return
	}
	for _, o := range f.origins {
		o.hears = false
	}
	f.awake.Store(true)
	f.woken()
	f.say(true)
}

// Begin waits until every other node knows that somebody listens here, for a
// moment at most. What changes from then on is heard: read afterwards.
func (s *Subscription) Begin(ctx context.Context) {
	f := s.f
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		f.mu.Lock()
		all, changed := f.heardByAll(), f.peers
		s.ready = s.ready || all
		f.mu.Unlock()
		if all {
			return
		}
		select {
		case <-changed:
			continue
		case <-limit.C:
		case <-ctx.Done():
		}
		f.mu.Lock()
		s.ready, f.unsure = true, true
		f.mu.Unlock()
		return
	}
}

// Wake receives when there is something to Take.
func (s *Subscription) Wake() <-chan struct{} { return s.wake }

// Done is closed when the feed is.
func (s *Subscription) Done() <-chan struct{} { return s.done }

// From is where the subscription began.
func (s *Subscription) From() string { return s.from }

// Position is how far everything was heard and taken; it is "" while something is
// to be taken.
func (s *Subscription) Position() string {
	s.f.mu.Lock()
	defer s.f.mu.Unlock()
	if s.lost || len(s.rows) > 0 {
		return ""
	}
	return s.f.position()
}

// Take returns what happened since the last time.
func (s *Subscription) Take() News {
	s.f.mu.Lock()
	defer s.f.mu.Unlock()
	news := News{Changes: s.rows, Reset: s.lost, Position: s.f.position()}
	s.rows, s.lost = nil, false
	clear(s.at)
	return news
}

// Reset has the next Take say so: what was taken could not be used.
func (s *Subscription) Reset() {
	s.f.mu.Lock()
	defer s.f.mu.Unlock()
	s.reset()
}

// Close ends the subscription.
func (s *Subscription) Close() {
	f := s.f
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.subs, s)
	f.idle = max(f.tick, 1)
}

func (s *Subscription) add(rows []told) {
	added := false
	for _, t := range rows {
		if !slices.Contains(s.refs, t.ref) {
			continue
		}
		if t.row.On == 0 || len(s.rows) >= s.f.o.Pending {
			s.overflow()
			return
		}
		if s.lost {
			return
		}
		key := row{t.ref, t.row.ID}
		if _, known := s.at[key]; known {
			continue
		}
		s.at[key] = struct{}{}
		s.rows = append(s.rows, Change{t.ref, t.row.ID, t.row.On})
		added = true
	}
	if added {
		s.nudge()
	}
}

// reset forgets what happened, which is not all that did.
func (s *Subscription) reset() {
	if s.ready {
		s.overflow()
	}
}

func (s *Subscription) overflow() {
	s.rows, s.lost = nil, true
	clear(s.at)
	s.nudge()
}

func (s *Subscription) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *Subscription) end() {
	if !s.over {
		s.over = true
		close(s.done)
	}
}
