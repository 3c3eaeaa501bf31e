package platform

import (
	"context"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
)

// RevokeSession ends a session, by its number in the console.
type RevokeSession struct {
	appos.Returns[appos.None]

	Session int64 `validate:"required"`
}

// RevokeUserSessions ends all sessions of a user.
type RevokeUserSessions struct {
	appos.Returns[appos.None]

	User string `validate:"required"`
}

func declareSessions(app *appos.App, service func() *security.Service) {
	rule(app, func(ctx context.Context, actor *object.User, in RevokeSession) error {
		return service().RevokeSession(ctx, actor, in.Session)
	})
	rule(app, func(ctx context.Context, actor *object.User, in RevokeUserSessions) error {
		u, err := service().AccountNamed(ctx, in.User)
		if err != nil {
			return err
		}
		_, err = service().RevokeUser(ctx, actor, u.ID)
		return err
	})
}
