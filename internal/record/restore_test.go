package record_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
)

// restore brings a customer back as a user who may bring deleted ones back too.
func (b *bench) restore(a *record.Access, id, version, expected int64) (*Customer, []string, error) {
	row := &Customer{}
	lost, err := b.customers.Restore(b.ctx, a, id, version, expected, row, func() error { return nil })
	return row, lost, err
}

// state is what a customer is, without its system fields.
func state(b *bench, row *Customer) string {
	text := jsonOf(b, b.customers, row)
	return text[strings.Index(text, `"code"`):]
}

func TestRestore(t *testing.T) { onEach(t, testRestore) }

func testRestore(t *testing.T, b *bench) {
	b.must(b.regions.Create(b.ctx, nil, &Region{Name: "North"}))
	north := appos.ID[Region](1)
	first := b.customer("A", func(c *Customer) {
		c.Email, c.Stars, c.Score, c.Seen = ptr(""), ptr(int32(3)), 2.5, ptr(start)
		c.Tags, c.Address, c.Region, c.Salary = []string{"x", "y"}, &Address{Street: "S"}, &north, ptr(decimal.RequireFromString("9.90"))
	})
	states := []string{"", state(b, first)}
	for i, change := range []func(c *Customer){
		func(c *Customer) {
			c.Email, c.Stars, c.Seen, c.Region, c.Salary, c.Address = nil, nil, nil, nil, nil, nil
		},
		func(c *Customer) { c.Email, c.Active, c.Tags = ptr("a@b.c"), true, nil },
		func(c *Customer) { c.Name, c.Tier, c.Credit, c.Score = "Other", "gold", decimal.NewFromInt(7), -1 },
		func(c *Customer) { c.Email, c.Active, c.Name = nil, false, "Third" },
	} {
		b.change(1, "ana", change)
		var row Customer
		b.must(b.customers.Get(b.ctx, nil, 1, &row))
		states = append(states, state(b, &row))
		if int(row.Version) != i+2 {
			t.Fatalf("version %d", row.Version)
		}
	}
	// every version, from whatever came before it
	is := int64(len(states) - 1)
	for _, version := range []int64{1, 4, 2, 3, 1} {
		row, lost, err := b.restore(open("sam"), 1, version, is)
		b.must(err)
		is++
		if state(b, row) != states[version] || row.Version != is || row.UpdatedBy != "sam" || lost != nil {
			t.Errorf("version %d came back as %s at version %d, lost %v\nit was %s", version, state(b, row), row.Version, lost, states[version])
		}
		var stored Customer
		b.must(b.customers.Get(b.ctx, nil, 1, &stored))
		if state(b, &stored) != states[version] {
			t.Errorf("version %d is stored as %s", version, state(b, &stored))
		}
		states = append(states, state(b, row))
	}
	wantHistory(b, b.customers, nil, &object.HistoryQuery{Row: 1, Limit: 1, Fields: []*object.Field{b.field(b.customers, "tags"), b.field(b.customers, "active")}},
		"10 restore of 1 by sam x-sam: active true→false, tags []→[x y]")

	// what is as it was is not stored again
	row, _, err := b.restore(open("sam"), 1, 10, 0)
	if b.must(err); row.Version != 10 {
		t.Errorf("nothing was restored as version %d", row.Version)
	}
	for _, version := range []int64{-1, 0, 11} {
		_, _, err := b.restore(nil, 1, version, 0)
		wantError(t, err, object.Invalid, "version", "range")
	}
	_, _, err = b.restore(nil, 1, 2, 9)
	wantError(t, err, object.Conflict)
	_, _, err = b.restore(nil, 7, 1, 0)
	wantError(t, err, object.NotFound)
	_, err = b.orders.Restore(b.ctx, nil, 1, 1, 0, &Order{}, nil)
	wantError(t, err, object.Dispatch)
}

// A restore is an update by who asks for it, and refused as one.
func TestRestoreIsAnUpdate(t *testing.T) { onEach(t, testRestoreIsAnUpdate) }

