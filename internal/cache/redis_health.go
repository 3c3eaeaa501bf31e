package cache

import (
	"sync"
	"time"
)

// health remembers how Redis is.
type health struct {
	mu sync.Mutex
	h  Health
}

func (h *health) begin(now time.Time) {
	h.h = Health{Kind: "redis", State: Connecting, Since: now}
}

func (h *health) turn(to State, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.h.State == to {
		return
	}
	h.h.State, h.h.Since = to, now
	switch to {
	case Down:
		h.h.Trips++
	case Up:
		h.h.Error = ""
	}
}

// note keeps why an operation failed.
func (h *health) note(err error) {
	if err == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.h.Error = err.Error()
}

func (h *health) get() Health {
	h.mu.Lock()
	defer h.mu.Unlock()
	got := h.h
	if got.State == Up {
		got.Error = ""
	}
	return got
}
