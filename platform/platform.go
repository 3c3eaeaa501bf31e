// Package platform holds the rules that come with AppOS: what administrators do
// with users, groups and permissions, for apps to call as they call any rule.
//
//	appos.Call(ctx, platform.AddUserToGroup{User: "ana", Group: "sales"})
//
// It is an ordinary app. Its rules are open to system administrators, and to the
// groups that an administrator gives them to in the console.
package platform

import (
	"context"
	_ "embed"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/internal/system"
)

//go:embed app.yaml
var manifest []byte

// Name is the app's name, and the prefix of its references.
const Name = "platform"

// New returns the app over a security service and the connected systems, which are
// asked for when a rule runs.
func New(service func() *security.Service, systems func() *system.Registry) *appos.App {
	app := appos.NewApp(Name, manifest)
	declareUsers(app, service)
	declareGroups(app, service)
	declarePermissions(app, service)
	declareSessions(app, service)
	declareKeys(app, service)
	declareSystems(app, systems)
	return app
}

// rule declares a rule of administrators that changes something and answers nothing.
func rule[In appos.Callable[appos.None]](app *appos.App, do func(ctx context.Context, actor *object.User, in In) error) {
	appos.Rule(app, func(ctx context.Context, in In) (appos.None, error) {
		return appos.None{}, do(ctx, actor(ctx), in)
	}, appos.Allow(security.AdminGroup))
}

// actor is who runs the rule.
func actor(ctx context.Context) *object.User { return object.FrameOf(ctx).Exec.User }
