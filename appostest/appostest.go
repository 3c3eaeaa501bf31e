// Package appostest runs apps in tests: a whole engine with a database of its
// own, no server, nothing to install. What a test calls passes the same gate as
// in production.
//
//	func TestDiscount(t *testing.T) {
//		env := appostest.New(t, crm.App, finance.App)
//		ctx := env.As(crm.Sales)
//		got, err := appos.Call(ctx, crm.CalculateDiscount{…})
//
// The database is SQLite in memory. With APPOS_TEST_DATABASE=postgres in the
// environment it is PostgreSQL: an empty database of the server whose URL is in
// APPOS_TEST_POSTGRES, as a user who may make databases. Tests need not know.
//
// [Env.Handler] serves the apps' APIs, without a network and without passwords.
// Tests of pages start the project's own program.
package appostest

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/cache"
	"github.com/apposengine/appos/internal/declare"
	"github.com/apposengine/appos/internal/engine"
	"github.com/apposengine/appos/internal/graph"
	"github.com/apposengine/appos/internal/logs"
	"github.com/apposengine/appos/internal/metrics"
	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/revision"
	"github.com/apposengine/appos/internal/secret"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
	"github.com/apposengine/appos/internal/text"
	"github.com/apposengine/appos/internal/web"
	"github.com/apposengine/appos/ui"
)

// Env is a platform with some apps installed, in the environment "test".
type Env struct {
	closers  []func()
	engine   *engine.Engine
	security *security.Service
	logs     *logs.Pipeline
	texts    *text.Overrides
	dir      string
	actor    *object.User

	site func() (*web.Site, error) // made when it is asked for

	mu    sync.Mutex
	users int
}

// New returns a platform with the apps, which ends with the test. Declarations
// that are wrong fail the test. References to records need their app; messages of
// other apps can be answered by [Stub].
func New(t testing.TB, apps ...*appos.App) *Env {
	t.Helper()
	e, err := Start(apps...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// Start is [New] where there is no test, such as in an example. Close what it
// returns.
func Start(apps ...*appos.App) (e *Env, err error) {
	ctx := context.Background()
	e = &Env{}
	defer func() {
		if err != nil {
			e.Close()
			e = nil
		}
	}()
	d := declare.Read(apps)
	reg := d.Registry
	groups := map[string]string{}
	for _, g := range d.Groups {
		groups[g] = ""
	}
	dir, err := os.MkdirTemp("", "appostest-*")
	if err != nil {
		return e, err
	}
	e.onClose(func() { _ = os.RemoveAll(dir) })
	db, err := e.openDatabase(ctx)
	if err != nil {
		return e, err
	}
	systems, err := e.openSystems(ctx, reg, &db)
	if err != nil {
		return e, err
	}
	pipeline, err := logs.Open(logs.Config{Dir: dir})
	if err != nil {
		return e, err
	}
	e.onClose(func() { _ = pipeline.Close() })
	e.logs, e.dir, e.site = pipeline, dir, sync.OnceValues(e.openSite)
	e.texts = text.New(text.Options{DB: db, Board: revision.New(db, nil), Registry: reg, Speak: text.Speak{Kit: ui.Languages()}})
	kept := cache.NewMemory(cache.MemoryOptions{})
	e.onClose(kept.Close)
	edges, err := graph.NewObserved(graph.Config{Objects: reg.Objects})
	if err != nil {
		return e, err
	}
	if err := migrate.Create(ctx, db, security.Tables()...); err != nil {
		return e, err
	}
	if e.security, err = security.New(ctx, security.Options{DB: db, Registry: reg}); err != nil {
		return e, err
	}
	ring, err := secret.Passing()
	if err != nil {
		return e, err
	}
	e.engine, err = engine.New(engine.Config{
		Registry: reg, DB: db, Ring: ring, Permissions: e.security.Permissions(), Logs: pipeline, Metrics: metrics.NewObjects(metrics.Config{Objects: reg.Objects}),
		Edges: edges, Cache: kept, Systems: systems, Env: "test", Language: "en", Now: time.Now,
	}, d.Faults...)
	if err != nil {
		return e, err
	}
	if err := migrate.Create(ctx, db, e.engine.Tables()...); err != nil {
		return e, err
	}
	for _, o := range reg.Of("", object.KindConnectedSystem) {
		if o.System.Type == "database" {
			if err := migrate.Create(ctx, systems(o), e.engine.TablesIn(o)...); err != nil {
				return e, err
			}
		}
	}
	if _, err := e.security.Bootstrap(ctx, security.Bootstrap{Groups: groups}); err != nil {
		return e, err
	}
	if _, err := e.security.Permissions().Sync(ctx, d.Defaults()); err != nil {
		return e, err
	}
	e.actor, err = e.security.UserNamed(ctx, security.SystemUser)
	return e, err
}

// openDatabase opens an empty database, which is closed and gone with the platform.
func (e *Env) openDatabase(ctx context.Context) (store.DB, error) {
	url, giveBack, err := storetest.Take()
	if err != nil {
		return nil, err
	}
	e.onClose(func() { _ = giveBack() })
	db, err := store.Open(ctx, url, store.Options{})
	if err != nil {
		return nil, err
	}
	e.onClose(func() { _ = db.Close() })
	return db, nil
}

func (e *Env) onClose(f func()) { e.closers = append(e.closers, f) }

// Close ends the platform. [New] does it by itself.
func (e *Env) Close() {
	for _, f := range slices.Backward(e.closers) {
		f()
	}
	e.closers = nil
}

// As returns a context that runs as a user in the groups, a new one every time.
// It panics when the database fails.
func (e *Env) As(groups ...appos.Group) context.Context {
	ctx := context.Background()
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
		panic(fmt.Sprintf("appostest: groups %v: %v", groups, err))
	}
	id, err := e.security.CreateUser(ctx, e.actor, security.NewUser{Name: name, Groups: names})
	if err != nil {
		panic(fmt.Sprintf("appostest: a user in %v: %v", groups, err))
	}
	u, err := e.security.UserByID(ctx, id)
	if err != nil {
		panic(fmt.Sprintf("appostest: a user in %v: %v", groups, err))
	}
	return e.engine.Begin(ctx, u, "")
}

// System returns a context that runs as the account system, which may do
// everything: for preparing what a test needs.
func (e *Env) System() context.Context { return e.engine.Begin(context.Background(), e.actor, "") }

// Stub answers every In with f; its permissions and validation stay when it is
// declared. Call it before anything runs.
func Stub[In appos.Callable[Out], Out any](e *Env, f func(In) (Out, error)) {
	e.engine.Stub(reflect.TypeFor[In](), func(_ context.Context, in any) (any, error) { return f(in.(In)) })
}
