package record_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
	"github.com/apposengine/appos/internal/secret"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
)

type Tier string

type Address struct {
	Street string `json:"street"`
	Zip    string `json:"zip"`
}

type Region struct {
	appos.Entity[Region]
	Name string `validate:"required" appos:"display,unique,search"`
}

type Customer struct {
	appos.Entity[Customer]
	Code    string           `appos:"unique,search"`
	Name    string           `validate:"required" appos:"display,search"`
	Email   *string          `appos:"unique"`
	Tier    Tier             `validate:"oneof=bronze silver gold" appos:"default=bronze"`
	Credit  decimal.Decimal  `appos:"scale=2"`
	Salary  *decimal.Decimal `appos:"scale=2"`
	Active  bool
	Stars   *int32
	Score   float64
	Seen    *time.Time
	Tags    []string
	Address *Address
	Region  *appos.ID[Region]
	Secret  *string           `appos:"sensitive"`
	Orders  appos.Many[Order] `appos:"by=Customer"`
	Note    appos.One[Note]   `appos:"by=Customer"`
}

type Order struct {
	appos.Entity[Order]
	Number   string `appos:"unique,display"`
	Customer appos.ID[Customer]
	Placed   time.Time
	Total    decimal.Decimal
}

type Note struct {
	appos.Entity[Note]
	Text     string
	Customer *appos.ID[Customer]
}

var (
	App       = appos.NewApp("crm", []byte("name: crm\n"))
	everybody = appos.CRUD{View: appos.Allow("all"), Create: appos.Allow("all"), Update: appos.Allow("all"), Delete: appos.Allow("all")}
	_         = appos.Record[Region](App, everybody)
	_         = appos.Record[Customer](App, everybody, appos.Audited, appos.SoftDeleted)
	_         = appos.Record[Order](App, everybody)
	_         = appos.Record[Note](App, everybody)
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.UTC)

// bench is a database with the records of the app, and a clock that steps.
type bench struct {
	testing.TB
	ctx                               context.Context
	db                                store.DB
	records                           *record.Records
	regions, customers, orders, notes *record.Plan
	now                               time.Time
}

func TestMain(m *testing.M) { storetest.Main(m) }

func setup(t testing.TB) *bench {
	t.Helper()
	if storetest.Kind() == store.PostgreSQL {
		return setupAt(t, storetest.URL(t))
	}
	return setupAt(t, "sqlite::memory:")
}

// setupAt is setup on the database at url, which is empty.
func setupAt(t testing.TB, url string) *bench {
	t.Helper()
	ctx := context.Background()
	db := storetest.Open(t, url)
	reg, faults := object.NewRegistry(App.Descriptor())
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	b := &bench{TB: t, ctx: ctx, db: db, now: start}
	var clock sync.Mutex
	b.records, faults = record.New(db, reg, func() time.Time {
		clock.Lock()
		defer clock.Unlock()
		b.now = b.now.Add(time.Second)
		return b.now
	})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if err := migrate.Create(ctx, db, b.records.Tables()...); err != nil {
		t.Fatal(err)
	}
	b.records.SealWith(passing(t))
	plan := func(ref string) *record.Plan { return b.records.PlanOf(reg.ByRef(ref)) }
	b.regions, b.customers = plan("crm.records.region"), plan("crm.records.customer")
	b.orders, b.notes = plan("crm.records.order"), plan("crm.records.note")
	return b
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// customer stores a customer as AppOS itself.
func (b *bench) customer(code string, change ...func(*Customer)) *Customer {
	b.Helper()
	c := &Customer{Code: code, Name: "Customer " + code, Credit: decimal.RequireFromString("12.50")}
	for _, f := range change {
		f(c)
	}
	b.must(b.customers.Create(b.ctx, nil, c))
	return c
}

// passing is a ring for one test.
func passing(t testing.TB) *secret.Ring {
	t.Helper()
	ring, err := secret.Passing()
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// open is the access of a user whom nothing is hidden from.
func open(user string) *record.Access {
	a := &record.Access{User: user, ExecutionID: "x-" + user}
	a.Related = func(*object.Object) (*record.Access, error) { return open(user), nil }
	return a
}

func (b *bench) field(p *record.Plan, column string) *object.Field {
	b.Helper()
	f := p.Object().Record.Field(column)
	if f == nil {
		b.Fatalf("no field %q", column)
	}
	return f
}

func mask(p *record.Plan, columns ...string) record.Mask {
	return p.Mask(func(f *object.Field) bool {
		for _, c := range columns {
			if f.Column == c {
				return true
			}
		}
		return false
	})
}

// wantError checks the class of an error and, when given, the field and rule.
func wantError(t testing.TB, err error, code object.Code, fieldAndRule ...string) *object.Error {
	t.Helper()
	if !errors.Is(err, code) {
		t.Fatalf("error is %v, want class %s", err, code)
	}
	e := object.AsError(err)
	if len(fieldAndRule) > 0 {
		for _, f := range e.Fields {
			if f.Field == fieldAndRule[0] && (len(fieldAndRule) < 2 || f.Rule == fieldAndRule[1]) {
				return e
			}
		}
		t.Fatalf("error is %+v, want one of %v", e, fieldAndRule)
	}
	return e
}

func ptr[T any](v T) *T { return &v }

func find[T any](b *bench, p *record.Plan, a *record.Access, q *object.Query) ([]T, record.Page) {
	b.Helper()
	var rows []T
	page, err := p.Find(b.ctx, a, q, func() any {
		rows = append(rows, *new(T))
		return &rows[len(rows)-1]
	})
	b.must(err)
	return rows, page
}
