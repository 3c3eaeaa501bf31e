package platform

import (
	"context"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
)

// SetPermissions gives groups permissions on an object, or on all that a
// wildcard such as "crm.rules.*" covers, in the place of what is declared, until
// [RestoreDeclared]. A group with an empty list has nothing there, whatever a
// wildcard says.
type SetPermissions struct {
	appos.Returns[appos.None]

	Ref    string              `validate:"required"`
	Grants map[string][]string // group → "view", "use", "create", "update", "delete", "admin"
}

// RestoreDeclared makes the permissions of an object what the code says; on a
// wildcard it removes them.
type RestoreDeclared struct {
	appos.Returns[appos.None]

	Ref string `validate:"required"`
}

func declarePermissions(app *appos.App, service func() *security.Service) {
	rule(app, func(ctx context.Context, actor *object.User, in SetPermissions) error {
		grants := map[string]object.Permission{}
		for group, names := range in.Grants {
			grants[group] = 0
			for _, name := range names {
				p, ok := object.ParsePermission(name)
				if !ok {
					return appos.Errorf(appos.Invalid, "group %q: there is no permission %q; there are %s", group, name, object.AllPermissions)
				}
				grants[group] |= p
			}
		}
		return service().Permissions().SetPermissions(ctx, actor, in.Ref, grants)
	})
	rule(app, func(ctx context.Context, actor *object.User, in RestoreDeclared) error {
		return service().Permissions().RestoreDeclared(ctx, actor, in.Ref)
	})
}
