package security

import (
	"context"
	"errors"
	"slices"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// NewUser is what an account begins with.
type NewUser struct {
	Name     string // 2 to 63 of a-z 0-9 _ . -, beginning with a letter; case does not matter
	FullName string
	Email    string
	Language string
	TimeZone string
	Type     object.UserType // "" is object.Basic
	Password string          // "" cannot sign in until one is set
	Hash     *PendingHash    // instead of Password, which the caller has checked
	Groups   []string
}

// UserChange changes an account; what is nil stays.
type UserChange struct {
	FullName *string
	Email    *string
	Language *string
	TimeZone *string
	Type     *object.UserType
}

// CreateUser adds an active account and returns its id. It is a Conflict when the
// name is taken, and Denied for an administrator's unless one asks.
func (s *Service) CreateUser(ctx context.Context, actor *object.User, n NewUser) (int64, error) {
	n.Name = fold(n.Name)
	if n.Type == "" {
		n.Type = object.Basic
	}
	if err := checkName(n.Name); err != nil {
		return 0, err
	}
	if err := checkProfile(n.FullName, n.Email, n.Language, n.TimeZone, n.Type); err != nil {
		return 0, err
	}
	if err := overAdministrators(actor, n.Type); err != nil {
		return 0, err
	}
	hash := ""
	switch {
	case n.Type == object.ServiceAccount && (n.Hash != nil || n.Password != ""):
		return 0, errNoPassword()
	case n.Hash != nil:
		var err error
		if hash, err = n.Hash.wait(ctx); err != nil {
			return 0, err
		}
	case n.Password != "":
		if err := s.checkPassword(n.Password); err != nil {
			return 0, err
		}
		var err error
		if hash, err = hashPassword(ctx, n.Password); err != nil {
			return 0, err
		}
	}
	var id int64
	err := s.perms.change(ctx, func(ctx context.Context) (err error) {
		id, err = s.insertUser(ctx, actor, n, hash, false)
		return err
	})
	return id, err
}

func (s *Service) insertUser(ctx context.Context, actor *object.User, n NewUser, hash string, builtin bool) (int64, error) {
	now := s.o.Now()
	var changed any
	if hash != "" {
		changed = now
	}
	var id int64
	err := s.db.QueryRow(ctx, []any{&id}, `INSERT INTO appos_user_account
		(name, full_name, email, language, time_zone, type, active, builtin, password_hash, password_changed_at, session_epoch, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?) ON CONFLICT DO NOTHING RETURNING id`,
		n.Name, n.FullName, n.Email, n.Language, n.TimeZone, string(n.Type), true, builtin, hash, changed, now, now)
	if errors.Is(err, store.ErrNoRows) {
		return 0, object.Errorf(object.Conflict, "a user is already called %q", n.Name)
	}
	if err != nil {
		return 0, err
	}
	groups := slices.Clone(n.Groups)
	if slices.Contains(groups, AdminGroup) && n.Type != object.SystemAdmin {
		return 0, errAdminGroup()
	}
	if n.Type == object.SystemAdmin {
		groups = append(groups, AdminGroup)
	}
	slices.Sort(groups)
	groups = slices.Compact(groups)
	for _, g := range groups {
		if err := s.perms.checkGroup(ctx, g); err != nil {
			return 0, err
		}
		if err := s.join(ctx, id, g); err != nil {
			return 0, err
		}
	}
	return id, s.perms.audit(ctx, actor, "user.create", "user:"+n.Name, nil, map[string]any{
		"full_name": n.FullName, "email": n.Email, "language": n.Language, "time_zone": n.TimeZone, "type": n.Type, "groups": groups})
}

func checkProfile(fullName, email, language, zone string, t object.UserType) error {
	return faults(checkText("full_name", fullName, 200), checkText("email", email, 254), checkText("language", language, 35),
		checkZone(zone), checkType(t))
}

func checkType(t object.UserType) error {
	switch t {
	case object.Basic, object.SystemAdmin, object.ServiceAccount:
		return nil
	}
	return fieldError("type", "oneof", "must be basic, system_admin or service_account")
}

// UpdateUser changes an account. It is a Conflict to demote the last active
// administrator, and NotFound when there is no such account.
func (s *Service) UpdateUser(ctx context.Context, actor *object.User, id int64, c UserChange) error {
	return s.perms.change(ctx, func(ctx context.Context) error {
		a, err := s.changeable(ctx, actor, id)
		if err != nil {
			return err
		}
		before, after := map[string]any{}, map[string]any{}
		set := func(name string, field *string, to *string) {
			if to != nil && *field != *to {
				before[name], after[name] = *field, *to
				*field = *to
			}
		}
		set("full_name", &a.FullName, c.FullName)
		set("email", &a.Email, c.Email)
		set("language", &a.Language, c.Language)
		set("time_zone", &a.TimeZone, c.TimeZone)
		set("type", (*string)(&a.Type), (*string)(c.Type))
		if len(after) == 0 {
			return nil
		}
		if err := checkProfile(a.FullName, a.Email, a.Language, a.TimeZone, a.Type); err != nil {
			return err
		}
		if err := overAdministrators(actor, a.Type); err != nil {
			return err
		}
		if _, err := s.db.Exec(ctx, `UPDATE appos_user_account SET full_name = ?, email = ?, language = ?, time_zone = ?, type = ?, updated_at = ? WHERE id = ?`,
			a.FullName, a.Email, a.Language, a.TimeZone, string(a.Type), s.o.Now(), id); err != nil {
			return err
		}
		if _, ok := after["type"]; ok {
			if err := s.mirrorAdmin(ctx, id, a.Type); err != nil {
				return err
			}
			if err := s.retype(ctx, actor, a); err != nil {
				return err
			}
			if err := s.someAdmin(ctx); err != nil {
				return err
			}
		}
		return s.perms.audit(ctx, actor, "user.update", "user:"+a.Name, before, after)
	})
}

// retype does what an account's new type means for how it signs in.
func (s *Service) retype(ctx context.Context, actor *object.User, a Account) error {
	switch a.Type {
	case object.ServiceAccount: // which has no sign-in
		if _, err := s.db.Exec(ctx, `UPDATE appos_user_account SET password_hash = '' WHERE id = ?`, a.ID); err != nil {
			return err
		}
		_, err := s.revoke(ctx, actor, a.ID, `user_id = ?`, a.ID)
		return err
	case object.SystemAdmin:
		// keys that were made for all that an ordinary account has are not, by
		// accident, keys of an administrator
		_, err := s.revokeKeys(ctx, actor, a.ID, a.Name, `scope = ''`)
		return err
	}
	return nil
}

func errNoPassword() error {
	return fieldError("password", "service_account", "service accounts have no password; make an API key instead")
}

// SetActive activates or deactivates an account; deactivation ends its sessions.
// It is a Conflict to deactivate the last active administrator.
func (s *Service) SetActive(ctx context.Context, actor *object.User, id int64, active bool) error {
	return s.perms.change(ctx, func(ctx context.Context) error {
		a, err := s.changeable(ctx, actor, id)
		if err != nil || a.Active == active {
			return err
		}
		if _, err := s.db.Exec(ctx, `UPDATE appos_user_account SET active = ?, updated_at = ? WHERE id = ?`, active, s.o.Now(), id); err != nil {
			return err
		}
		if !active {
			if err := s.someAdmin(ctx); err != nil {
				return err
			}
			if _, err := s.revoke(ctx, actor, id, `user_id = ?`, id); err != nil {
				return err
			}
		}
		action := "user.activate"
		if !active {
			action = "user.deactivate"
		}
		return s.perms.audit(ctx, actor, action, "user:"+a.Name, map[string]any{"active": a.Active}, map[string]any{"active": active})
	})
}

// SetPassword sets the password of an account, and ends its sessions.
func (s *Service) SetPassword(ctx context.Context, actor *object.User, id int64, password string) error {
	if err := s.checkPassword(password); err != nil {
		return err
	}
	hash, err := hashPassword(ctx, password)
	if err != nil {
		return err
	}
	return s.perms.change(ctx, func(ctx context.Context) error {
		a, err := s.changeable(ctx, actor, id)
		if err != nil {
			return err
		}
		if a.Type == object.ServiceAccount {
			return errNoPassword()
		}
		now := s.o.Now()
		if _, err := s.db.Exec(ctx, `UPDATE appos_user_account SET password_hash = ?, password_changed_at = ?, updated_at = ? WHERE id = ?`,
			hash, now, now, id); err != nil {
			return err
		}
		if _, err := s.revoke(ctx, actor, id, `user_id = ?`, id); err != nil {
			return err
		}
		return s.perms.audit(ctx, actor, "user.password", "user:"+a.Name, nil, nil)
	})
}

// ChangePassword is SetPassword by the user, who must know the old one; it is
// Denied when it is wrong, and throttled as a sign-in is.
func (s *Service) ChangePassword(ctx context.Context, u *object.User, address, old, password string) error {
	if err := s.checkPassword(password); err != nil {
		return err
	}
	if _, err := s.verify(ctx, u.Name, old, address); err != nil {
		return err
	}
	return s.SetPassword(ctx, u, u.ID, password)
}

// Confirm makes sure of the user by the password; it is Denied when it is wrong,
// and throttled as a sign-in is.
func (s *Service) Confirm(ctx context.Context, u *object.User, address, password string) error {
	_, err := s.verify(ctx, u.Name, password, address)
	return err
}

// changeable loads an account that the actor may change: one that is not built in,
// and an administrator's only for another.
func (s *Service) changeable(ctx context.Context, actor *object.User, id int64) (Account, error) {
	a, err := s.Account(ctx, id)
	if err != nil {
		return a, err
	}
	if a.Builtin {
		return a, object.Errorf(object.Conflict, "the account %q is built in and cannot be changed", a.Name)
	}
	return a, overAdministrators(actor, a.Type)
}

// overAdministrators keeps accounts of administrators to administrators: to whom
// the rules that change accounts were given does not become one by them. No actor
// is the platform itself.
func overAdministrators(actor *object.User, t object.UserType) error {
	if t == object.SystemAdmin && actor != nil && actor.Type != object.SystemAdmin {
		return object.Errorf(object.Denied, "only system administrators make and change accounts of system administrators, and their API keys")
	}
	return nil
}

// someAdmin refuses a change that leaves nobody who could undo it.
func (s *Service) someAdmin(ctx context.Context) error {
	var n int
	if err := s.db.QueryRow(ctx, []any{&n}, `SELECT COUNT(*) FROM appos_user_account WHERE type = ? AND active = ? AND builtin = ? AND password_hash <> ''`,
		string(object.SystemAdmin), true, false); err != nil {
		return err
	}
	if n == 0 {
		return object.Errorf(object.Conflict, "this is the last active administrator who can sign in; make another one first")
	}
	return nil
}
