// Package admin is the administrators' console: an ordinary app, declared with
// packages appos and ui, whose pages show what the platform knows.
//
// It reads from the services themselves and changes nothing itself: every change
// is a call of one of the platform's rules, so that it passes the gate as the
// administrator who asked for it, is checked there and is audited. The console
// opens no ports, signs nobody in and decides no permission.
package admin

import (
	"context"
	_ "embed"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/cache"
	"github.com/apposengine/appos/internal/constant"
	"github.com/apposengine/appos/internal/engine"
	"github.com/apposengine/appos/internal/graph"
	"github.com/apposengine/appos/internal/logs"
	"github.com/apposengine/appos/internal/metrics"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/openapi"
	"github.com/apposengine/appos/internal/queue"
	"github.com/apposengine/appos/internal/revision"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/system"
	"github.com/apposengine/appos/internal/text"
	"github.com/apposengine/appos/internal/webhook"
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
	Systems  *system.Registry
	Queue    *queue.Queue
	Webhooks *webhook.Service
	DB       store.DB

	Board     *revision.Board
	Constants *constant.Overrides
	Texts     *text.Overrides

	// Unseal decrypts a payload that was logged for the execution, under the name of
	// its field.
	Unseal func(sealed, executionID, field string) (string, error)

	// Describe is what the user of ctx may call over HTTP.
	Describe func(ctx context.Context) *openapi.Document

	Product string // the name of the site, such as "AppOS"
	URL     string // the address of the site, such as "https://shops.example"; "" is taken from requests
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
	ui.Page(app, "/users", t.Users, k.users, admins)
	ui.Page(app, "/users/new", t.NewUser, k.newUser, admins)
	ui.Page(app, "/users/{name}", t.User, k.user, admins)
	ui.Page(app, "/service-accounts", t.ServiceAccounts, k.serviceAccounts, admins)
	ui.Page(app, "/service-accounts/new", t.NewService, k.newServiceAccount, admins)
	ui.Page(app, "/api-keys", t.APIKeys, k.apiKeys, admins)
	ui.Page(app, "/api-keys/new", t.NewAPIKey, k.newAPIKey, admins)
	ui.Page(app, "/public", t.Public, k.public, admins)
	ui.Page(app, "/groups", t.Groups, k.groups, admins)
	ui.Page(app, "/groups/new", t.NewGroup, k.newGroup, admins)
	ui.Page(app, "/groups/{name}", t.Group, k.group, admins)
	ui.Page(app, "/permissions", t.Permissions, k.permissions, admins)
	ui.Page(app, "/sessions", t.Sessions, k.sessions, admins)
	ui.Page(app, "/audit", t.Audit, k.audit, admins)
	ui.Page(app, "/data-audit", t.DataAudit, k.dataAudit, admins)
	ui.Page(app, "/events", t.Events, k.events, admins)
	ui.Page(app, "/objects", t.Objects, k.objects, admins)
	ui.Page(app, "/objects/{ref}", t.Object, k.object, admins)
	ui.Page(app, "/api", t.API, k.api, admins)
	ui.Page(app, "/api/{operation}", t.Operation, k.operation, admins)
	ui.Page(app, "/records", t.Records, k.records, admins)
	ui.Page(app, "/records/{ref}", t.Rows, k.rows, admins)
	ui.Page(app, "/records/{ref}/{row}", t.Row, k.row, admins)
	ui.Page(app, "/imports", t.Imports, k.imports, admins)
	ui.Page(app, "/systems", t.Systems, k.systems, admins)
	ui.Page(app, "/systems/{ref}", t.System, k.system, admins)
	ui.Page(app, "/jobs", t.Jobs, k.jobs, admins)
	ui.Page(app, "/jobs/{id}", t.Job, k.job, admins)
	ui.Page(app, "/constants", t.Constants, k.constants, admins)
	ui.Page(app, "/constants/{ref}", t.Constant, k.constant, admins)
	ui.Page(app, "/translations", t.Translations, k.translations, admins)
	ui.Page(app, "/translations/{ref}", t.TranslationSet, k.translationSet, admins)
	ui.Page(app, "/translations/{ref}/{key}", t.Translation, k.translation, admins)
	ui.Page(app, "/webhooks", t.Webhooks, k.webhooks, admins)
	ui.Page(app, "/webhooks/new", t.NewWebhook, k.newWebhook, admins)
	ui.Page(app, "/webhooks/{id}", t.Webhook, k.webhook, admins)
	ui.Page(app, "/webhooks/{id}/deliveries/{delivery}", t.Delivery, k.delivery, admins)
	ui.Page(app, "/logs", t.Logs, k.logs, admins)
	ui.Page(app, "/logs/entry", t.LogEntry, k.logEntry, admins)

	ui.Site(app, t.Console, Dashboard{},
		ui.Nav{To: Dashboard{}, Icon: "layout-dashboard", Label: t.Overview},
		ui.Nav{Label: t.Access, Items: []ui.Nav{
			{To: Users{}, Icon: "users"},
			{To: ServiceAccounts{}, Icon: "bot"},
			{To: Groups{}, Icon: "users-round"},
			{To: Permissions{}, Icon: "key-round"},
			{To: PublicAccess{}, Icon: "globe"},
			{To: APIKeys{}, Icon: "key-square"},
			{To: Sessions{}, Icon: "monitor-smartphone"},
			{To: Audit{}, Icon: "history"},
			{To: DataAudit{}, Icon: "file-clock"},
		}},
		ui.Nav{Label: t.Build, Items: []ui.Nav{{To: Objects{}, Icon: "boxes"}, {To: Records{}, Icon: "table-2"}, {To: Constants{}, Icon: "sliders-horizontal"}, {To: Translations{}, Icon: "languages"}, {To: Imports{}, Icon: "file-up"}, {To: API{}, Icon: "braces"}}},
		ui.Nav{Label: t.Operate, Items: []ui.Nav{{To: Systems{}, Icon: "plug"}, {To: Webhooks{}, Icon: "webhook"}, {To: Jobs{}, Icon: "list-checks"}, {To: Logs{}, Icon: "scroll-text"}, {To: Events{}, Icon: "radio"}}},
	)
	return app
}
