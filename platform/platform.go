// Package platform holds the rules that come with AppOS: what administrators do
// with users, groups, permissions, connected systems, constants and texts, for apps to call as they call any rule.
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
	"github.com/apposengine/appos/internal/constant"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/queue"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/internal/system"
	"github.com/apposengine/appos/internal/text"
	"github.com/apposengine/appos/internal/webhook"
)

//go:embed app.yaml
var manifest []byte

// Name is the app's name, and the prefix of its references.
const Name = "platform"

// Deps is what the rules change. All of it is needed.
type Deps struct {
	Security  *security.Service
	Systems   *system.Registry
	Queue     *queue.Queue
	Constants *constant.Overrides
	Texts     *text.Overrides
	Webhooks  *webhook.Service
}

// New returns the app. deps is called when a rule runs, since rules are declared
// before what they change is opened.
func New(deps func() Deps) *appos.App {
	app := appos.NewApp(Name, manifest)
	service := func() *security.Service { return deps().Security }
	declareUsers(app, service)
	declareGroups(app, service)
	declarePermissions(app, service)
	declareSessions(app, service)
	declareKeys(app, service)
	declareSystems(app, func() *system.Registry { return deps().Systems })
	declareConstants(app, func() *constant.Overrides { return deps().Constants })
	declareTexts(app, func() *text.Overrides { return deps().Texts })
	declareJobs(app, service, func() *queue.Queue { return deps().Queue })
	declareWebhooks(app, func() *webhook.Service { return deps().Webhooks })
	return app
}

// rule declares a rule of administrators that changes something and answers nothing.
func rule[In appos.Callable[appos.None]](app *appos.App, do func(ctx context.Context, actor *object.User, in In) error) {
	appos.Rule(app, func(ctx context.Context, in In) (appos.None, error) {
		return appos.None{}, do(ctx, actor(ctx), in)
	}, administrators)
}

// administrators may run the rules.
var administrators = appos.Allow(security.AdminGroup)

// actor is who runs the rule.
func actor(ctx context.Context) *object.User { return object.FrameOf(ctx).Exec.User }

// administer declares a rule of administrators that answers something.
func administer[In appos.Callable[Out], Out any](app *appos.App, do func(ctx context.Context, in In) (Out, error)) {
	appos.Rule(app, do, appos.Allow(security.AdminGroup))
}
