// Package appostest runs apps in tests: a whole engine with a database of its
// own, no server, nothing to install. What a test calls passes the same gate as
// in production.
//
//	func TestDiscount(t *testing.T) {
//		env := appostest.New(t, crm.App, finance.App)
//		ctx := env.As(crm.Sales)
//		got, err := appos.Call(ctx, crm.CalculateDiscount{…})
//
// It serves no HTTP; tests of pages and APIs start the project's own program.
package appostest

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/cache"
	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/internal/engine"
	"github.com/apposengine/appos/internal/graph"
	"github.com/apposengine/appos/internal/logs"
	"github.com/apposengine/appos/internal/metrics"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/internal/store"
)

// Env is a platform with some apps installed, in the environment "test". It ends
// with the test.
type Env struct {
	t        testing.TB
	engine   *engine.Engine
	security *security.Service
	actor    *object.User

	mu    sync.Mutex
	users int
}

// New returns a platform with the apps. Declarations that are wrong fail the
// test. References to records need their app; messages of other apps can be
// answered by [Stub].
func New(t testing.TB, apps ...*appos.App) *Env {
	t.Helper()
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var declared []*object.App
	defaults := map[string]security.Defaults{}
	groups := map[string]string{}
	var faults []object.Fault
	for _, a := range apps {
		d := a.Descriptor()
		declared = append(declared, d)
		manifest, problems := config.ParseApp(d.Name, d.Manifest)
		for _, p := range problems {
			faults = append(faults, object.Fault{Source: d.Source, Object: d.Name, Text: p.String()})
		}
		defaults[d.Name] = security.Defaults{Logic: manifest.Security.Defaults.Logic.Groups, UI: manifest.Security.Defaults.UI.Groups}
		for _, g := range manifest.Groups {
			groups[g] = ""
		}
	}
	reg, more := object.NewRegistry(declared...)
	faults = append(faults, more...)

	db, err := store.Open(ctx, "sqlite::memory:")
	must(err)
	t.Cleanup(func() { _ = db.Close() })
	pipeline, err := logs.Open(logs.Config{Dir: t.TempDir()})
	must(err)
	t.Cleanup(func() { _ = pipeline.Close() })
	kept := cache.NewMemory(cache.MemoryOptions{})
	t.Cleanup(kept.Close)
	edges, err := graph.NewObserved(graph.Config{Objects: reg.Objects})
	must(err)
	sec, err := security.New(ctx, security.Options{DB: db, Registry: reg})
	must(err)
	e := &Env{t: t, security: sec}
	e.engine, err = engine.New(engine.Config{
		Registry: reg, DB: db, Permissions: sec.Permissions(), Logs: pipeline, Metrics: metrics.NewObjects(metrics.Config{Objects: reg.Objects}),
		Edges: edges, Cache: kept, Env: "test", Language: "en", Now: time.Now,
	}, faults...)
	must(err)
	must(db.Ensure(ctx, e.engine.Tables()...))
	_, err = sec.Bootstrap(ctx, security.Bootstrap{Groups: groups})
	must(err)
	_, err = sec.Permissions().Sync(ctx, defaults)
	must(err)
	e.actor, err = sec.UserNamed(ctx, security.SystemUser)
	must(err)
	return e
}

// As returns a context that runs as a user in the groups, a new one every time.
func (e *Env) As(groups ...appos.Group) context.Context {
	e.t.Helper()
	ctx := e.t.Context()
	e.mu.Lock()
	e.users++
	name := fmt.Sprintf("user%d", e.users)
	e.mu.Unlock()
	names := make([]string, len(groups))
	described := map[string]string{}
	for i, g := range groups {
		names[i] = string(g)
		described[string(g)] = ""
	}
	if err := e.security.EnsureGroups(ctx, described); err != nil {
		e.t.Fatal(err)
	}
	id, err := e.security.CreateUser(ctx, e.actor, security.NewUser{Name: name, Groups: names})
	if err != nil {
		e.t.Fatal(err)
	}
	u, err := e.security.UserByID(ctx, id)
	if err != nil {
		e.t.Fatal(err)
	}
	return e.engine.Begin(ctx, u, "")
}

// System returns a context that runs as the account system, which may do
// everything: for preparing what a test needs.
func (e *Env) System() context.Context { return e.engine.Begin(e.t.Context(), e.actor, "") }

// Stub answers every In with f; its permissions and validation stay when it is
// declared. Call it before anything runs.
func Stub[In appos.Callable[Out], Out any](e *Env, f func(In) (Out, error)) {
	e.engine.Stub(reflect.TypeFor[In](), func(_ context.Context, in any) (any, error) { return f(in.(In)) })
}
