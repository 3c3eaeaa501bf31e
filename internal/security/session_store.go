package security

import (
	"context"
	"errors"
	"time"

	"github.com/apposengine/appos/internal/store"
)

// SessionStore finds sessions. The database is the truth whichever store there
// is: sessions begin and end there, by SignIn and the Revoke methods.
type SessionStore interface {
	// Find returns the session of a token's hash, whether it is alive or not, with
	// the epochs of one moment. It is ErrNoSession when there is none.
	Find(ctx context.Context, hash string) (Sighting, error)
	// Touch notes that the session was seen. An older note does not replace a newer.
	Touch(ctx context.Context, hash string, s Sighting, at time.Time) error
}

// Sighting is what one look at a session finds.
type Sighting struct {
	Session
	Active       bool  // the user's account
	SessionEpoch int64 // moves when a session of the user is revoked
	Epoch        int64 // moves when users, groups or permissions change
}

func (s *Sighting) alive(now time.Time, idle time.Duration) bool {
	return now.Before(s.ExpiresAt) && now.Sub(s.SeenAt) < idle
}

func isNoRows(err error) bool { return errors.Is(err, store.ErrNoRows) }

// DatabaseSessions finds sessions in the database.
func DatabaseSessions(db store.DB) SessionStore { return databaseSessions{db} }

type databaseSessions struct{ db store.DB }

func (d databaseSessions) Find(ctx context.Context, hash string) (f Sighting, err error) {
	err = d.db.QueryRow(ctx, []any{&f.ID, &f.UserID, (*string)(&f.Kind), &f.Address, &f.UserAgent, &f.CreatedAt, &f.SeenAt, &f.ExpiresAt,
		&f.Active, &f.SessionEpoch, &f.Epoch}, `
		SELECT s.id, s.user_id, s.kind, s.address, s.user_agent, s.created_at, s.seen_at, s.expires_at, u.active, u.session_epoch, e.epoch
		FROM appos_session s JOIN appos_user_account u ON u.id = s.user_id CROSS JOIN appos_security_epoch e
		WHERE s.token_hash = ? AND e.id = 1`, hash)
	if isNoRows(err) {
		err = ErrNoSession
	}
	return f, err
}

func (d databaseSessions) Touch(ctx context.Context, hash string, _ Sighting, at time.Time) error {
	_, err := d.db.Exec(ctx, `UPDATE appos_session SET seen_at = ? WHERE token_hash = ? AND seen_at < ?`, at, hash, at)
	return err
}
