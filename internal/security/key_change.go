package security

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/apposengine/appos/internal/object"
)

// NewKey is what an API key begins with.
type NewKey struct {
	UserID int64    // whose it is
	Name   string   // what it is for, for people
	Groups []string // of the account's, that it is narrowed to; empty is all that the account has
	// Lifetime is how long it is good. Zero is KeyOptions.Lifetime, Forever until
	// it is revoked.
	Lifetime time.Duration
}

// Forever is the lifetime of a key that does not expire.
const Forever time.Duration = -1

// maxLifetime bounds what is not forever.
const maxLifetime = 10 * 365 * 24 * time.Hour

// IssuedKey is a key that was made. Secret is the key itself, for whoever asked for
// it: nothing can read it again.
type IssuedKey struct {
	Secret string
	APIKey
}

// KeyLifetime is how long keys are good that do not say.
func (s *Service) KeyLifetime() time.Duration { return s.o.Keys.Lifetime }

// CreateKey makes a key of an active account. It is Invalid for groups that the
// account is not in, a Conflict when the account is built in, is not active or has
// too many keys, and Denied for a key of a system administrator that nobody but one
// asks for: a nil actor is the platform itself.
func (s *Service) CreateKey(ctx context.Context, actor *object.User, n NewKey) (IssuedKey, error) {
	n.Name = strings.TrimSpace(n.Name)
	if n.Lifetime == 0 {
		n.Lifetime = s.o.Keys.Lifetime
	}
	if err := faults(checkKeyName(n.Name), checkLifetime(n.Lifetime)); err != nil {
		return IssuedKey{}, err
	}
	var issued IssuedKey
	err := s.perms.change(ctx, func(ctx context.Context) error {
		a, err := s.changeable(ctx, actor, n.UserID)
		if err != nil {
			return err
		}
		scope, err := scopeOf(a, n.Groups)
		if err != nil {
			return err
		}
		issued, err = s.issue(ctx, actor, a, APIKey{Name: n.Name, Groups: scope}, n.Lifetime)
		return err
	})
	return issued, err
}

func checkKeyName(name string) error {
	if name == "" {
		return fieldError("name", "required", "is required")
	}
	return checkText("name", name, 100)
}

func checkLifetime(d time.Duration) error {
	if d != Forever && (d < time.Minute || d > maxLifetime) {
		return fieldError("expires", "range", "must be from a minute to ten years, or never")
	}
	return nil
}

// scopeOf are the groups that a key of the account is narrowed to.
func scopeOf(a Account, groups []string) ([]string, error) {
	if len(groups) == 0 {
		return nil, nil
	}
	scope := make([]string, len(groups))
	for i, g := range groups {
		scope[i] = fold(g)
		if !slices.Contains(a.Groups, scope[i]) {
			return nil, fieldError("groups", "member", a.Name+" is not in the group "+shorten(scope[i], 63))
		}
	}
	slices.Sort(scope)
	return slices.Compact(scope), nil
}

// issue stores a key of the account, in the transaction of ctx.
func (s *Service) issue(ctx context.Context, actor *object.User, a Account, k APIKey, lifetime time.Duration) (IssuedKey, error) {
	now := s.o.Now()
	if !a.Active {
		return IssuedKey{}, object.Errorf(object.Conflict, "the account %q is not active", a.Name)
	}
	var n int
	if err := s.db.QueryRow(ctx, []any{&n}, `SELECT COUNT(*) FROM appos_api_key WHERE user_id = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)`,
		a.ID, now); err != nil {
		return IssuedKey{}, err
	}
	if n >= s.o.Keys.MaxPerUser {
		return IssuedKey{}, object.Errorf(object.Conflict, "%s has %d API keys already; revoke one first", a.Name, n)
	}
	issued := IssuedKey{APIKey: k}
	issued.Secret, issued.ID = newKey()
	issued.UserID, issued.User, issued.UserType, issued.Enabled = a.ID, a.Name, a.Type, true
	issued.CreatedAt, issued.CreatedBy = now, "system"
	if actor != nil {
		issued.CreatedBy = actor.Name
	}
	var expires any
	if lifetime != Forever {
		issued.ExpiresAt = now.Add(lifetime)
		expires = issued.ExpiresAt
	}
	if _, err := s.db.Exec(ctx, `INSERT INTO appos_api_key (id, secret_hash, user_id, name, scope, created_by, created_at, expires_at, used_from, replaces)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', ?)`, issued.ID, hashKey(issued.Secret), a.ID, issued.Name, strings.Join(issued.Groups, " "),
		issued.CreatedBy, now, expires, issued.Replaces); err != nil {
		return IssuedKey{}, err
	}
	after := map[string]any{"key": issued.ID, "name": issued.Name, "groups": issued.Groups, "expires": "never"}
	if lifetime != Forever {
		after["expires"] = issued.ExpiresAt.UTC()
	}
	if k.Replaces != "" {
		after["replaces"] = k.Replaces
	}
	return issued, s.perms.audit(ctx, actor, "api_key.create", "user:"+a.Name, nil, after)
}

