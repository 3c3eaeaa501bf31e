// Package admin is the administrators' console: an ordinary app, declared with
// packages appos and ui, whose pages show what the platform knows.
//
// It reads from the services themselves and changes nothing itself: every change
// is a call of one of the platform's rules, so that it passes the gate as the
// administrator who asked for it, is checked there and is audited. The console
// opens no ports, signs nobody in and decides no permission.
package admin

import (
	_ "embed"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/cache"
	"github.com/apposengine/appos/internal/engine"
	"github.com/apposengine/appos/internal/graph"
	"github.com/apposengine/appos/internal/logs"
	"github.com/apposengine/appos/internal/metrics"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/ui"
)

// Name is the app's name, and so the first part of the addresses of its pages.
const Name = "admin"

//go:embed app.yaml
var manifest []byte

// Deps is what the console shows. All of it is needed.
type Deps struct {
	Security *security.Service
	Engine   *engine.Engine
	Metrics  *metrics.Objects
	Edges    *graph.Observed
	Logs     *logs.Pipeline
	Cache    cache.Cache
	DB       store.DB

	Product string // the name of the site, such as "AppOS"
	Version string // of AppOS and Go
	Env     string // such as "dev"
	Started time.Time
	Now     func() time.Time
}

// registry is what is declared.
func (d Deps) registry() *object.Registry { return d.Engine.Registry() }

// console is the app's pages, as methods.
type console struct{ deps func() Deps }

// New returns the console. deps is called with every request, since pages are
// declared before the engine that they are about exists.
func New(deps func() Deps) *appos.App {
	app := appos.NewApp(Name, manifest)
	t := appos.Translations(app, "titles", titles)
	k := console{deps}
	admins := appos.Allow(security.AdminGroup)

	ui.Page(app, "/", t.Dashboard, k.dashboard, admins)

	ui.Site(app, t.Console, Dashboard{},
		ui.Nav{To: Dashboard{}, Icon: "layout-dashboard", Label: t.Overview},
	)
	return app
}
