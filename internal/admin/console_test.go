package admin_test

import (
	"context"
	"html"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/admin"
	"github.com/apposengine/appos/internal/cache"
	"github.com/apposengine/appos/internal/constant"
	"github.com/apposengine/appos/internal/engine"
	"github.com/apposengine/appos/internal/graph"
	"github.com/apposengine/appos/internal/logs"
	"github.com/apposengine/appos/internal/metrics"
	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/openapi"
	"github.com/apposengine/appos/internal/queue"
	"github.com/apposengine/appos/internal/revision"
	"github.com/apposengine/appos/internal/secret"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
	"github.com/apposengine/appos/internal/system"
	"github.com/apposengine/appos/internal/text"
	"github.com/apposengine/appos/internal/webhook"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/ui"
)

// noon is when the tests take place.
var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

// An env is the console over a platform with the app shop, in memory. There are
// the accounts admin, ana of sales, sam of support, and one of a service.
type env struct {
	admin.Deps
	t   *testing.T
	mux *http.ServeMux
	err error // of the latest request
	out ui.Outcome

	passed atomic.Int64 // since noon, in nanoseconds
}

// describe describes some routes of the customers, and of the platform.
func (e *env) describe(context.Context) *openapi.Document {
	o := e.Engine.Registry().ByRef("shop.records.customer")
	base := "/api/shop/" + o.Record.Path
	return openapi.Describe(openapi.About{Product: e.Product, Version: "1", Env: e.Env}, e.Engine.Registry(), []openapi.Route{
		{Method: "GET", Path: base, Object: o, Permission: object.View},
		{Method: "POST", Path: base, Object: o, Permission: object.Create},
		{Method: "POST", Path: "/api/auth/token"},
	}, openapi.Viewer{User: &object.User{Name: "admin", Type: object.SystemAdmin}, May: func(*object.Object, object.Permission) bool { return true }})
}

func TestMain(m *testing.M) { storetest.Main(m) }

// open opens it, with more apps where a test needs them.
func open(t *testing.T, more ...*appos.App) *env {
	t.Helper()
	e := &env{t: t, mux: http.NewServeMux()}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	clock := func() time.Time { return noon.Add(time.Duration(e.passed.Load())) }
	ctx := context.Background()
	console := admin.New(func() admin.Deps { return e.Deps })
	rules := platform.New(func() platform.Deps {
		return platform.Deps{Security: e.Security, Systems: e.Systems, Queue: e.Queue, Constants: e.Constants, Texts: e.Texts, Webhooks: e.Webhooks}
	})
	apps := []*object.App{shop.Descriptor(), rules.Descriptor(), console.Descriptor()}
	for _, app := range more {
		apps = append(apps, app.Descriptor())
	}
	reg, faults := object.NewRegistry(apps...)
	faults = append(faults, ui.Check(reg)...)

	db := storetest.New(t)
	journal, err := logs.Open(logs.Config{Dir: filepath.Join(t.TempDir(), "logs"), Now: clock})
	check(err)
	t.Cleanup(func() { check(journal.Close()) })
	memory := cache.NewMemory(cache.MemoryOptions{})
	t.Cleanup(memory.Close)
	check(migrate.Create(ctx, db, security.Tables()...))
	service, err := security.New(ctx, security.Options{DB: db, Registry: reg, Now: clock})
	check(err)
	check(migrate.Create(ctx, db, append(secret.Tables(), system.Tables()...)...))
	ring, err := secret.Open(ctx, secret.Options{DB: db, Path: filepath.Join(t.TempDir(), "keys", "master.json")})
	check(err)
	faults = append(faults, system.Check(reg, "test", nil)...)
	e.Systems, err = system.New(ctx, system.Options{DB: db, Registry: reg, Ring: ring, Env: "test", Now: clock, Audit: service.Audit,
		Prepare: func(ctx context.Context, o *object.Object, db store.DB) error {
			return migrate.Create(ctx, db, e.Engine.TablesIn(o)...)
		}})
	check(err)
	t.Cleanup(func() { check(e.Systems.Close()) })
	edges, err := graph.NewObserved(graph.Config{Objects: reg.Objects, Now: clock})
	check(err)
	e.Deps = admin.Deps{
		Security: service, Metrics: metrics.NewObjects(metrics.Config{Objects: reg.Objects, Now: clock}), Edges: edges, Logs: journal, Cache: memory, DB: db, Systems: e.Systems,
		Product: "Shops", Version: "v1.2.3", Env: "test", Started: noon.Add(-26 * time.Hour), Now: clock,
	}
	check(migrate.Create(ctx, db, slices.Concat(revision.Tables(), constant.Tables(), text.Tables())...))
	e.Board = revision.New(db, memory)
	e.Constants = constant.New(constant.Options{DB: db, Board: e.Board, Registry: reg, Env: "test", Now: clock, Audit: service.Audit,
		Check: func(o *object.Object, value any) error { return e.Engine.CheckConstant(o, value) }})
	e.Texts = text.New(text.Options{DB: db, Board: e.Board, Registry: reg, Now: clock, Audit: service.Audit})
	check(migrate.Create(ctx, db, queue.Tables()...))
	river, err := migrate.Read(queue.Migrations, "migrations", "of River")
	check(err)
	check(migrate.Runner{Direct: true, Now: clock}.Start(ctx, migrate.Set{Name: "queue", DB: db, Folder: river}))
	e.Queue, err = queue.New(queue.Options{DB: db, Version: "v1.2.3", Now: clock})
	check(err)
	withJobs(e.Queue)
	t.Cleanup(func() { check(e.Queue.Stop(ctx)) })
	e.Engine, err = engine.New(engine.Config{
		Registry: reg, DB: db, Ring: ring, Systems: e.Systems.Database, Permissions: service.Permissions(), Logs: journal, Metrics: e.Metrics, Edges: edges, Cache: memory, Constants: e.Constants, Texts: e.Texts, Env: e.Env, Language: "en", Now: clock,
	}, faults...)
	check(err)
	e.Describe = e.describe
	check(migrate.Create(ctx, db, e.Engine.Tables()...))
	check(migrate.Create(ctx, db, webhook.Tables()...))
	e.Webhooks, err = webhook.New(ctx, webhook.Options{
		DB: db, Engine: e.Engine, Queue: e.Queue, Ring: ring, Env: e.Env, UserByID: service.UserByID, UserNamed: service.UserNamed, Audit: service.Audit,
		Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Attempts: 1, Now: clock,
	})
	check(err)
	following, unfollow := context.WithCancel(ctx)
	var followed sync.WaitGroup
	followed.Go(func() { e.Webhooks.Run(following) })
	t.Cleanup(func() { unfollow(); followed.Wait() })
	_, err = service.Bootstrap(ctx, security.Bootstrap{AdminPassword: "matterhorn at dawn", Groups: map[string]string{"sales": "Who sells", "support": ""}})
	check(err)
	_, err = service.Permissions().Sync(ctx, map[string]security.Defaults{"shop": {UI: []string{"sales", "support"}}})
	check(err)
	for _, u := range []security.NewUser{
		{Name: "ana", FullName: "Ana Ferreira", Groups: []string{"sales"}},
		{Name: "sam", FullName: "Sam <b> Whitaker", Groups: []string{"support"}},
		{Name: "partner", Type: object.ServiceAccount},
	} {
		_, err := service.CreateUser(ctx, nil, u)
		check(err)
	}
	for _, route := range ui.Routes(reg, reg.App(admin.Name)) {
		path := "/admin" + route.Path
		if route.Path == "/" {
			path += "{$}"
		}
		e.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			c := ui.NewCtx(r.Context(), ui.Request{HTTP: r, App: ui.App{Name: admin.Name, Title: "Console", Path: "/admin"}, CSRF: "the-token"})
			node, err := route.Serve(c)
			if err != nil {
				node = c.Error(err)
			}
			e.out = c.Outcome()
			if drawn := c.Respond(w, node); err == nil {
				err = drawn
			}
			e.err = err
		})
	}
	return e
}