// RotateKey makes a key that may do what the one with the id may, for as long as
// that was made for. The old one is good for the grace time yet, so that clients
// can be changed one after the other; it is never good for longer than it was. It
// is a Conflict when the old one cannot be used any more, and Denied as CreateKey is.
func (s *Service) RotateKey(ctx context.Context, actor *object.User, id string, grace time.Duration) (IssuedKey, error) {
	if grace < 0 || grace > 30*24*time.Hour {
		return IssuedKey{}, fieldError("grace", "range", "must be from nothing to 30 days")
	}
	var issued IssuedKey
	err := s.perms.change(ctx, func(ctx context.Context) error {
		k, err := s.Key(ctx, id)
		if err != nil {
			return err
		}
		a, err := s.changeable(ctx, actor, k.UserID)
		if err != nil {
			return err
		}
		now := s.o.Now()
		if state := k.State(now); state != KeyActive && state != KeyExpiring {
			return object.Errorf(object.Conflict, "the API key %s is %s; make a new one", k.ID, state)
		}
		lifetime := Forever
		if !k.ExpiresAt.IsZero() {
			lifetime = k.ExpiresAt.Sub(k.CreatedAt)
		}
		if issued, err = s.issue(ctx, actor, a, APIKey{Name: k.Name, Groups: k.Groups, Replaces: k.ID}, lifetime); err != nil {
			return err
		}
		_, err = s.db.Exec(ctx, `UPDATE appos_api_key SET expires_at = ? WHERE id = ? AND (expires_at IS NULL OR expires_at > ?)`, now.Add(grace), k.ID, now.Add(grace))
		return err
	})
	return issued, err
}

// RevokeKey ends a key at once, on every node. It is NotFound when there is none,
// and no error when it is revoked already.
func (s *Service) RevokeKey(ctx context.Context, actor *object.User, id string) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		k, err := s.Key(ctx, id)
		if err != nil {
			return err
		}
		_, err = s.revokeKeys(ctx, actor, k.UserID, k.User, `id = ?`, id)
		return err
	})
}

// revokeKeys ends those keys of a user that match and are not revoked yet, in the
// transaction of ctx.
func (s *Service) revokeKeys(ctx context.Context, actor *object.User, userID int64, user, condition string, args ...any) (int, error) {
	rows, err := s.db.Query(ctx, `UPDATE appos_api_key SET revoked_at = ? WHERE user_id = ? AND revoked_at IS NULL AND `+condition+` RETURNING id`,
		append([]any{s.o.Now(), userID}, args...)...)
	if err != nil {
		return 0, err
	}
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			rows.Close()
			return 0, err
		}
		ids = append(ids, id)
	}
	if err := rows.Close(); err != nil {
		return 0, err
	}
	if err := rows.Err(); err != nil || len(ids) == 0 {
		return 0, err
	}
	slices.Sort(ids)
	return len(ids), s.perms.audit(ctx, actor, "api_key.revoke", "user:"+user, map[string]any{"keys": ids}, nil)
}
