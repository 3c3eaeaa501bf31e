package platform

import (
	"context"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
)

// CreateGroup adds a group.
type CreateGroup struct {
	appos.Returns[appos.None]

	Name        string `validate:"required,max=63"`
	Description string `validate:"max=300"`
}

// DescribeGroup changes the description of a group.
type DescribeGroup struct {
	appos.Returns[appos.None]

	Group       string `validate:"required"`
	Description string `validate:"max=300"`
}

// SetGroupActive activates or deactivates a group: its members and grants stay,
// but count for nothing while it is not active.
type SetGroupActive struct {
	appos.Returns[appos.None]

	Group  string `validate:"required"`
	Active bool
}

// AddUserToGroup makes a user a member of a group.
type AddUserToGroup struct {
	appos.Returns[appos.None]

	User  string `validate:"required"`
	Group string `validate:"required"`
}

// RemoveUserFromGroup ends a membership.
type RemoveUserFromGroup struct {
	appos.Returns[appos.None]

	User  string `validate:"required"`
	Group string `validate:"required"`
}

func declareGroups(app *appos.App, service func() *security.Service) {
	rule(app, func(ctx context.Context, actor *object.User, in CreateGroup) error {
		return service().CreateGroup(ctx, actor, in.Name, in.Description)
	})
	rule(app, func(ctx context.Context, actor *object.User, in DescribeGroup) error {
		return service().DescribeGroup(ctx, actor, in.Group, in.Description)
	})
	rule(app, func(ctx context.Context, actor *object.User, in SetGroupActive) error {
		return service().SetGroupActive(ctx, actor, in.Group, in.Active)
	})
	rule(app, func(ctx context.Context, actor *object.User, in AddUserToGroup) error {
		u, err := service().AccountNamed(ctx, in.User)
		if err != nil {
			return err
		}
		return service().AddMember(ctx, actor, u.ID, in.Group)
	})
	rule(app, func(ctx context.Context, actor *object.User, in RemoveUserFromGroup) error {
		u, err := service().AccountNamed(ctx, in.User)
		if err != nil {
			return err
		}
		return service().RemoveMember(ctx, actor, u.ID, in.Group)
	})
}
