package exchange_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/cache"
	"github.com/apposengine/appos/internal/declare"
	"github.com/apposengine/appos/internal/engine"
	"github.com/apposengine/appos/internal/exchange"
	"github.com/apposengine/appos/internal/graph"
	"github.com/apposengine/appos/internal/logs"
	"github.com/apposengine/appos/internal/metrics"
	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/internal/store/storetest"
)

// A company with what its files are about.

var company = appos.NewApp("co", []byte("app:\n  name: Company\n  groups: [staff, bosses]\n"))

type Client struct {
	appos.Entity[Client]

	Code   string          `validate:"required,max=10" appos:"unique"`
	Name   string          `validate:"required,max=100" appos:"display,search"`
	Email  string          `validate:"omitempty,email"`
	Tier   string          `validate:"oneof=bronze silver gold" appos:"default=bronze"`
	Credit decimal.Decimal `validate:"gte=0" appos:"scale=2"`
	Since  *time.Time
	Active bool
	Tags   []string
	Points []int
	Score  *float64
	Salary *decimal.Decimal `appos:"scale=2,view=bosses,update=bosses"`
	Pin    *string          `appos:"view=bosses"`
	Badge  *string          `appos:"unique,view=bosses"`
	Parent *appos.ID[Client]
	Town   *appos.ID[Town]
}

type Town struct {
	appos.Entity[Town]

	Name string `validate:"required" appos:"display"`
	Zip  string `appos:"unique"`
}

var (
	crud = appos.CRUD{View: appos.Allow("staff"), Create: appos.Allow("staff"), Update: appos.Allow("staff"), Delete: appos.Allow("staff")}
	_    = appos.Record[Client](company, crud, appos.Audited)
	_    = appos.Record[Town](company, crud)
	_    = appos.Translations(company, "labels", struct{ ClientName appos.Text }{
		appos.Text{"en": "Company name", "fr": "Raison sociale", "de": "Firmenname"},
	})
)

// bench is a platform on one database, and a folder for files.
type bench struct {
	testing.TB
	ctx    context.Context // as staff
	engine *engine.Engine
	reg    *object.Registry
	dir    string
}

func setup(t testing.TB, url string, apps ...*appos.App) *bench {
	t.Helper()
	return begin(t, url, true, apps)
}

// attach is a platform on a database that another has set up.
func attach(t testing.TB, url string, apps ...*appos.App) *bench {
	t.Helper()
	return begin(t, url, false, apps)
}

func begin(t testing.TB, url string, fresh bool, apps []*appos.App) *bench {
	t.Helper()
	b := &bench{TB: t, dir: t.TempDir()}
	ctx := t.Context()
	d := declare.Read(apps)
	db := storetest.Open(t, url)
	pipeline, err := logs.Open(logs.Config{Dir: filepath.Join(b.dir, "logs")})
	b.must(err)
	t.Cleanup(func() { pipeline.Close() })
	kept := cache.NewMemory(cache.MemoryOptions{})
	t.Cleanup(kept.Close)
	edges, err := graph.NewObserved(graph.Config{Objects: d.Registry.Objects})
	b.must(err)
	if fresh {
		b.must(migrate.Create(ctx, db, security.Tables()...))
	}
	sec, err := security.New(ctx, security.Options{DB: db, Registry: d.Registry})
	b.must(err)
	b.engine, err = engine.New(engine.Config{
		Registry: d.Registry, DB: db, Permissions: sec.Permissions(), Logs: pipeline, Metrics: metrics.NewObjects(metrics.Config{Objects: d.Registry.Objects}),
		Edges: edges, Cache: kept, Env: "test", Language: "en", Now: time.Now,
	}, d.Faults...)
	b.must(err)
	b.reg = d.Registry
	if fresh {
		b.must(migrate.Create(ctx, db, b.engine.Tables()...))
		groups := map[string]string{}
		for _, g := range d.Groups {
			groups[g] = ""
		}
		_, err = sec.Bootstrap(ctx, security.Bootstrap{Groups: groups})
		b.must(err)
		_, err = sec.Permissions().Sync(ctx, d.Defaults())
		b.must(err)
		system, err := sec.UserNamed(ctx, security.SystemUser)
		b.must(err)
		b.ctx = b.engine.Begin(ctx, system, "")
		_, err = sec.CreateUser(b.ctx, system, security.NewUser{Name: "sue", Groups: []string{"staff"}, Type: object.ServiceAccount})
		b.must(err)
	}
	sue, err := sec.UserNamed(ctx, "sue")
	b.must(err)
	b.ctx = b.engine.Begin(ctx, sue, "")
	return b
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// file writes a file and returns its path.
func (b *bench) file(name, content string) string {
	b.Helper()
	path := filepath.Join(b.dir, name)
	b.must(os.WriteFile(path, []byte(content), 0o600))
	return path
}

func (b *bench) config(ref, path string) exchange.Config {
	return exchange.Config{
		Gate: b.engine, Object: b.reg.ByRef(ref), User: "sue", File: path, Name: filepath.Base(path),
		Dir: filepath.Join(b.dir, "imports"), Now: time.Now,
	}
}

// try imports a file.
func (b *bench) try(ref, path string, o exchange.Options) (exchange.Job, []exchange.Fault, error) {
	b.Helper()
	if o.Format == "" {
		o.Format, _ = exchange.FormatOfFile(path)
	}
	im, err := exchange.New(b.ctx, b.config(ref, path), o)
	if err != nil {
		return exchange.Job{}, nil, err
	}
	job, err := im.Run(b.ctx)
	return job, im.Faults(), err
}

// load imports a file in which nothing is wrong.
func (b *bench) load(ref, path string, o exchange.Options) exchange.Job {
	b.Helper()
	job, faults, err := b.try(ref, path, o)
	if err != nil || job.Failed > 0 || job.State != exchange.Done {
		b.Fatalf("importing %s: %+v, faults %+v, %v", path, job, faults, err)
	}
	return job
}

func find[T any](b *bench, query func(*T, *appos.Query)) []T {
	b.Helper()
	rows, err := appos.Find(b.ctx, query)
	b.must(err)
	return rows
}

func count[T any](b *bench) int {
	b.Helper()
	n, err := appos.Count[T](b.ctx, nil)
	b.must(err)
	return n
}

// says checks that an error, with its fields, contains texts.
func (b *bench) says(err error, texts ...string) {
	b.Helper()
	if err == nil {
		b.Errorf("no error; want one with %q", texts)
		return
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			b.Errorf("error %q does not say %q", err, text)
		}
	}
}
