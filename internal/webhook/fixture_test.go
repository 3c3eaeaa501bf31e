package webhook_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/cache"
	"github.com/apposengine/appos/internal/engine"
	"github.com/apposengine/appos/internal/graph"
	"github.com/apposengine/appos/internal/logs"
	"github.com/apposengine/appos/internal/metrics"
	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/queue"
	"github.com/apposengine/appos/internal/secret"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
	"github.com/apposengine/appos/internal/webhook"
)

// An app whose rows and fields not everybody sees.
var crm = appos.NewApp("crm", []byte("app:\n  name: CRM\n  groups: [sales, north, hr]\n"))

var depot = appos.ConnectedSystem(crm, "depot", appos.Database{}, appos.Allow("sales"))

type Customer struct {
	appos.Entity[Customer]

	Name   string `validate:"required" appos:"display"`
	Email  string
	Region string
	Salary int64  `appos:"view=hr,update=hr"`
	Token  string `appos:"sensitive"`
}

type Crate struct {
	appos.Entity[Crate]

	Label string `validate:"required" appos:"display"`
}

var (
	everybody = appos.CRUD{View: appos.Allow("sales", "north"), Create: appos.Allow("sales"), Update: appos.Allow("sales"), Delete: appos.Allow("sales")}

	_ = appos.Record[Customer](crm, everybody, appos.Audited, appos.SoftDeleted)
	_ = appos.Record[Crate](crm, everybody, appos.StoredIn(depot))
	_ = appos.Rows(crm, func(ctx context.Context, c *Customer, q *appos.Query) {
		if !appos.Member(ctx, "sales") {
			q.Where(appos.Eq(&c.Region, "north"))
		}
	})
)

const customers = "crm.records.customer"

func TestMain(m *testing.M) { storetest.Main(m) }

// env is a platform with the app, its queue running unless it is idle.
type env struct {
	testing.TB
	db, outside store.DB
	engine      *engine.Engine
	security    *security.Service
	ring        *secret.Ring
	queue       *queue.Queue
	hooks       *webhook.Service
	ctx         context.Context // of ana, who sells and sees everything
	admin       context.Context
}

// loopback lets targets be on this machine.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

func each(t *testing.T, test func(e *env)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, url string) { test(open(t, url)) })
}

func open(t testing.TB, url string) *env {
	t.Helper()
	e := &env{TB: t}
	ctx := t.Context()
	reg, faults := object.NewRegistry(crm.Descriptor())
	group := store.NewGroup()
	e.db = group.Join("the platform's database", storetest.Open(t, url))
	e.outside = group.Join("crm.connected_systems.depot", storetest.New(t))
	journal, err := logs.Open(logs.Config{Dir: filepath.Join(t.TempDir(), "logs")})
	e.check(err)
	t.Cleanup(func() { _ = journal.Close() })
	memory := cache.NewMemory(cache.MemoryOptions{})
	t.Cleanup(memory.Close)
	e.check(migrate.Create(ctx, e.db, append(append(security.Tables(), secret.Tables()...), append(webhook.Tables(), queue.Tables()...)...)...))
	f, err := migrate.Read(queue.Migrations, "migrations", "of River")
	e.check(err)
	runner := migrate.Runner{Direct: true, Now: time.Now}
	e.check(runner.Start(ctx, migrate.Set{Name: "queue", DB: e.db, Folder: f}))
	e.security, err = security.New(ctx, security.Options{DB: e.db, Registry: reg, Now: time.Now})
	e.check(err)
	e.ring, err = secret.Open(ctx, secret.Options{DB: e.db, Path: filepath.Join(t.TempDir(), "keys", "master.json")})
	e.check(err)
	edges, err := graph.NewObserved(graph.Config{Objects: reg.Objects})
	e.check(err)
	e.engine, err = engine.New(engine.Config{
		Registry: reg, DB: e.db, Ring: e.ring, Systems: func(*object.Object) store.DB { return e.outside }, Permissions: e.security.Permissions(), Logs: journal,
		Metrics: metrics.NewObjects(metrics.Config{Objects: reg.Objects}), Edges: edges, Cache: memory, Env: "test", Language: "en", Now: time.Now,
	}, faults...)
	e.check(err)
	e.check(migrate.Create(ctx, e.db, e.engine.Tables()...))
	e.check(migrate.Create(ctx, e.outside, append(e.engine.TablesIn(reg.ByRef("crm.connected_systems.depot")), webhook.OutboxTable)...))
	_, err = e.security.Bootstrap(ctx, security.Bootstrap{AdminPassword: "matterhorn at dawn", Groups: map[string]string{"sales": "", "north": "", "hr": ""}})
	e.check(err)
	_, err = e.security.Permissions().Sync(ctx, map[string]security.Defaults{})
	e.check(err)
	for name, groups := range map[string][]string{"ana": {"sales", "hr"}, "robot": {"sales"}, "northern": {"north"}} {
		_, err := e.security.CreateUser(ctx, nil, security.NewUser{Name: name, Type: object.ServiceAccount, Groups: groups})
		e.check(err)
	}
	e.ctx, e.admin = e.as("ana"), e.as("admin")
	return e
}

