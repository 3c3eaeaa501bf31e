package security

import (
	"context"
	"time"

	"github.com/apposengine/appos/internal/store"
)

// cachedSessions finds sessions in a shared cache as far as it can be believed.
//
// A copy holds the session epoch of its user that it was made at. The epoch is
// read from the database on every request, with the user's row, and moves in the
// transaction that revokes a session; so a copy that outlived its session,
// because the cache was frozen or out of reach meanwhile, is not believed. What
// a copy denies, by being too old, the database decides.
type cachedSessions struct {
	db     store.DB
	truth  SessionStore
	shared *sealed
	idle   time.Duration
	now    func() time.Time
}

type sessionCopy struct {
	Session      Session
	SessionEpoch int64
	Stored       time.Time // the time seen that the database has
}

func (c *cachedSessions) Find(ctx context.Context, hash string) (Sighting, error) {
	if s, ok := c.believed(ctx, hash); ok {
		return s, nil
	}
	s, err := c.truth.Find(ctx, hash)
	if err == nil && s.alive(c.now(), c.idle) {
		c.keep(hash, sessionCopy{s.Session, s.SessionEpoch, s.SeenAt})
	}
	return s, err
}

func (c *cachedSessions) believed(ctx context.Context, hash string) (Sighting, bool) {
	var kept sessionCopy
	if !c.shared.get(ctx, sessionKey(hash), &kept) {
		return Sighting{}, false
	}
	s := Sighting{Session: kept.Session}
	if err := c.db.QueryRow(ctx, []any{&s.Active, &s.SessionEpoch, &s.Epoch},
		`SELECT u.active, u.session_epoch, e.epoch FROM appos_user_account u CROSS JOIN appos_security_epoch e WHERE u.id = ? AND e.id = 1`,
		kept.Session.UserID); err != nil {
		return Sighting{}, false
	}
	return s, s.SessionEpoch == kept.SessionEpoch && s.alive(c.now(), c.idle)
}

// Touch writes to the cache, and to the database a third of the idle time after
// it last did: were the cache lost, a session would end that much too early at
// most.
func (c *cachedSessions) Touch(ctx context.Context, hash string, s Sighting, at time.Time) error {
	var kept sessionCopy
	if !c.shared.get(ctx, sessionKey(hash), &kept) || at.Sub(kept.Stored) >= c.idle/3 {
		if err := c.truth.Touch(ctx, hash, s, at); err != nil {
			return err
		}
		kept.Stored = at
	}
	kept.Session, kept.SessionEpoch = s.Session, s.SessionEpoch
	kept.Session.SeenAt = at
	c.keep(hash, kept)
	return nil
}

func (c *cachedSessions) keep(hash string, kept sessionCopy) {
	c.shared.set(sessionKey(hash), kept, min(c.idle, kept.Session.ExpiresAt.Sub(c.now())))
}

func sessionKey(hash string) string { return "session:" + hash }
