package security_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
)

// clock is a time that only tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// events is a sink that remembers.
type events struct {
	mu  sync.Mutex
	all []security.Event
}

func (e *events) SecurityEvent(_ context.Context, ev security.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all = append(e.all, ev)
}

func (e *events) named(name string) []security.Event {
	e.mu.Lock()
	defer e.mu.Unlock()
	var found []security.Event
	for _, ev := range e.all {
		if ev.Name == name {
			found = append(found, ev)
		}
	}
	return found
}

const password = "correct horse battery"

// one hash serves all tests: hashing is slow on purpose
var hashed = sync.OnceValue(func() *security.PendingHash { return security.HashInBackground(password) })

func declare(app *object.App, kind object.Kind, name string, grants ...object.Grant) {
	app.Objects = append(app.Objects, &object.Object{App: app, Kind: kind, Name: name, Ref: object.RefOf(app.Name, kind, name),
		Declared: grants != nil, Grants: grants})
}

func grant(group string, p object.Permission) object.Grant {
	return object.Grant{Group: group, Permissions: p}
}

// crm is a registry of one app.
func crm(t testing.TB) *object.Registry {
	t.Helper()
	app := &object.App{Name: "crm"}
	declare(app, object.KindRecord, "customer", grant("sales", object.View|object.Create), grant("admins", object.Admin))
	declare(app, object.KindRecord, "secret")
	declare(app, object.KindRule, "calculate_discount")
	declare(app, object.KindRule, "calculate_tax", grant("admins", object.Use))
	declare(app, object.KindPage, "dashboard")
	reg, faults := object.NewRegistry(app)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return reg
}

var crmDefaults = map[string]security.Defaults{"crm": {Logic: []string{"sales"}, UI: []string{"sales", "support"}}}

type fixture struct {
	*security.Service
	t     testing.TB
	db    store.DB
	reg   *object.Registry
	clock *clock
	sink  *events
	admin *object.User
}

func openDB(t testing.TB, url string) store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), url, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := migrate.Create(context.Background(), db, security.Tables()...); err != nil {
		t.Fatal(err)
	}
	return db
}

func TestMain(m *testing.M) { storetest.Main(m) }

// open is a bootstrapped service over crm, with change applied to its options.
func open(t testing.TB, change func(*security.Options)) *fixture {
	t.Helper()
	f := &fixture{t: t, clock: newClock(), sink: &events{}}
	o := security.Options{Registry: crm(t), Now: f.clock.Now, Sink: f.sink}
	if change != nil {
		change(&o)
	}
	if o.DB == nil {
		o.DB = openDB(t, storetest.URL(t))
	}
	f.db, f.reg = o.DB, o.Registry
	ctx := context.Background()
	var err error
	if f.Service, err = security.New(ctx, o); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Bootstrap(ctx, security.Bootstrap{AdminPassword: password, AdminHash: hashed(),
		Groups: map[string]string{"sales": "", "support": "", "admins": ""}}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Permissions().Sync(ctx, crmDefaults); err != nil {
		t.Fatal(err)
	}
	f.admin = f.named("admin")
	return f
}

func (f *fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) object(ref string) *object.Object {
	f.t.Helper()
	o := f.reg.ByRef(ref)
	if o == nil {
		f.t.Fatalf("no object %s", ref)
	}
	return o
}

func (f *fixture) user(name string, groups ...string) int64 {
	f.t.Helper()
	id, err := f.CreateUser(context.Background(), f.admin, security.NewUser{Name: name, Hash: hashed(), Groups: groups})
	f.must(err)
	return id
}

func (f *fixture) named(name string) *object.User {
	f.t.Helper()
	u, err := f.UserNamed(context.Background(), name)
	f.must(err)
	return u
}

func (f *fixture) may(u *object.User, ref string, p object.Permission) bool {
	f.t.Helper()
	return f.Permissions().Check(u, f.object(ref), p)
}

func (f *fixture) epoch() (n int64) {
	f.t.Helper()
	f.must(f.db.QueryRow(context.Background(), []any{&n}, `SELECT epoch FROM appos_security_epoch`))
	return n
}

func (f *fixture) signIn(name string) *security.SignedIn {
	f.t.Helper()
	in, err := f.SignIn(context.Background(), security.SignIn{Name: name, Password: password, Address: "192.0.2.1", UserAgent: "test"})
	f.must(err)
	return in
}

func codeOf(err error) object.Code {
	if err == nil {
		return ""
	}
	return object.AsError(err).Code
}
