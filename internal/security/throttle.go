package security

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"time"

	"github.com/apposengine/appos/internal/object"
)

// Locked is among the causes of a sign-in that was refused because there were too
// many failures before it.
type Locked struct {
	RetryAfter time.Duration // whole seconds, for the header of that name
}

func (l *Locked) Error() string {
	return fmt.Sprintf("too many failures; try again in %s", l.RetryAfter)
}

// wider is how many more failures an address or a name may have than a name from
// one address: addresses are shared, and nobody should be able to lock another
// out with a few guesses.
const wider = 10

// attempt is a sign-in under way. It counts as a failure until it has succeeded,
// so that many at once get no more guesses than one after the other.
type attempt struct {
	s        *Service
	subjects []subject
}

type subject struct {
	key   string // a hash
	most  int    // failures before it is locked
	reset bool   // success forgets all of them; otherwise only this one
}

func throttleKey(parts ...any) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", parts))
	return hex.EncodeToString(sum[:])
}

// Network is the part of an address that one client does not choose freely.
func Network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if a = a.Unmap(); a.Is6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}

// attempt counts one, or refuses it.
func (s *Service) attempt(ctx context.Context, name, address string) (*attempt, error) {
	from := Network(address)
	n := s.o.Login.Attempts
	// always in this order, which is the order of locks
	a := &attempt{s, []subject{
		{throttleKey("address", from), n * wider, false},
		{throttleKey("name", name), n * wider, true},
		{throttleKey("name and address", name, from), n, true},
	}}
	var wait time.Duration
	err := s.db.Tx(ctx, func(ctx context.Context) (err error) {
		wait, err = a.count(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		wait = (wait + time.Second - 1).Truncate(time.Second)
		s.event(ctx, Event{Name: EventLockedOut, Address: address, Detail: "for " + wait.String()})
		return nil, object.Errorf(object.Denied, "too many failed sign-ins; try again in %s: %w", wait, &Locked{wait})
	}
	return a, nil
}

// count adds a failure to every subject, unless one of them is locked: then it
// says for how long.
func (a *attempt) count(ctx context.Context) (wait time.Duration, err error) {
	now := a.s.o.Now()
	failures := make([]int, len(a.subjects))
	for i, sub := range a.subjects {
		var last, until time.Time
		// the update that changes nothing makes other attempts wait for this one
		if err := a.s.db.QueryRow(ctx, []any{&failures[i], &last, &until}, `INSERT INTO appos_login_throttle (subject, failures, last_at, locked_until)
			VALUES (?, 0, ?, ?) ON CONFLICT (subject) DO UPDATE SET failures = appos_login_throttle.failures
			RETURNING failures, last_at, locked_until`, sub.key, now, now); err != nil {
			return 0, err
		}
		if until.After(last) { // else it was not locked, and who was last may have a clock ahead of this one
			wait = max(wait, until.Sub(now))
		}
		if now.Sub(last) >= a.s.o.Login.Lockout && !until.After(now) {
			failures[i] = 0 // long ago
		}
	}
	if wait > 0 {
		return wait, nil
	}
	for i, sub := range a.subjects {
		until := now.Add(a.s.o.Login.delay(failures[i] + 1 - sub.most))
		if _, err := a.s.db.Exec(ctx, `UPDATE appos_login_throttle SET failures = ?, last_at = ?, locked_until = ? WHERE subject = ?`,
			failures[i]+1, now, until, sub.key); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

// delay is how long a subject is refused that has reached its most failures, or
// exceeded it; negative is not yet.
func (o LoginOptions) delay(excess int) time.Duration {
	if excess < 0 {
		return 0
	}
	return min(o.Delay<<min(excess, 10), o.Lockout)
}

// succeeded takes the attempt back.
func (a *attempt) succeeded(ctx context.Context) error {
	return a.s.db.Tx(ctx, func(ctx context.Context) error {
		for _, sub := range a.subjects {
			sql := `UPDATE appos_login_throttle SET failures = CASE WHEN failures > 0 THEN failures - 1 ELSE 0 END, locked_until = last_at WHERE subject = ?`
			if sub.reset {
				sql = `DELETE FROM appos_login_throttle WHERE subject = ?`
			}
			if _, err := a.s.db.Exec(ctx, sql, sub.key); err != nil {
				return err
			}
		}
		return nil
	})
}
