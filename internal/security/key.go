package security

import (
	"context"
	"strings"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// APIKey is a key as people see one in a list. Its secret is known to whoever was
// told it when it was made, and to nobody else.
type APIKey struct {
	ID        string // 12 characters of the key itself; no secret
	UserID    int64
	User      string // the sign-in name of the account
	UserType  object.UserType
	Enabled   bool // the account is active
	Name      string
	Groups    []string // what it is narrowed to, sorted; nil is all that the account has
	CreatedBy string
	CreatedAt time.Time
	ExpiresAt time.Time // zero is never
	RevokedAt time.Time // zero is not
	UsedAt    time.Time // exact to a minute; zero is never
	UsedFrom  string    // the address
	Replaces  string    // the id of the key that it was rotated from, or ""
}

// KeyState says whether a key can be used.
type KeyState string

// The states of a key. A key that can be used is active; one that is revoked is
// that whatever else it is.
const (
	KeyActive   KeyState = "active"
	KeyExpiring KeyState = "expiring" // active, for less than KeySoon
	KeyDisabled KeyState = "disabled" // its account is not active
	KeyExpired  KeyState = "expired"
	KeyRevoked  KeyState = "revoked"
)

// KeySoon is when people should be told that a key expires.
const KeySoon = 14 * 24 * time.Hour

// State is the key's state at a time.
func (k *APIKey) State(now time.Time) KeyState {
	switch {
	case !k.RevokedAt.IsZero():
		return KeyRevoked
	case k.expired(now):
		return KeyExpired
	case !k.Enabled:
		return KeyDisabled
	case !k.ExpiresAt.IsZero() && k.ExpiresAt.Sub(now) < KeySoon:
		return KeyExpiring
	}
	return KeyActive
}

func (k *APIKey) expired(now time.Time) bool {
	return !k.ExpiresAt.IsZero() && !now.Before(k.ExpiresAt)
}

// KeyQuery selects keys.
type KeyQuery struct {
	Search string   // in name, id and account; "" is all
	UserID int64    // whose; 0 is everyone's
	State  KeyState // "" is all; KeyActive includes those that expire soon
	After  string   // KeyPage.Next of the page before
	Limit  int      // 0 is 50, at most 500
	Count  bool     // fill KeyPage.Total
}

// KeyPage is a part of a list of keys.
type KeyPage struct {
	Items []APIKey
	Next  string // KeyQuery.After of the next page; "" is the end
	Total int    // without After and Limit, where asked for
}

const keyColumns = `k.id, k.user_id, u.name, u.type, u.active, k.name, k.scope, k.created_by, k.created_at, k.expires_at, k.revoked_at, k.used_at, k.used_from, k.replaces`

func scanKey(r store.Rows, k *APIKey) error {
	var scope string
	var expires, revoked, used *time.Time
	err := r.Scan(&k.ID, &k.UserID, &k.User, (*string)(&k.UserType), &k.Enabled, &k.Name, &scope, &k.CreatedBy, &k.CreatedAt,
		&expires, &revoked, &used, &k.UsedFrom, &k.Replaces)
	k.Groups, k.ExpiresAt, k.RevokedAt, k.UsedAt = scopeGroups(scope), orZero(expires), orZero(revoked), orZero(used)
	return err
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// scopeGroups are the groups in a column: names have no spaces.
func scopeGroups(scope string) []string {
	if scope == "" {
		return nil
	}
	return strings.Fields(scope)
}

// Keys lists keys, the newest first.
func (s *Service) Keys(ctx context.Context, q KeyQuery) (KeyPage, error) {
	var w where
	if q.Search != "" {
		like := s.db.Dialect().Like()
		p := containing(q.Search)
		w.and(`(k.name `+like+` ? ESCAPE '\' OR k.id `+like+` ? ESCAPE '\' OR u.name `+like+` ? ESCAPE '\')`, p, p, p)
	}
	if q.UserID != 0 {
		w.and(`k.user_id = ?`, q.UserID)
	}
	w.keysIn(q.State, s.o.Now())
	var page KeyPage
	if q.Count {
		if err := s.db.QueryRow(ctx, []any{&page.Total},
			`SELECT COUNT(*) FROM appos_api_key k JOIN appos_user_account u ON u.id = k.user_id`+w.sql(), w.args...); err != nil {
			return page, err
		}
	}
	if q.After != "" {
		w.and(`(k.created_at, k.id) < (SELECT a.created_at, a.id FROM appos_api_key a WHERE a.id = ?)`, q.After)
	}
	n := limit(q.Limit)
	rows, err := s.db.Query(ctx, `SELECT `+keyColumns+` FROM appos_api_key k JOIN appos_user_account u ON u.id = k.user_id`+
		w.sql()+` ORDER BY k.created_at DESC, k.id DESC LIMIT ?`, append(w.args, n+1)...)
	if err != nil {
		return page, err
	}
	defer rows.Close()
	for rows.Next() {
		var k APIKey
		if err := scanKey(rows, &k); err != nil {
			return page, err
		}
		page.Items = append(page.Items, k)
	}
	if len(page.Items) > n {
		page.Items = page.Items[:n]
		page.Next = page.Items[n-1].ID
	}
	return page, rows.Err()
}

// keysIn narrows to the keys that are in the state at a time.
func (w *where) keysIn(state KeyState, now time.Time) {
	const good = `k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > ?)`
	switch state {
	case KeyActive:
		w.and(good+` AND u.active = ?`, now, true)
	case KeyExpiring:
		w.and(good+` AND u.active = ? AND k.expires_at < ?`, now, true, now.Add(KeySoon))
	case KeyDisabled:
		w.and(good+` AND u.active = ?`, now, false)
	case KeyExpired:
		w.and(`k.revoked_at IS NULL AND k.expires_at <= ?`, now)
	case KeyRevoked:
		w.and(`k.revoked_at IS NOT NULL`)
	}
}

// Key returns the key with the id; NotFound when there is none.
func (s *Service) Key(ctx context.Context, id string) (APIKey, error) {
	var k APIKey
	rows, err := s.db.Query(ctx, `SELECT `+keyColumns+` FROM appos_api_key k JOIN appos_user_account u ON u.id = k.user_id WHERE k.id = ?`, id)
	if err != nil {
		return k, err
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return k, err
		}
		return k, object.Errorf(object.NotFound, "there is no API key %q", shorten(id, 40))
	}
	return k, scanKey(rows, &k)
}
