package web

import (
	"cmp"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/apposengine/appos/internal/object"
)

// StreamLimits bound the streams of events that clients hold open. Zero values
// are those of the configuration's defaults.
type StreamLimits struct {
	Total      int           // at this node; 0 is 1,000
	PerAccount int           // 0 is 20
	Heartbeat  time.Duration // after which something is sent; 0 is 20 s
	Recheck    time.Duration // after which the user's rights are looked at again; 0 is 5 s
}

func (l StreamLimits) orDefaults() StreamLimits {
	l.Total, l.PerAccount = cmp.Or(l.Total, 1_000), cmp.Or(l.PerAccount, 20)
	l.Heartbeat, l.Recheck = cmp.Or(l.Heartbeat, 20*time.Second), cmp.Or(l.Recheck, 5*time.Second)
	return l
}

// streamReaders is how many streams read from the database at once: requests
// come first.
const streamReaders = 4

// streams are those that are open.
type streams struct {
	limits  StreamLimits
	reading chan struct{}
	ended   chan struct{} // closed when the server stops

	mu   sync.Mutex
	open int
	by   map[string]int // account
	over bool
}

func newStreams(l StreamLimits) *streams {
	return &streams{limits: l.orDefaults(), reading: make(chan struct{}, streamReaders), ended: make(chan struct{}), by: map[string]int{}}
}

// enter counts a stream of the account; leave ends it.
func (s *streams) enter(account string) (leave func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	wait := strconv.Itoa(int(s.limits.Heartbeat/time.Second) + 1)
	switch {
	case s.over:
		return nil, with(http.StatusServiceUnavailable, object.Timeout, "the server is stopping; open the stream again in a moment").set("Retry-After", "1")
	case s.by[account] >= s.limits.PerAccount:
		return nil, with(http.StatusTooManyRequests, object.Denied, "you have %d streams open already; close one, or listen to several records in one", s.by[account]).set("Retry-After", wait)
	case s.open >= s.limits.Total:
		return nil, with(http.StatusServiceUnavailable, object.Timeout, "the server has as many streams open as it takes; try again later").set("Retry-After", wait)
	}
	s.open++
	s.by[account]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.open--
		if s.by[account]--; s.by[account] == 0 {
			delete(s.by, account)
		}
	}, nil
}

// end has every stream end, and lets none begin.
func (s *streams) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.over {
		s.over = true
		close(s.ended)
	}
}

// EndStreams ends the streams of events, which would otherwise never be over:
// call it when the server stops, before it waits for requests.
func (s *Site) EndStreams() { s.listeners.end() }

// OpenStreams is how many streams of events are open.
func (s *Site) OpenStreams() int {
	s.listeners.mu.Lock()
	defer s.listeners.mu.Unlock()
	return s.listeners.open
}