func (e *env) check(err error) {
	e.Helper()
	if err != nil {
		e.Fatal(err)
	}
}

func (e *env) as(name string) context.Context {
	e.Helper()
	u, err := e.security.UserNamed(e.Context(), name)
	e.check(err)
	return e.engine.Begin(e.Context(), u, "")
}

// start makes the webhooks and runs the queue. What is not set is quick.
func (e *env) start(o webhook.Options) {
	e.Helper()
	e.prepare(o)
	e.run()
}

// run has what was prepared do its work.
func (e *env) run() {
	e.Helper()
	e.check(e.queue.Start(e.Context()))
	e.follow()
}

// follow has changes become jobs, which the queue runs when it is started.
func (e *env) follow() {
	ctx, cancel := context.WithCancel(e.Context())
	var done sync.WaitGroup
	done.Go(func() { e.hooks.Run(ctx) })
	e.Cleanup(func() { cancel(); done.Wait() })
}

// prepare makes the webhooks and leaves the queue alone.
func (e *env) prepare(o webhook.Options) {
	e.Helper()
	var err error
	e.queue, err = queue.New(queue.Options{DB: e.db, Queues: map[string]int{queue.Default: 4, queue.Webhooks: 8, queue.Scheduled: 2}})
	e.check(err)
	q := e.queue
	e.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = q.Stop(ctx)
	})
	o.DB, o.Engine, o.Queue, o.Ring, o.Env = e.db, e.engine, e.queue, e.ring, "test"
	if o.Now == nil {
		o.Now = time.Now
	}
	o.UserByID, o.UserNamed, o.Audit = e.security.UserByID, e.security.UserNamed, e.security.Audit
	if o.Schedule == nil {
		o.Schedule = []time.Duration{time.Millisecond}
	}
	e.hooks, err = webhook.New(e.Context(), o)
	e.check(err)
	e.Cleanup(func() { _ = e.hooks.Close() })
}

// hook makes a webhook.
func (e *env) hook(s webhook.Settings) (id int64, key string) {
	e.Helper()
	if s.Name == "" {
		s.Name = "hook"
	}
	if s.Account == "" {
		s.Account = "robot"
	}
	if s.Records == nil {
		s.Records = []string{customers}
	}
	id, key, err := e.hooks.Create(e.admin, s)
	e.check(err)
	return id, key
}

// within waits for a condition.
func (e *env) within(what string, ok func() bool) {
	e.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			e.Fatalf("it took too long: %s", what)
		}
	}
}

// create creates a row.
func create[T any](e *env, ctx context.Context, row T) T {
	e.Helper()
	row, err := appos.Create(ctx, row)
	e.check(err)
	return row
}

// deliveries are those of a webhook, the oldest first.
func (e *env) deliveries(id int64) []*webhook.Delivery {
	e.Helper()
	all, err := e.hooks.Deliveries(e.Context(), webhook.DeliveryQuery{Webhook: id, Limit: 500})
	e.check(err)
	for i, j := 0, len(all)-1; i < j; i, j = i+1, j-1 {
		all[i], all[j] = all[j], all[i]
	}
	return all
}

// message is what a target was sent.
type message struct {
	header http.Header
	body   string
}

// target is a server that takes what it is sent, unless its answer says otherwise.
type target struct {
	*httptest.Server
	mu     sync.Mutex
	got    []message
	answer func(n int, w http.ResponseWriter, r *http.Request) // n counts from 1
}

func newTarget(t testing.TB, answer func(n int, w http.ResponseWriter, r *http.Request)) *target {
	x := &target{answer: answer}
	x.Server = httptest.NewServer(x)
	t.Cleanup(x.Close)
	return x
}

func (x *target) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	x.mu.Lock()
	x.got = append(x.got, message{r.Header.Clone(), string(body)})
	n := len(x.got)
	x.mu.Unlock()
	if x.answer != nil {
		x.answer(n, w, r)
	}
}

func (x *target) messages() []message {
	x.mu.Lock()
	defer x.mu.Unlock()
	return append([]message(nil), x.got...)
}
