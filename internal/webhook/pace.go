package webhook

import (
	"context"
	"sync"
	"time"
)

// pace bounds how many events this node sends to a webhook at once, so that one
// slow target leaves room for the others. What has no room comes back when there
// should be some, by how long the target took lately.
type pace struct {
	limit int
	mu    sync.Mutex
	of    map[int64]*lane
}

// lane is the pace of one webhook.
type lane struct {
	room    chan struct{} // one per event that is being sent
	latency time.Duration // a moving average
	next    time.Time     // when the last of those that wait comes back
}

// The bounds of waiting.
const (
	quick    = 250 * time.Millisecond // a target that answers within it is waited for
	leastPut = 2 * time.Second
	mostPut  = 5 * time.Minute
)

func (p *pace) lane(webhook int64) *lane {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.of == nil {
		p.of = map[int64]*lane{}
	}
	l := p.of[webhook]
	if l == nil {
		l = &lane{room: make(chan struct{}, p.limit)}
		p.of[webhook] = l
	}
	return l
}

// enter returns what ends the sending, or for how long to wait with it.
func (p *pace) enter(ctx context.Context, webhook int64, now time.Time) (leave func(took time.Duration), wait time.Duration) {
	l := p.lane(webhook)
	leave = func(took time.Duration) {
		<-l.room
		p.mu.Lock()
		l.latency += (took - l.latency) / 4
		p.mu.Unlock()
	}
	select {
	case l.room <- struct{}{}:
		return leave, 0
	default:
	}
	p.mu.Lock()
	slow := l.latency > quick
	p.mu.Unlock()
	if !slow {
		t := time.NewTimer(quick)
		defer t.Stop()
		select {
		case l.room <- struct{}{}:
			return leave, 0
		case <-t.C:
		case <-ctx.Done():
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if l.next.Before(now) {
		l.next = now
	}
	l.next = l.next.Add(max(l.latency, quick) / time.Duration(p.limit))
	return nil, min(max(l.next.Sub(now), leastPut), mostPut)
}
