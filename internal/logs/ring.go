package logs

import "sync"

// ring holds the entries that wait to be written. Callers push into one of two
// buffers; the writer takes the whole buffer in exchange for the empty one, so
// that nobody waits while it encodes.
type ring struct {
	mu      sync.Mutex
	buf     []Entry
	head    int // the oldest
	n       int
	dropped [categories]uint64 // since the last take
	spare   []Entry
	urgent  int // how many entries wake the writer
	wake    chan struct{}
}

func newRing(size, urgent int) *ring {
	return &ring{buf: make([]Entry, size), spare: make([]Entry, size), urgent: min(urgent, size), wake: make(chan struct{}, 1)}
}

// push adds an entry, at the cost of the oldest when the ring is full.
func (r *ring) push(e *Entry) {
	r.mu.Lock()
	if r.n == len(r.buf) {
		r.dropped[r.buf[r.head].Category]++
		r.buf[r.head] = *e
		if r.head++; r.head == len(r.buf) {
			r.head = 0
		}
		r.mu.Unlock()
		return
	}
	r.buf[r.n] = *e // the head is 0 until the ring is full
	r.n++
	urgent := r.n == r.urgent
	r.mu.Unlock()
	if urgent {
		select {
		case r.wake <- struct{}{}:
		default:
		}
	}
}

// take returns the waiting entries, the older part first, and what was dropped.
// They are good until the next take.
func (r *ring) take() (older, newer []Entry, dropped [categories]uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	full, head, n := r.buf, r.head, r.n
	dropped = r.dropped
	r.buf, r.spare = r.spare, full
	r.head, r.n, r.dropped = 0, 0, [categories]uint64{}
	return full[head:n], full[:head], dropped
}
