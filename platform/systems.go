package platform

import (
	"context"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/system"
)

// ConfigureSystem changes the settings of a connected system, in one environment
// or, without one, in all that say nothing else. Credentials among them are kept
// encrypted; no rule gives them out. The connections in use are made anew.
type ConfigureSystem struct {
	appos.Returns[appos.None]

	System      string            `validate:"required"` // a reference, such as "crm.connected_systems.warehouse"
	Environment string            // such as "prod"
	Set         map[string]string `appos:"sensitive"` // by key, such as "pool_size"
	Clear       []string          // keys that the variable or the code decides again
}

func declareSystems(app *appos.App, systems func() *system.Registry) {
	rule(app, func(ctx context.Context, actor *object.User, in ConfigureSystem) error {
		return systems().Change(ctx, in.System, system.Change{Env: in.Environment, Set: in.Set, Clear: in.Clear, By: actor.Name})
	})
}
