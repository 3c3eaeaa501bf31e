package record_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
)

func TestCreateAndGet(t *testing.T) {
	b := setup(t)
	region := &Region{Name: "North"}
	b.must(b.regions.Create(b.ctx, open("ana"), region))
	in := &Customer{
		Code: "C1", Name: "Änne <&> \"x\"", Email: ptr("a@b.c"), Credit: decimal.RequireFromString("10.005"),
		Salary: ptr(decimal.RequireFromString("-0.05")), Active: true, Stars: ptr(int32(-3)), Score: 1.5,
		Seen: ptr(start), Tags: []string{"x", "y"}, Address: &Address{"Main", "1"}, Region: &region.ID,
		Secret: ptr("s3cret"),
	}
	b.must(b.customers.Create(b.ctx, open("ana"), in))
	if in.ID != 1 || in.Version != 1 || in.CreatedBy != "ana" || in.UpdatedBy != "ana" || in.CreatedAt.IsZero() || in.Tier != "bronze" {
		t.Errorf("system fields and defaults: %+v", in)
	}
	if in.Credit.String() != "10.01" || !in.Seen.Equal(start.Truncate(time.Microsecond)) {
		t.Errorf("precision: %s %s", in.Credit, in.Seen)
	}
	var out Customer
	b.must(b.customers.Get(b.ctx, open("sam"), 1, &out))
	if got, want := fmt.Sprintf("%+v", jsonOf(b, b.customers, &out)), fmt.Sprintf("%+v", jsonOf(b, b.customers, in)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if *out.Secret != "s3cret" || out.Address.Street != "Main" || *out.Stars != -3 || out.Tags[1] != "y" {
		t.Errorf("row %+v", out)
	}
	wantError(t, b.customers.Get(b.ctx, open("sam"), 2, &out), object.NotFound)
	wantError(t, b.customers.Get(b.ctx, open("sam"), 1, &Region{}), object.Internal)
	wantError(t, b.customers.Get(b.ctx, open("sam"), 1, (*Customer)(nil)), object.Internal)
}

func jsonOf(b *bench, p *record.Plan, row any) string {
	return string(p.AppendJSON(nil, row, record.Mask{}))
}

func TestCreateRefuses(t *testing.T) {
	b := setup(t)
	b.customer("C1", func(c *Customer) { c.Email = ptr("a@b.c") })
	deleted := b.customer("C2")
	b.must(b.customers.Delete(b.ctx, nil, int64(deleted.ID), 0))
	for name, c := range map[string]struct {
		row         any
		plan        *record.Plan
		code        object.Code
		field, rule string
		message     string
	}{
		"unique":            {&Customer{Code: "C1", Name: "x"}, b.customers, object.Conflict, "code", "unique", `"C1" is already taken`},
		"unique optional":   {&Customer{Code: "C3", Name: "x", Email: ptr("a@b.c")}, b.customers, object.Conflict, "email", "unique", `"a@b.c" is already taken`},
		"missing reference": {&Order{Number: "1", Customer: 99}, b.orders, object.Invalid, "customer_id", "exists", "no customer with id 99"},
		"deleted reference": {&Order{Number: "1", Customer: deleted.ID}, b.orders, object.Invalid, "customer_id", "exists", "no customer with id 2"},
		"no reference":      {&Order{Number: "1"}, b.orders, object.Invalid, "customer_id", "required", "is required"},
		"nul":               {&Customer{Code: "C\x00", Name: "x"}, b.customers, object.Invalid, "code", "type", "NUL"},
		"not utf-8":         {&Customer{Code: "C\xff", Name: "x"}, b.customers, object.Invalid, "code", "type", "UTF-8"},
		"too large":         {&Customer{Code: "C4", Name: "x", Credit: decimal.New(1, 30)}, b.customers, object.Invalid, "credit", "max", "too large"},
	} {
		t.Run(name, func(t *testing.T) {
			before := count(b, c.plan)
			e := wantError(t, c.plan.Create(b.ctx, open("ana"), c.row), c.code, c.field, c.rule)
			if !strings.Contains(e.Fields[0].Message, c.message) {
				t.Errorf("message %q, want %q", e.Fields[0].Message, c.message)
			}
			if e.Object != c.plan.Object().Ref || c.plan.ID(c.row) != 0 || count(b, c.plan) != before {
				t.Errorf("error %+v, row %+v", e, c.row)
			}
		})
	}
	// a deleted row gives its unique values back
	b.must(b.customers.Create(b.ctx, open("ana"), &Customer{Code: "C2", Name: "again"}))
}

func count(b *bench, p *record.Plan) int {
	b.Helper()
	n, err := p.Count(b.ctx, nil, &object.Query{}, 0)
	b.must(err)
	return n
}

func TestUpdate(t *testing.T) {
	b := setup(t)
	c := b.customer("C1", func(c *Customer) { c.Email = ptr("a@b.c"); c.Tags = []string{"a"}; c.Secret = ptr("old") })
	var row Customer
	b.must(b.customers.Update(b.ctx, open("sam"), 1, 1, &row, func() error {
		*row.Email = "d@e.f" // what a pointer leads to
		row.Tags[0] = "b"    // what a slice leads to
		row.Credit = decimal.RequireFromString("12.5000")
		row.ID, row.Version, row.CreatedBy = 7, 9, "eve"
		row.Secret = ptr("new")
		return nil
	}))
	if row.ID != 1 || row.Version != 2 || row.CreatedBy != "system" || row.UpdatedBy != "sam" || !row.UpdatedAt.After(c.UpdatedAt) {
		t.Errorf("system fields: %+v", row)
	}
	var stored Customer
	b.must(b.customers.Get(b.ctx, nil, 1, &stored))
	if jsonOf(b, b.customers, &stored) != jsonOf(b, b.customers, &row) {
		t.Errorf("stored %s\nreturned %s", jsonOf(b, b.customers, &stored), jsonOf(b, b.customers, &row))
	}
	wantHistory(b, b.customers, nil, &object.HistoryQuery{Row: 1},
		"2 update by sam x-sam: email a@b.c→d@e.f, tags [a]→[b]",
		"1 create by system : code -→C1, name -→Customer C1, email -→a@b.c, tier -→bronze, credit -→12.5, tags -→[a]")

	b.must(b.customers.Update(b.ctx, open("sam"), 1, 2, &row, func() error { return nil }))
	if row.Version != 2 {
		t.Error("an update without a change was stored")
	}
	e := wantError(t, b.customers.Update(b.ctx, open("sam"), 1, 1, &row, func() error { t.Error("changed a stale row"); return nil }), object.Conflict)
	if !strings.Contains(e.Text, "version 1 was expected, it has version 2") {
		t.Errorf("text %q", e.Text)
	}
	wantError(t, b.customers.Update(b.ctx, open("sam"), 5, 0, &row, func() error { return nil }), object.NotFound)
	boom := errors.New("boom")
	if err := b.customers.Update(b.ctx, open("sam"), 1, 0, &row, func() error { row.Name = "lost"; return boom }); !errors.Is(err, boom) {
		t.Errorf("error %v", err)
	}
	a := open("sam")
	a.Validate = func(row any) error { return object.Errorf(object.Invalid, "no") }
	wantError(t, b.customers.Update(b.ctx, a, 1, 0, &row, func() error { row.Name = "lost"; return nil }), object.Invalid)
	b.customer("C2")
	wantError(t, b.customers.Update(b.ctx, open("sam"), 2, 0, &row, func() error { row.Code = "C1"; return nil }), object.Conflict, "code", "unique")
	b.must(b.customers.Get(b.ctx, nil, 1, &stored))
	if stored.Version != 2 || stored.Name != "Customer C1" {
		t.Errorf("stored %+v", stored)
	}
}

func TestDelete(t *testing.T) {
	b := setup(t)
	b.customer("C1")
	for i := range 2 {
		b.must(b.orders.Create(b.ctx, nil, &Order{Number: fmt.Sprint(i), Customer: 1}))
	}
	b.must(b.notes.Create(b.ctx, nil, &Note{Customer: ptr(appos.ID[Customer](1))}))
	e := wantError(t, b.customers.Delete(b.ctx, open("ana"), 1, 0), object.Conflict)
	if !strings.Contains(e.Text, "1 note and 2 orders") {
		t.Errorf("text %q", e.Text)
	}
	// who may not view notes, and only some orders, learns no numbers of them
	narrow := open("sam")
	narrow.Related = func(o *object.Object) (*record.Access, error) {
		if o.Name == "note" {
			return nil, object.Errorf(object.Denied, "no")
		}
		return &record.Access{Rows: []object.Cond{{Op: object.OpEq, Field: b.field(b.orders, "number"), Value: "0"}}}, nil
	}
	e = wantError(t, b.customers.Delete(b.ctx, narrow, 1, 0), object.Conflict)
	if !strings.HasSuffix(e.Text, "referred to by 1 order and rows that you may not see") {
		t.Errorf("text %q", e.Text)
	}
	for i := range 2 {
		b.must(b.orders.Delete(b.ctx, nil, int64(i+1), 1))
	}
	b.must(b.notes.Delete(b.ctx, nil, 1, 0))
	wantError(t, b.customers.Delete(b.ctx, open("ana"), 1, 3), object.Conflict)
	b.must(b.customers.Delete(b.ctx, open("ana"), 1, 1))
	wantError(t, b.customers.Delete(b.ctx, open("ana"), 1, 0), object.NotFound)
	wantError(t, b.customers.Get(b.ctx, open("ana"), 1, &Customer{}), object.NotFound)
	wantHistory(b, b.customers, nil, &object.HistoryQuery{Row: 1, Limit: 1}, "2 delete by ana x-ana: code C1→-, name Customer C1→-, tier bronze→-, credit 12.5→-")
	if n := count(b, b.customers); n != 0 {
		t.Errorf("%d customers", n)
	}
}

func TestCreateAll(t *testing.T) {
	b := setup(t)
	rows := make([]Customer, 2000)
	for i := range rows {
		rows[i] = Customer{Code: fmt.Sprint(i), Name: "n"}
	}
	b.must(b.customers.CreateAll(b.ctx, open("ana"), len(rows), func(i int) any { return &rows[i] }))
	if rows[1999].ID != 2000 || count(b, b.customers) != 2000 {
		t.Errorf("last %+v", rows[1999])
	}
	more := []Customer{{Code: "x", Name: "n"}, {Code: "7", Name: "n"}}
	wantError(t, b.customers.CreateAll(b.ctx, open("ana"), 2, func(i int) any { return &more[i] }), object.Conflict, "[1].code", "unique")
	if more[0].ID != 0 || count(b, b.customers) != 2000 {
		t.Error("half of a bulk was stored")
	}
}

func TestAccess(t *testing.T) {
	b := setup(t)
	b.must(b.regions.Create(b.ctx, nil, &Region{Name: "North"}))
	b.must(b.regions.Create(b.ctx, nil, &Region{Name: "South"}))
	north, south := appos.ID[Region](1), appos.ID[Region](2)
	b.customer("N", func(c *Customer) { c.Region = &north; c.Salary = ptr(decimal.NewFromInt(100)) })
	b.customer("S", func(c *Customer) { c.Region = &south; c.Salary = ptr(decimal.NewFromInt(200)) })
	a := open("ana")
	a.Rows = []object.Cond{{Op: object.OpEq, Field: b.field(b.customers, "region_id"), Value: north}}
	a.Hidden = mask(b.customers, "salary", "score")
	a.ReadOnly = mask(b.customers, "salary", "credit")

	var row Customer
	b.must(b.customers.Get(b.ctx, a, 1, &row))
	if row.Salary != nil {
		t.Error("a hidden field was read")
	}
	wantError(t, b.customers.Get(b.ctx, a, 2, &row), object.NotFound)
	wantError(t, b.customers.Delete(b.ctx, a, 2, 0), object.NotFound)
	wantError(t, b.customers.Update(b.ctx, a, 2, 0, &row, func() error { return nil }), object.NotFound)
	rows, _ := find[Customer](b, b.customers, a, &object.Query{})
	if n, err := b.customers.Count(b.ctx, a, &object.Query{}, 0); len(rows) != 1 || n != 1 || err != nil || rows[0].Salary != nil {
		t.Errorf("found %d, counted %d, %v", len(rows), n, err)
	}
	wantHistory(b, b.customers, a, &object.HistoryQuery{Row: 1}, "1 create by system : code -→N, name -→Customer N, tier -→bronze, credit -→12.5, region_id -→1")
	_, _, err := b.customers.History(b.ctx, a, &object.HistoryQuery{Row: 2})
	wantError(t, err, object.NotFound)

	// out of the rows
	wantError(t, b.customers.Create(b.ctx, a, &Customer{Code: "X", Name: "x", Region: &south}), object.Denied)
	wantError(t, b.customers.CreateAll(b.ctx, a, 1, func(int) any { return &Customer{Code: "X", Name: "x"} }), object.Denied)
	wantError(t, b.customers.Update(b.ctx, a, 1, 0, &row, func() error { row.Region = &south; return nil }), object.Denied)
	if n := count(b, b.customers); n != 2 {
		t.Errorf("%d customers", n)
	}

	// read-only and hidden fields
	wantError(t, b.customers.Update(b.ctx, a, 1, 0, &row, func() error { row.Credit = decimal.NewFromInt(1); return nil }), object.Denied, "credit", "read_only")
	wantError(t, b.customers.Update(b.ctx, a, 1, 0, &row, func() error { row.Salary = ptr(decimal.NewFromInt(100)); return nil }), object.Denied, "salary", "read_only")
	wantError(t, b.customers.Create(b.ctx, a, &Customer{Code: "X", Name: "x", Region: &north, Credit: decimal.NewFromInt(1)}), object.Denied, "credit", "read_only")
	a.Validate = func(row any) error {
		if c := row.(*Customer); c.Salary == nil {
			return errors.New("hidden values are not in place")
		}
		return nil
	}
	b.must(b.customers.Update(b.ctx, a, 1, 0, &row, func() error {
		if row.Salary != nil {
			t.Error("change sees a hidden field")
		}
		row.Name, row.Score = "changed", 3
		return nil
	}))
	if row.Salary != nil || row.Score != 0 {
		t.Error("a hidden field came back")
	}
	var all Customer
	b.must(b.customers.Get(b.ctx, nil, 1, &all))
	if all.Salary == nil || all.Salary.String() != "100" || all.Score != 3 || all.Name != "changed" {
		t.Errorf("stored %+v", all)
	}
	for _, q := range []*object.Query{
		{Where: []object.Cond{{Op: object.OpGt, Field: b.field(b.customers, "salary"), Value: 1}}},
		{Order: []object.Order{{Field: b.field(b.customers, "salary")}}},
		{Where: []object.Cond{{Op: object.OpEq, Field: b.field(b.customers, "secret"), Value: "x"}}},
		{Where: []object.Cond{{Op: object.OpNot, Kids: []object.Cond{{Op: object.OpIsNull, Field: b.field(b.customers, "salary"), Value: true}}}}},
	} {
		_, err := b.customers.Find(b.ctx, a, q, func() any { return &Customer{} })
		wantError(t, err, object.Invalid)
		_, err = b.customers.Count(b.ctx, open("ana"), &object.Query{Where: []object.Cond{{Op: object.OpEq, Field: b.field(b.customers, "secret"), Value: "x"}}}, 0)
		wantError(t, err, object.Invalid)
	}
	if s := string(b.customers.AppendJSON(nil, &all, a.Hidden)); strings.Contains(s, "salary") || strings.Contains(s, "secret") {
		t.Errorf("JSON %s", s)
	}

	// references to rows that the user may not see
	a = open("ana")
	a.Related = func(o *object.Object) (*record.Access, error) {
		return &record.Access{User: "ana", Rows: []object.Cond{{Op: object.OpEq, Field: b.field(b.regions, "name"), Value: "North"}}}, nil
	}
	wantError(t, b.customers.Create(b.ctx, a, &Customer{Code: "Y", Name: "x", Region: &south}), object.Invalid, "region_id", "exists")
	b.must(b.customers.Create(b.ctx, a, &Customer{Code: "Y", Name: "x", Region: &north}))
	wantError(t, b.orders.Create(b.ctx, &record.Access{User: "ana"}, &Order{Number: "1", Customer: 1}), object.Invalid, "customer_id", "exists")
}

func TestTransactions(t *testing.T) {
	b := setup(t)
	boom := errors.New("boom")
	err := b.db.Tx(b.ctx, func(ctx context.Context) error {
		b.must(b.customers.Create(ctx, nil, &Customer{Code: "1", Name: "n"}))
		b.must(b.customers.Get(ctx, nil, 1, &Customer{}))
		b.must(b.records.AddEvent(ctx, "crm", "signed", map[string]any{"by": 1}, "ana", "x"))
		return boom
	})
	if !errors.Is(err, boom) || count(b, b.customers) != 0 {
		t.Errorf("error %v, %d rows", err, count(b, b.customers))
	}
	b.must(b.records.AddEvent(b.ctx, "crm", "signed", nil, "ana", "x"))
	wantError(t, b.records.AddEvent(b.ctx, "nope", "signed", nil, "ana", "x"), object.Dispatch)
	ctx, cancel := context.WithCancel(b.ctx)
	cancel()
	err = b.customers.Create(ctx, nil, &Customer{Code: "1", Name: "n"})
	if wantError(t, err, object.Timeout); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	b.must(b.db.Close())
	wantError(t, b.customers.Create(b.ctx, nil, &Customer{Code: "1", Name: "n"}), object.RecordFault)
}
