package cache

import (
	"slices"
	"sync"
)

// backlog is how many messages wait for a subscriber that is slow.
const backlog = 256

// hub carries messages between the goroutines of this process.
type hub struct {
	mu     sync.RWMutex
	closed bool
	subs   map[string]map[*subscriber]struct{}
}

type subscriber struct {
	messages chan []byte
	done     chan struct{}
	once     sync.Once
}

func (s *subscriber) stop() { s.once.Do(func() { close(s.done) }) }

func (h *hub) subscribe(channel string, f func([]byte)) (cancel func()) {
	s := &subscriber{messages: make(chan []byte, backlog), done: make(chan struct{})}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return func() {}
	}
	if h.subs == nil {
		h.subs = map[string]map[*subscriber]struct{}{}
	}
	if h.subs[channel] == nil {
		h.subs[channel] = map[*subscriber]struct{}{}
	}
	h.subs[channel][s] = struct{}{}
	go s.run(f)
	return func() {
		s.stop()
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.subs[channel], s)
		if len(h.subs[channel]) == 0 {
			delete(h.subs, channel)
		}
	}
}

func (s *subscriber) run(f func([]byte)) {
	for {
		select {
		case <-s.done:
			return
		case m := <-s.messages:
			f(m)
		}
	}
}

// send never waits: who is behind misses the message.
func (h *hub) send(channel string, message []byte) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if len(h.subs[channel]) == 0 {
		return
	}
	message = slices.Clone(message)
	for s := range h.subs[channel] {
		select {
		case s.messages <- message:
		default:
		}
	}
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for _, subs := range h.subs {
		for s := range subs {
			s.stop()
		}
	}
	h.subs = nil
}
