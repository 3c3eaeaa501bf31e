package feed

import (
	"context"
	"slices"
)

// send queues a message to the other nodes. One that does not fit is missed by
// them, and they notice.
func (f *Feed) send(m *message) {
	m.From, m.Listening = f.self, f.listening()
	for name, o := range f.origins {
		if o.listening && !o.gone {
			m.Hears = append(m.Hears, name)
		}
	}
	slices.Sort(m.Hears)
	m.Hears = m.Hears[:min(len(m.Hears), 64)]
	select {
	case f.outbox <- m.encode():
	default:
	}
}

// post sends what is queued; the rest of it at the end.
func (f *Feed) post(ctx context.Context) {
	send := func(m []byte) {
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), f.o.Interval)
		defer cancel()
		f.o.Channel.Send(limited, m)
	}
	for {
		select {
		case m := <-f.outbox:
			send(m)
		case <-ctx.Done():
			for {
				select {
				case m := <-f.outbox:
					send(m)
				default:
					return
				}
			}
		}
	}
}

// greet says how far this node is, and asks the others if so.
func (f *Feed) greet(ask bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.say(ask)
}

func (f *Feed) say(ask bool) {
	if f.o.Channel != nil {
		f.send(&message{Seq: f.origins[f.self].seq, Ask: ask})
	}
}

// beat is the heartbeat.
func (f *Feed) beat() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tick++
	if f.o.Channel != nil {
		f.say(false)
		for name, o := range f.origins {
			if name != f.self && !o.gone && f.tick-o.heardAt >= missed {
				o.gone = true // what it changed last may not have been told
				f.resetAll()
			}
		}
		f.watch()
		if f.unsure && f.heardByAll() {
			f.unsure = false
			f.resetAll()
		}
	}
	f.forget()
	f.settle()
}

// watch has everybody read again now and then while other nodes cannot be heard.
func (f *Feed) watch() {
	switch {
	case f.o.Channel.Up():
		if f.downAt != 0 {
			f.downAt = 0
			f.say(true) // who answers tells how far it is, and so what was missed
		}
	case f.tick < missed: // it may still be connecting
	case f.downAt == 0:
		f.downAt = f.tick
		f.resetAll()
	case (f.tick-f.downAt)%missed == 0:
		f.resetAll()
	}
}

// heard takes a message of a node.
func (f *Feed) heard(data []byte) {
	m, ok := decode(data)
	if !ok || m.From == f.self {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	o := f.origins[m.From]
	if o == nil {
		o = &origin{}
		f.origins[m.From] = o
	}
	o.heardAt, o.gone = f.tick, m.Bye
	o.listening = m.Listening && !m.Bye
	f.settle()
	if f.woken() { // before the answer, which says how far this node is
		f.resetAll()
	}

	expected := o.seq
	if len(m.Rows) > 0 {
		expected++
	}
	if m.Seq > expected {
		o.lost = m.Seq
		if len(m.Rows) > 0 {
			o.lost--
		}
		o.seq = o.lost
		f.resetAll()
	}
	if len(m.Rows) > 0 && m.Seq > o.seq {
		o.seq = m.Seq
		f.keep(m.From, m.Seq, m.Rows)
	}
	if o.hears = slices.Contains(m.Hears, f.self); o.hears {
		close(f.peers)
		f.peers = make(chan struct{})
	}
	if m.Ask {
		f.say(false)
	}
}

// heardByAll says whether every node knows that somebody listens here.
func (f *Feed) heardByAll() bool {
	for name, o := range f.origins {
		if name != f.self && !o.gone && !o.hears {
			return false
		}
	}
	return true
}

func (f *Feed) resetAll() {
	for s := range f.subs {
		s.reset()
	}
}
