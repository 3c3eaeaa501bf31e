package security

import (
	"context"
	"errors"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// SignOut ends the session of the token. That there is none is no error.
func (s *Service) SignOut(ctx context.Context, u *object.User, token string) error {
	n, err := s.inTx(ctx, func(ctx context.Context) (int, error) {
		return s.revoke(ctx, u, 0, `token_hash = ?`, hashToken(token))
	})
	if err == nil && n > 0 && u != nil {
		s.event(ctx, Event{Name: EventSignOut, User: u.Name})
	}
	return err
}

// RevokeSession ends one session by its id; NotFound when there is none.
func (s *Service) RevokeSession(ctx context.Context, actor *object.User, id int64) error {
	n, err := s.inTx(ctx, func(ctx context.Context) (int, error) { return s.revoke(ctx, actor, 0, `id = ?`, id) })
	if err == nil && n == 0 {
		err = object.Errorf(object.NotFound, "there is no session %d", id)
	}
	return err
}

// RevokeUser ends all sessions of the user and says how many.
func (s *Service) RevokeUser(ctx context.Context, actor *object.User, userID int64) (int, error) {
	return s.inTx(ctx, func(ctx context.Context) (int, error) { return s.revoke(ctx, actor, userID, `user_id = ?`, userID) })
}

func (s *Service) inTx(ctx context.Context, f func(context.Context) (int, error)) (n int, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		n, err = f(ctx)
		return err
	})
	return n, err
}

// revoke deletes sessions, in the transaction of ctx, and moves the session epoch
// of their users, so that no copy of them is believed any more. All sessions that
// match are of the user, where one is given.
func (s *Service) revoke(ctx context.Context, actor *object.User, userID int64, condition string, args ...any) (int, error) {
	if err := s.holdUsers(ctx, condition, args); err != nil {
		return 0, err
	}
	rows, err := s.db.Query(ctx, `DELETE FROM appos_session WHERE `+condition+` RETURNING id, user_id`, args...)
	if err != nil {
		return 0, err
	}
	ended := map[int64][]int64{} // by user
	n := 0
	for rows.Next() {
		var id, user int64
		if err := rows.Scan(&id, &user); err != nil {
			rows.Close()
			return 0, err
		}
		ended[user] = append(ended[user], id)
		n++
	}
	if err := rows.Close(); err != nil {
		return 0, err
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	if userID != 0 && ended[userID] == nil {
		// copies of sessions that are gone from the database may still be about
		ended[userID] = []int64{}
	}
	for user, ids := range ended {
		at := s.o.Now().UnixMicro() // see bump
		var name string
		err := s.db.QueryRow(ctx, []any{&name}, `UPDATE appos_user_account
			SET session_epoch = CASE WHEN session_epoch >= ? THEN session_epoch + 1 ELSE ? END WHERE id = ? RETURNING name`, at, at, user)
		if err != nil {
			return 0, err
		}
		if len(ids) == 0 {
			continue
		}
		if err := s.perms.audit(ctx, actor, "session.revoke", "user:"+name, map[string]any{"sessions": ids}, nil); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// holdUsers makes changes of the same users' sessions wait for each other. Where
// rows are locked one by one, a sign-in has the user and wants a session, so this
// must not have the session and want the user.
func (s *Service) holdUsers(ctx context.Context, condition string, args []any) error {
	lock := s.db.Dialect().Lock(store.ToUpdate)
	if lock == "" {
		return nil
	}
	rows, err := s.db.Query(ctx, `SELECT id FROM appos_user_account WHERE id IN (SELECT user_id FROM appos_session WHERE `+condition+`) ORDER BY id`+lock, args...)
	if err != nil {
		return err
	}
	for rows.Next() {
	}
	return errors.Join(rows.Err(), rows.Close())
}

// SessionQuery selects sessions.
type SessionQuery struct {
	UserID int64 // 0 is all
	Before int64 // an id: only older ones; 0 is from the newest
	Limit  int   // 0 is 50, at most 500
}

// Sessions lists sessions that have not ended, the newest first.
func (s *Service) Sessions(ctx context.Context, q SessionQuery) ([]Session, error) {
	now := s.o.Now()
	var w where
	w.and(`s.expires_at > ? AND s.seen_at > ?`, now, now.Add(-s.o.Session.Idle))
	if q.UserID != 0 {
		w.and(`s.user_id = ?`, q.UserID)
	}
	if q.Before != 0 {
		w.and(`s.id < ?`, q.Before)
	}
	rows, err := s.db.Query(ctx, `SELECT s.id, s.user_id, u.name, s.kind, s.address, s.user_agent, s.created_at, s.seen_at, s.expires_at
		FROM appos_session s JOIN appos_user_account u ON u.id = s.user_id`+w.sql()+` ORDER BY s.id DESC LIMIT ?`, append(w.args, limit(q.Limit))...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Session
	for rows.Next() {
		var x Session
		if err := rows.Scan(&x.ID, &x.UserID, &x.User, (*string)(&x.Kind), &x.Address, &x.UserAgent, &x.CreatedAt, &x.SeenAt, &x.ExpiresAt); err != nil {
			return nil, err
		}
		all = append(all, x)
	}
	return all, rows.Err()
}

// keptKeys is how long a key is listed after its end, and a network after it was
// last used from. The audit has them for longer.
const keptKeys = 90 * 24 * time.Hour

// Sweep deletes sessions that have ended, keys that have ended long ago and
// failures that are forgotten. Nothing depends on it but the room they take; once
// an hour is plenty.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.o.Now()
	if _, err := s.db.Exec(ctx, `DELETE FROM appos_session WHERE expires_at <= ? OR seen_at <= ?`, now, now.Add(-s.o.Session.Idle)); err != nil {
		return err
	}
	old := now.Add(-keptKeys)
	if _, err := s.db.Exec(ctx, `DELETE FROM appos_api_key WHERE revoked_at <= ? OR expires_at <= ?`, old, old); err != nil {
		return err
	}
	if _, err := s.db.Exec(ctx, `DELETE FROM appos_api_key_network WHERE last_at <= ?`, old); err != nil {
		return err
	}
	_, err := s.db.Exec(ctx, `DELETE FROM appos_login_throttle WHERE last_at <= ? AND locked_until <= ?`, now.Add(-s.o.Login.Lockout), now)
	return err
}