func testRestoreIsAnUpdate(t *testing.T, b *bench) {
	b.must(b.regions.Create(b.ctx, nil, &Region{Name: "North"}))
	b.must(b.regions.Create(b.ctx, nil, &Region{Name: "South"}))
	north, south := appos.ID[Region](1), appos.ID[Region](2)
	b.customer("A", func(c *Customer) { c.Region, c.Salary, c.Secret = &north, ptr(decimal.NewFromInt(1)), ptr("s1") })
	b.change(1, "boss", func(c *Customer) {
		c.Code, c.Region, c.Salary, c.Secret, c.Name = "B", &south, ptr(decimal.NewFromInt(2)), ptr("s2"), "Second"
	})

	t.Run("read-only fields", func(t *testing.T) {
		a := open("ana")
		a.ReadOnly = mask(b.customers, "salary")
		_, _, err := b.restore(a, 1, 1, 0)
		wantError(t, err, object.Denied, "salary", "read_only")
	})
	t.Run("rows within reach", func(t *testing.T) {
		a := open("ana")
		a.Rows = []object.Cond{{Op: object.OpEq, Field: b.field(b.customers, "region_id"), Value: south}}
		_, _, err := b.restore(a, 1, 1, 0)
		wantError(t, err, object.Denied) // it would leave their reach
		a.Rows[0].Value = north
		_, _, err = b.restore(a, 1, 1, 0)
		wantError(t, err, object.NotFound)
	})
	t.Run("unique values", func(t *testing.T) {
		b.customer("A")
		_, _, err := b.restore(open("ana"), 1, 1, 0)
		wantError(t, err, object.Conflict, "code", "unique")
		b.must(b.customers.Delete(b.ctx, nil, 2, 0))
	})
	t.Run("validation", func(t *testing.T) {
		a := open("ana")
		a.Validate = func(row any) error {
			if row.(*Customer).Code == "A" {
				return object.Errorf(object.Invalid, "no A any more")
			}
			return nil
		}
		_, _, err := b.restore(a, 1, 1, 0)
		wantError(t, err, object.Invalid)
	})
	t.Run("references", func(t *testing.T) {
		b.must(b.regions.Delete(b.ctx, nil, 1, 0))
		_, _, err := b.restore(open("ana"), 1, 1, 0)
		wantError(t, err, object.Invalid, "region_id")
		_, err = b.db.Exec(b.ctx, `INSERT INTO "crm_region" ("id", "version", "created_at", "created_by", "updated_at", "updated_by", "name") SELECT 1, 1, "created_at", '', "updated_at", '', 'North' FROM "crm_region" WHERE "id" = 2`)
		b.must(err)
	})
	t.Run("events", func(t *testing.T) {
		a := open("ana")
		a.Changed = func(_ context.Context, on object.Change, before, after any) error {
			if c := after.(*Customer); on != object.Updated || before.(*Customer).Code != "B" || c.Code != "A" || c.Salary.IntPart() != 1 {
				t.Errorf("%s of %+v", on, after)
			}
			return object.Errorf(object.Conflict, "not now")
		}
		_, _, err := b.restore(a, 1, 1, 0)
		wantError(t, err, object.Conflict)
	})
	// hidden fields stay as they are; concealed values cannot come back
	a := open("ana")
	a.Hidden = mask(b.customers, "salary")
	row, lost, err := b.restore(a, 1, 1, 0)
	b.must(err)
	if row.Code != "A" || row.Salary != nil || !slices.Equal(lost, []string{"secret"}) {
		t.Errorf("restored %+v, lost %v", row, lost)
	}
	var stored Customer
	b.must(b.customers.Get(b.ctx, nil, 1, &stored))
	if stored.Salary.IntPart() != 2 || *stored.Secret != "s2" {
		t.Errorf("stored %+v", stored)
	}
}

func TestRestoreOfDeletedRows(t *testing.T) { onEach(t, testRestoreOfDeletedRows) }

func testRestoreOfDeletedRows(t *testing.T, b *bench) {
	b.customer("A", func(c *Customer) { c.Tags = []string{"x"} })
	b.change(1, "ana", func(c *Customer) { c.Name = "Second" })
	b.must(b.customers.Delete(b.ctx, open("ana"), 1, 0))

	refuse := object.Errorf(object.Denied, "not you")
	_, err := b.customers.Restore(b.ctx, open("eve"), 1, 2, 0, &Customer{}, func() error { return refuse })
	wantError(t, err, object.Denied)
	_, _, err = b.restore(open("ana"), 1, 3, 0)
	wantError(t, err, object.Invalid, "version", "deleted")
	_, _, err = b.restore(open("ana"), 1, 2, 2)
	wantError(t, err, object.Conflict) // it has version 3

	var created []string
	a := open("ana")
	a.Changed = func(_ context.Context, on object.Change, before, after any) error {
		created = append(created, fmt.Sprint(on, before, after.(*Customer).Name))
		return nil
	}
	row, _, err := b.restore(a, 1, 1, 3)
	b.must(err)
	if row.Version != 4 || row.Name != "Customer A" || !slices.Equal(created, []string{"create <nil>Customer A"}) {
		t.Errorf("%+v, events %q", row, created)
	}
	b.must(b.customers.Get(b.ctx, nil, 1, &Customer{}))
	wantHistory(b, b.customers, nil, &object.HistoryQuery{Row: 1, Limit: 2},
		"4 restore of 1 by ana x-ana: name Second→Customer A",
		"3 delete by ana x-ana: code A→-, name Second→-, tier bronze→-, credit 12.5→-, tags [x]→-")

	// as it was when it went, with nothing to change
	b.must(b.customers.Delete(b.ctx, open("ana"), 1, 0))
	if row, _, err = b.restore(open("sam"), 1, 4, 0); err != nil || row.Version != 6 || row.Name != "Customer A" {
		t.Errorf("%+v, %v", row, err)
	}
	wantHistory(b, b.customers, nil, &object.HistoryQuery{Row: 1, Limit: 1}, "6 restore of 4 by sam x-sam: ")
	// through a deletion and a return
	if row, _, err = b.restore(open("sam"), 1, 2, 0); err != nil || row.Name != "Second" {
		t.Errorf("%+v, %v", row, err)
	}

	// what has become somebody else's meanwhile
	b.must(b.customers.Delete(b.ctx, nil, 1, 0))
	b.customer("A")
	_, _, err = b.restore(open("sam"), 1, 2, 0)
	wantError(t, err, object.Conflict, "code", "unique")
}

