package security

import (
	"context"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/apposengine/appos/internal/object"
)

// keyFailures counts keys that were refused, by address. It is in memory: a key
// cannot be guessed, so this is about those who keep trying, and writing to the
// database for each of them would serve them best.
//
// It never stands between a good key and its answer: keys are looked at first.
// Somebody behind the same address cannot lock out another.
type keyFailures struct {
	mu   sync.Mutex // held for a few instructions
	seen *otter.Cache[string, failures]
	o    Options
}

type failures struct {
	n           int
	last, until time.Time
}

func newKeyFailures(o Options) *keyFailures {
	return &keyFailures{o: o, seen: otter.Must(&otter.Options[string, failures]{MaximumSize: 10_000})}
}

// add counts a failure, unless the subject is locked: then it says for how long.
// Locked says that this failure was the one too many.
func (k *keyFailures) add(subject string, most int, now time.Time) (wait time.Duration, locked bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	f, _ := k.seen.GetIfPresent(subject)
	if f.until.After(now) {
		return f.until.Sub(now), false
	}
	if now.Sub(f.last) >= k.o.Login.Lockout {
		f.n = 0 // long ago
	}
	f.n++
	f.last = now
	if f.n >= most {
		f.until = now.Add(k.o.Login.delay(f.n - most))
	}
	k.seen.Set(subject, f)
	return 0, f.n >= most
}

// refusedKey is a key that was not let in. Text is what is told to who holds it;
// "" tells nothing.
type refusedKey struct{ address, id, user, why, text string }

// refuseKey is the error for it. What is told to the log ends where the address is
// locked: the log never drops an event of this kind.
func (s *Service) refuseKey(ctx context.Context, r refusedKey) error {
	now := s.o.Now()
	from := Network(r.address)
	wait, locked := s.failed.add(from, s.o.Login.Attempts*wider, now)
	if wait == 0 && r.id != "" {
		var also bool
		wait, also = s.failed.add(r.id+" "+from, s.o.Login.Attempts, now)
		locked = locked || also
	}
	if wait > 0 {
		wait = (wait + time.Second - 1).Truncate(time.Second)
		return object.Errorf(object.Denied, "too many API keys that are not valid; try again in %s: %w", wait, &Locked{wait})
	}
	detail := r.why
	if r.id != "" {
		detail = "key " + r.id + ": " + r.why
	}
	s.event(ctx, Event{Name: EventKeyRefused, User: r.user, Address: r.address, Detail: detail})
	if locked {
		s.event(ctx, Event{Name: EventKeyLocked, User: r.user, Address: r.address, Detail: "further failures are not logged for a while"})
	}
	if r.text != "" {
		return object.Errorf(object.Denied, "%s", r.text)
	}
	return errKey()
}
