package platform

import (
	"context"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
)

// CreateUser adds an account.
type CreateUser struct {
	appos.Returns[CreatedUser]

	Name     string `validate:"required,max=63"` // the sign-in name: a-z, 0-9, _ . -, beginning with a letter
	FullName string `validate:"max=120"`
	Email    string `validate:"omitempty,email,max=200"`
	Language string `validate:"max=20"` // such as "fr"
	TimeZone string `validate:"max=60"` // such as "Europe/Paris"
	Type     string `validate:"omitempty,oneof=basic system_admin service_account"`
	Password string `validate:"max=200" appos:"sensitive"` // "" cannot sign in until one is set
	Groups   []string
}

// CreatedUser answers [CreateUser].
type CreatedUser struct{ ID int64 }

// UpdateUser changes an account; what is nil stays.
type UpdateUser struct {
	appos.Returns[appos.None]

	User     string  `validate:"required"`
	FullName *string `validate:"omitempty,max=120"`
	Email    *string `validate:"omitempty,max=200"`
	Language *string `validate:"omitempty,max=20"`
	TimeZone *string `validate:"omitempty,max=60"`
	Type     *string `validate:"omitempty,oneof=basic system_admin service_account"`
}

// SetUserActive activates or deactivates an account; deactivation ends its
// sessions. Accounts are never deleted.
type SetUserActive struct {
	appos.Returns[appos.None]

	User   string `validate:"required"`
	Active bool
}

// SetPassword sets the password of an account and ends its sessions.
type SetPassword struct {
	appos.Returns[appos.None]

	User     string `validate:"required"`
	Password string `validate:"required,max=200" appos:"sensitive"`
}

func declareUsers(app *appos.App, service func() *security.Service) {
	appos.Rule(app, func(ctx context.Context, in CreateUser) (CreatedUser, error) {
		id, err := service().CreateUser(ctx, actor(ctx), security.NewUser{
			Name: in.Name, FullName: in.FullName, Email: in.Email, Language: in.Language, TimeZone: in.TimeZone,
			Type: object.UserType(in.Type), Password: in.Password, Groups: in.Groups,
		})
		return CreatedUser{id}, err
	}, appos.Allow(security.AdminGroup))

	rule(app, func(ctx context.Context, actor *object.User, in UpdateUser) error {
		u, err := service().AccountNamed(ctx, in.User)
		if err != nil {
			return err
		}
		return service().UpdateUser(ctx, actor, u.ID, security.UserChange{
			FullName: in.FullName, Email: in.Email, Language: in.Language, TimeZone: in.TimeZone, Type: (*object.UserType)(in.Type),
		})
	})
	rule(app, func(ctx context.Context, actor *object.User, in SetUserActive) error {
		u, err := service().AccountNamed(ctx, in.User)
		if err != nil {
			return err
		}
		return service().SetActive(ctx, actor, u.ID, in.Active)
	})
	rule(app, func(ctx context.Context, actor *object.User, in SetPassword) error {
		u, err := service().AccountNamed(ctx, in.User)
		if err != nil {
			return err
		}
		return service().SetPassword(ctx, actor, u.ID, in.Password)
	})
}