// Fields come, go and change; a restore says what it cannot bring back.
func TestRestoreAcrossSchemas(t *testing.T) { onEach(t, testRestoreAcrossSchemas) }

func testRestoreAcrossSchemas(t *testing.T, b *bench) {
	b.customer("A", func(c *Customer) { c.Stars = ptr(int32(3)) })
	b.change(1, "ana", func(c *Customer) { c.Name, c.Stars = "Second", ptr(int32(4)) })
	b.change(1, "ana", func(c *Customer) { c.Name = "Third" })
	exec := func(text string, args ...any) {
		t.Helper()
		if n, err := b.db.Exec(b.ctx, text, args...); err != nil || n == 0 {
			t.Fatal(n, err)
		}
	}
	exec(`UPDATE "crm_customer_audit_log" SET "field" = 'gone' WHERE "field" = 'stars'`)
	row, lost, err := b.restore(open("ana"), 1, 1, 0)
	if err != nil || row.Name != "Customer A" || !slices.Equal(lost, []string{"gone"}) {
		t.Errorf("%+v lost %v, %v", row, lost, err)
	}
	exec(`UPDATE "crm_customer_audit_log" SET "field" = 'stars', "old_value" = 'three' WHERE "field" = 'gone'`)
	_, _, err = b.restore(open("ana"), 1, 1, 0)
	e := wantError(t, err, object.Invalid, "stars", "type")
	if !strings.Contains(e.Error(), `stars had the value "three" in version 1, but now must be a whole number`) {
		t.Errorf("%v", e)
	}
	exec(`UPDATE "crm_customer_audit_log" SET "field" = 'score', "old_value" = NULL WHERE "field" = 'stars'`)
	_, _, err = b.restore(open("ana"), 1, 1, 0)
	wantError(t, err, object.Invalid, "score", "required")

	// a change that was not audited
	exec(`DELETE FROM "crm_customer_audit_log" WHERE "version" = 2`)
	_, _, err = b.restore(open("ana"), 1, 1, 0)
	if e := wantError(t, err, object.Conflict); !strings.Contains(e.Error(), "version 1 of customer 1 cannot be restored: what version 2 changed was not audited") {
		t.Errorf("%v", e)
	}
	if row, _, err := b.restore(open("ana"), 1, 2, 0); err != nil || row.Name != "Second" {
		t.Errorf("%+v, %v", row, err)
	}
}

// Restores and updates at the same time lose nothing: each either finds the row
// as it expects it or is refused.
func TestRestoreWhileWriting(t *testing.T) { onEach(t, testRestoreWhileWriting) }

func testRestoreWhileWriting(t *testing.T, b *bench) {
	b.customer("A")
	b.change(1, "ana", func(c *Customer) { c.Name = "Second" })
	var wg sync.WaitGroup
	var mu sync.Mutex
	stored := 0
	for w := range 4 {
		wg.Go(func() {
			for n := range 20 {
				var err error
				if w%2 == 0 {
					_, _, err = b.restore(open("sam"), 1, int64(n%2+1), 0)
				} else {
					var row Customer
					err = b.customers.Update(b.ctx, open("ana"), 1, 0, &row, func() error { row.Score++; return nil })
					if err == nil {
						mu.Lock()
						stored++
						mu.Unlock()
					}
				}
				if err != nil && !errors.Is(err, object.Conflict) {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	// the log tells the row's whole way, so each version of it can be had
	var row Customer
	b.must(b.customers.Get(b.ctx, nil, 1, &row))
	seen := map[int64]bool{}
	updates := 0
	for q := (object.HistoryQuery{Row: 1, Limit: 200}); ; {
		page, next, err := b.customers.History(b.ctx, nil, &q)
		b.must(err)
		for _, e := range page {
			seen[e.Version] = true
			if e.Operation == "update" && e.By == "ana" && e.Version > 2 {
				updates++
			}
		}
		if q.Before = next; next == 0 {
			break
		}
	}
	if int64(len(seen)) != row.Version || updates != stored {
		t.Errorf("%d versions are told of %d, %d updates of %d", len(seen), row.Version, updates, stored)
	}
	back, _, err := b.restore(nil, 1, 1, row.Version)
	if err != nil || back.Name != "Customer A" || back.Score != 0 {
		t.Errorf("%+v, %v", back, err)
	}
}
