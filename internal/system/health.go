package system

import (
	"context"
	"errors"
	"time"
)

// State is how a system does.
type State string

// The states.
const (
	Unknown  State = "unknown"  // it was never needed nor asked
	Up       State = "up"       // it answers
	Degraded State = "degraded" // it answers, but slowly, or one of the last checks failed
	Down     State = "down"     // it does not answer, or cannot be used
)

const (
	// kept is how long the history of checks goes back.
	kept = 24 * time.Hour
	// slow is how long an answer to a check may take.
	slow = time.Second
	// recent is how many checks tell whether a system is degraded.
	recent = 5
)

// Probe is what one check found.
type Probe struct {
	At      time.Time
	Latency time.Duration
	Fault   string // empty: it answered
}

// Health is how a system does, as far as this server and those beside it know.
type Health struct {
	State   State
	Since   time.Time // of an outage
	Fault   string    // why it is down
	Last    Probe
	History []Probe // of a day, oldest first
}

// Health reads how the system does.
func (s *System) Health(ctx context.Context) (Health, error) {
	rows, err := s.r.o.DB.Query(ctx, `SELECT at, latency, fault FROM appos_system_health WHERE system = ? AND at > ? ORDER BY at, id`, s.o.Ref, s.r.o.Now().Add(-kept))
	if err != nil {
		return Health{}, err
	}
	defer rows.Close()
	h := Health{State: Unknown}
	for rows.Next() {
		var c Probe
		var latency int64
		if err := rows.Scan(&c.At, &latency, &c.Fault); err != nil {
			return Health{}, err
		}
		c.Latency = time.Duration(latency) * time.Microsecond
		h.History = append(h.History, c)
	}
	if err := rows.Err(); err != nil {
		return Health{}, err
	}
	s.judge(&h)
	return h, nil
}

// judge derives the state: what happens here goes before what checks found.
func (s *System) judge(h *Health) {
	if n := len(h.History); n > 0 {
		h.Last = h.History[n-1]
		h.State = Up
		for _, c := range h.History[max(0, n-recent):] {
			if c.Fault != "" || c.Latency > slow {
				h.State = Degraded
			}
		}
		if h.Last.Fault != "" {
			h.State, h.Fault = Down, h.Last.Fault
			for i := n - 1; i >= 0 && h.History[i].Fault != ""; i-- {
				h.Since = h.History[i].At
			}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.down != nil:
		h.State, h.Since, h.Fault = Down, s.down.since, s.down.err.Error()
	case s.current != nil && h.State == Unknown:
		h.State = Up
	case s.current != nil && h.State == Down:
		h.State, h.Fault = Degraded, "" // it came back since
	}
}

// Reachable says whether the system is not known to be down here.
func (s *System) Reachable() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down != nil {
		return s.unavailable(s.down)
	}
	return nil
}

// Test connects anew with the settings of an environment and asks the system
// whether it lives, whatever the state of the connections in use.
func (s *System) Test(ctx context.Context, env string) Probe {
	c := Probe{At: s.r.o.Now()}
	began := time.Now()
	timeout := s.values(env).Duration("connect_timeout", connectTimeout)
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	client, _, err := s.open(ctx, env)
	if err == nil {
		err = errors.Join(client.Check(ctx), client.Close())
	}
	c.Latency = time.Since(began)
	if err != nil {
		c.Fault = s.say(err, env)
	}
	return c
}

// say is an error without credentials, for people.
func (s *System) say(err error, env string) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "it did not answer in time"
	}
	if v, e := s.unsealed(env); e == nil {
		err = scrubbed(err, v)
	}
	return err.Error()
}

// check asks the system whether it lives and notes the answer.
func (s *System) check(ctx context.Context) {
	began := time.Now()
	c := Probe{At: s.r.o.Now()}
	l, err := s.take(ctx)
	if err == nil {
		err = s.ask(ctx, l)
		if err != nil && ctx.Err() == nil {
			s.report(l, err)
		}
		l.release()
	}
	c.Latency = time.Since(began)
	if ctx.Err() != nil {
		return // the server ends; that says nothing about the system
	}
	if err != nil {
		s.mu.Lock()
		if s.down != nil {
			err = s.down.err
		}
		s.mu.Unlock()
		c.Fault = s.say(err, s.r.o.Env)
	}
	_ = s.r.note(ctx, s, c) // the platform's database says by itself when it fails
}

// note adds to the history.
func (r *Registry) note(ctx context.Context, s *System, c Probe) error {
	_, err := r.o.DB.Exec(ctx, `INSERT INTO appos_system_health (system, at, latency, fault) VALUES (?, ?, ?, ?)`,
		s.o.Ref, c.At, c.Latency.Microseconds(), c.Fault)
	return err
}

// mine says whether this node is the one that checks the system now.
func (r *Registry) mine(ctx context.Context, s *System) bool {
	now := r.o.Now()
	var one int
	// a node that is a little early still takes its turn, one that is late finds it taken
	err := r.o.DB.QueryRow(ctx, []any{&one}, `INSERT INTO appos_system (system, checked_at) VALUES (?, ?)
		ON CONFLICT (system) DO UPDATE SET checked_at = excluded.checked_at
		WHERE appos_system.checked_at IS NULL OR appos_system.checked_at <= ? OR appos_system.checked_at > ? RETURNING 1`,
		s.o.Ref, now, now.Add(-r.o.Interval*9/10), now.Add(time.Minute)) // a clock that was wrong must not end checks
	return err == nil // without a database nobody's turn can be told, nor noted what is found
}