// as returns the context of a user as of now.
func (e *env) as(name string) context.Context {
	e.t.Helper()
	u, err := e.Security.UserNamed(context.Background(), name)
	if err != nil {
		e.t.Fatal(err)
	}
	return e.Engine.Begin(context.Background(), u, "")
}

// A page is an answer.
type page struct {
	status   int
	body     string
	location string
	err      error
	toasts   []ui.Toast
}

func (e *env) request(user, method, path string, form url.Values) page {
	e.t.Helper()
	var r *http.Request
	if method == http.MethodPost {
		r = httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	} else {
		r = httptest.NewRequest(method, path, nil)
	}
	w := httptest.NewRecorder()
	e.err, e.out = nil, ui.Outcome{}
	e.mux.ServeHTTP(w, r.WithContext(e.as(user)))
	return page{w.Code, w.Body.String(), w.Header().Get("Location"), e.err, e.out.Toasts}
}

// get opens a page as the administrator; one that does not open fails the test.
func (e *env) get(path string) page {
	e.t.Helper()
	p := e.request("admin", http.MethodGet, path, nil)
	if p.status != http.StatusOK || p.err != nil {
		e.t.Fatalf("GET %s: status %d, error %v", path, p.status, p.err)
	}
	return p
}

// post sends a form as the administrator; the pairs are its fields.
func (e *env) post(path string, pairs ...string) page {
	e.t.Helper()
	return e.request("admin", http.MethodPost, path, fields(pairs...))
}

func fields(pairs ...string) url.Values {
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return form
}

// submit is the field of a form's save button.
var submit = []string{"_submit", "1"}

func save(pairs ...string) []string { return append(pairs, submit...) }

var tag = regexp.MustCompile(`<[^>]*>`)

// text is what people read of the main region, with single spaces.
func (p page) text() string {
	_, main, _ := strings.Cut(p.body, `id="main"`)
	return strings.Join(strings.Fields(html.UnescapeString(tag.ReplaceAllString(main, " "))), " ")
}

// has fails the test unless the text of the page holds all of the words.
func (p page) has(t *testing.T, words ...string) {
	t.Helper()
	text := p.text()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("the page does not say %q:\n%s", w, text)
		}
	}
}

// lacks fails the test when the page holds one of the words.
func (p page) lacks(t *testing.T, words ...string) {
	t.Helper()
	for _, w := range words {
		if strings.Contains(p.body, w) {
			t.Errorf("the page holds %q", w)
		}
	}
}

// changes counts the entries of the audit.
func (e *env) changes() int {
	e.t.Helper()
	all, err := e.Security.Changes(context.Background(), security.ChangeQuery{Limit: 500})
	if err != nil {
		e.t.Fatal(err)
	}
	return len(all)
}

// unchanged fails the test when f leaves an entry in the audit.
func (e *env) unchanged(f func()) {
	e.t.Helper()
	before := e.changes()
	f()
	if after := e.changes(); after != before {
		e.t.Errorf("%d changes were made", after-before)
	}
}

// account is an account as it is stored.
func (e *env) account(name string) security.Account {
	e.t.Helper()
	a, err := e.Security.AccountNamed(context.Background(), name)
	if err != nil {
		e.t.Fatal(err)
	}
	return a
}

// may says what the check says about a user, as of a context.
func (e *env) may(ctx context.Context, ref string, p object.Permission) bool {
	return e.Engine.Allowed(ctx, e.Engine.Registry().ByRef(ref), p)
}
