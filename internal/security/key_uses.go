package security

import (
	"context"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"
)

const (
	// useInterval is how exact the time of a key's last use is.
	useInterval = time.Minute
	// useWriters bounds how many uses are being written at once. One more is left
	// to the next request.
	useWriters = 4
	// usePatience is how long writing one may take.
	usePatience = 10 * time.Second
	// keyNetworks is how many networks of a key are remembered.
	keyNetworks = 64
)

// keyUses writes down that keys were used, beside the requests.
type keyUses struct {
	written *otter.Cache[string, time.Time] // by key and network, when this node last did
	turns   chan struct{}
	busy    sync.WaitGroup
}

func newKeyUses() *keyUses {
	return &keyUses{written: otter.Must(&otter.Options[string, time.Time]{MaximumSize: 10_000}), turns: make(chan struct{}, useWriters)}
}

func (u *keyUses) wait() { u.busy.Wait() }

// noteUse has the use of a key written down, at most once a minute for a network.
func (s *Service) noteUse(k *APIKey, address string, now time.Time) {
	from := Network(address)
	subject := k.ID + " " + from
	if at, ok := s.uses.written.GetIfPresent(subject); ok && now.Sub(at) < useInterval {
		return
	}
	select {
	case s.uses.turns <- struct{}{}:
	default:
		return
	}
	s.uses.written.Set(subject, now)
	key := *k
	s.uses.busy.Go(func() {
		defer func() { <-s.uses.turns }()
		ctx, cancel := context.WithTimeout(context.Background(), usePatience)
		defer cancel()
		if s.writeUse(ctx, key, address, from, now) != nil {
			s.uses.written.Invalidate(subject) // the next request tries again
		}
	})
}

func (s *Service) writeUse(ctx context.Context, k APIKey, address, from string, now time.Time) error {
	moved := false
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := s.db.Exec(ctx, `UPDATE appos_api_key SET used_at = ?, used_from = ? WHERE id = ? AND (used_at IS NULL OR used_at <= ?)`,
			now, shorten(address, 64), k.ID, now.Add(-useInterval)); err != nil {
			return err
		}
		n, err := s.db.Exec(ctx, `UPDATE appos_api_key_network SET last_at = ? WHERE key_id = ? AND network = ?`, now, k.ID, shorten(from, 64))
		if err != nil || n > 0 {
			return err
		}
		n, err = s.db.Exec(ctx, `INSERT INTO appos_api_key_network (key_id, network, first_at, last_at)
			SELECT k.id, ?, ?, ? FROM appos_api_key k WHERE k.id = ? AND (SELECT COUNT(*) FROM appos_api_key_network x WHERE x.key_id = k.id) < ?
			ON CONFLICT DO NOTHING`, shorten(from, 64), now, now, k.ID, keyNetworks)
		moved = n > 0
		return err
	})
	if err == nil && moved && !k.UsedAt.IsZero() { // the first place is no news
		s.event(ctx, Event{Name: EventKeyMoved, User: k.User, Address: address, Detail: "key " + k.ID + " is used from a network that it was not used from before"})
	}
	return err
}
