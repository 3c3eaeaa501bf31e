package security

import (
	"context"
	"crypto/subtle"
	"time"

	"github.com/apposengine/appos/internal/object"
)

// errKey is the answer to every key that is not one. It tells nothing to those who
// do not hold a key.
func errKey() error { return object.Errorf(object.Denied, "the API key is not valid") }

// AuthenticateKey returns who an API key stands for, as of now and narrowed to the
// key's groups, and the key. It is Denied when that is nobody, with *Locked among
// the causes when there were too many failures from the address.
//
// It is asked on every request that carries a key: one query, whose row says
// whether the key was revoked and the account deactivated, and no write that
// anybody waits for. What has not the form of a key is refused without a query.
func (s *Service) AuthenticateKey(ctx context.Context, key, address string) (*object.User, *APIKey, error) {
	ctx = apart(ctx)
	id, ok := keyID(key)
	if !ok {
		return nil, nil, s.refuseKey(ctx, refusedKey{address: address, why: "it has not the form of a key"})
	}
	f := keyRow{APIKey: APIKey{ID: id}}
	err := s.findKey(ctx, &f)
	if isNoRows(err) {
		return nil, nil, s.refuseKey(ctx, refusedKey{address: address, why: "there is none with its id"})
	}
	if err != nil {
		return nil, nil, err
	}
	if subtle.ConstantTimeCompare([]byte(hashKey(key)), []byte(f.hash)) != 1 {
		return nil, nil, s.refuseKey(ctx, refusedKey{address: address, id: id, why: "its secret is wrong"})
	}
	// from here on it is told what is wrong: who asks holds the key
	now := s.o.Now()
	switch state := f.State(now); state {
	case KeyRevoked, KeyExpired:
		return nil, nil, s.refuseKey(ctx, refusedKey{address, id, f.User, "it is " + string(state), "the API key " + id + " is " + string(state)})
	case KeyDisabled:
		return nil, nil, s.refuseKey(ctx, refusedKey{address, id, f.User, "its account is not active", "the account of the API key " + id + " is not active"})
	}
	u, _, err := s.perms.at(ctx, f.UserID, f.epoch)
	if err != nil {
		if object.AsError(err).Code == object.Denied { // deactivated this very moment
			err = s.refuseKey(ctx, refusedKey{address, id, f.User, "its account is not active", "the account of the API key " + id + " is not active"})
		}
		return nil, nil, err
	}
	s.noteUse(&f.APIKey, address, now)
	return narrowed(u, f.Groups), &f.APIKey, nil
}

// keyRow is what one look at a key finds, all of one moment.
type keyRow struct {
	APIKey
	hash  string
	epoch int64 // of the permissions
}

func (s *Service) findKey(ctx context.Context, f *keyRow) error {
	var scope string
	var expires, revoked, used *time.Time
	err := s.db.QueryRow(ctx, []any{&f.hash, &f.UserID, &f.User, (*string)(&f.UserType), &f.Enabled, &f.Name, &scope, &expires, &revoked, &used, &f.epoch}, `
		SELECT k.secret_hash, k.user_id, u.name, u.type, u.active, k.name, k.scope, k.expires_at, k.revoked_at, k.used_at, e.epoch
		FROM appos_api_key k JOIN appos_user_account u ON u.id = k.user_id CROSS JOIN appos_security_epoch e
		WHERE k.id = ? AND e.id = 1`, f.ID)
	f.Groups, f.ExpiresAt, f.RevokedAt, f.UsedAt = scopeGroups(scope), orZero(expires), orZero(revoked), orZero(used)
	return err
}
