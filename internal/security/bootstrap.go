package security

import (
	"context"

	"github.com/apposengine/appos/internal/object"
)

// Bootstrap is what a database without users begins with.
type Bootstrap struct {
	// AdminPassword is the first password of the account admin; "" generates one.
	// It means nothing once the account exists.
	AdminPassword string
	// AdminHash is the hash of AdminPassword, begun earlier; nil hashes now.
	AdminHash *PendingHash
	// Groups to create, with descriptions, when they do not exist.
	Groups map[string]string
}

// Bootstrap makes sure of the built-in groups and accounts, the groups given and
// the account admin. It returns the administrator's password when it has
// generated one, for the caller to show once; nothing else can read it.
func (s *Service) Bootstrap(ctx context.Context, b Bootstrap) (generated string, err error) {
	var n int
	if err := s.db.QueryRow(ctx, []any{&n}, `SELECT COUNT(*) FROM appos_user_account WHERE name IN (?, ?, ?)`,
		PublicUser, SystemUser, AdminUser); err != nil {
		return "", err
	}
	if n < 3 {
		if generated, err = s.found(ctx, b); err != nil {
			return "", err
		}
	}
	return generated, s.EnsureGroups(ctx, b.Groups)
}

func (s *Service) found(ctx context.Context, b Bootstrap) (generated string, err error) {
	password := b.AdminPassword
	if password == "" {
		generated = GeneratePassword()
		password = generated
	} else if err := s.checkPassword(password); err != nil {
		return "", object.Errorf(object.Invalid, "the password of the account admin cannot be used: %w", err)
	}
	if b.AdminHash == nil || generated != "" {
		b.AdminHash = HashInBackground(password)
	}
	hash, err := b.AdminHash.wait(ctx)
	if err != nil {
		return "", err
	}
	err = s.perms.change(ctx, func(ctx context.Context) error {
		for name, text := range map[string]string{AdminGroup: "Administrators of the platform", PublicGroup: "What everyone may do, without signing in"} {
			if _, err := s.insertGroup(ctx, nil, name, text, true); err != nil {
				return err
			}
		}
		for _, u := range []struct {
			NewUser
			hash    string
			builtin bool
		}{
			{NewUser{Name: PublicUser, FullName: "Public", Type: object.Basic, Groups: []string{PublicGroup}}, "", true},
			{NewUser{Name: SystemUser, FullName: "System", Type: object.SystemAdmin}, "", true},
			{NewUser{Name: AdminUser, FullName: "Administrator", Type: object.SystemAdmin}, hash, false},
		} {
			var n int
			if err := s.db.QueryRow(ctx, []any{&n}, `SELECT COUNT(*) FROM appos_user_account WHERE name = ?`, u.Name); err != nil {
				return err
			}
			if n > 0 {
				if u.Name == AdminUser {
					generated = "" // another node was first
				}
				continue
			}
			if _, err := s.insertUser(ctx, nil, u.NewUser, u.hash, u.builtin); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return generated, nil
}
