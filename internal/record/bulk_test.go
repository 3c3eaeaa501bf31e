package record_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
)

// customers are n rows that are good.
func customers(n int) []Customer {
	rows := make([]Customer, n)
	for i := range rows {
		rows[i] = Customer{Code: fmt.Sprintf("C%05d", i), Name: "Customer", Credit: decimal.NewFromInt(int64(i))}
	}
	return rows
}

func pointers[T any](rows []T) []any {
	all := make([]any, len(rows))
	for i := range rows {
		all[i] = &rows[i]
	}
	return all
}

func fields(err error) string {
	var all []string
	for _, f := range object.AsError(err).Fields {
		all = append(all, f.Field+" "+f.Rule)
	}
	return strings.Join(all, ", ")
}

// Ids follow the rows, whatever the statements they are inserted with, and each
// row has its entry in the audit log.
func TestCreateAllKeepsTheOrder(t *testing.T) {
	for _, n := range []int{0, 1, 2, 63, 64, 65, 127, 1291} {
		b := setup(t)
		rows := customers(n)
		b.must(b.customers.CreateAll(b.ctx, open("ana"), n, func(i int) any { return &rows[i] }))
		for i := range rows {
			var c Customer
			b.must(b.customers.Get(b.ctx, nil, int64(rows[i].ID), &c))
			if c.Code != rows[i].Code || i > 0 && rows[i].ID != rows[i-1].ID+1 {
				t.Fatalf("of %d rows, row %d has id %d, which is %q", n, i, rows[i].ID, c.Code)
			}
		}
		var entries int
		b.must(b.db.QueryRow(b.ctx, []any{&entries}, `SELECT count(*) FROM crm_customer_audit_log WHERE operation = 'create' AND changed_by = 'ana'`))
		if entries != n {
			t.Errorf("%d rows have %d entries in the audit log", n, entries)
		}
	}
}

func TestCreateAllNamesTheRow(t *testing.T) {
	twice, taken, dangling := customers(700), customers(700), customers(3)
	twice[600].Code = "C00001"
	taken[650].Code = "OLD"
	none := appos.ID[Region](99)
	dangling[2].Region = &none
	for _, tt := range []struct {
		name string
		rows []Customer
		want string
	}{
		{"a value twice in the list", twice, "[600].code unique"},
		{"a value that is taken", taken, "[650].code unique"},
		{"a reference to nothing", dangling, "[2].region_id exists"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := setup(t)
			b.customer("OLD")
			err := b.customers.CreateAll(b.ctx, open("ana"), len(tt.rows), func(i int) any { return &tt.rows[i] })
			if got := fields(err); got != tt.want {
				t.Errorf("error %v names %q, want %q", err, got, tt.want)
			}
			if n, _ := b.customers.Count(b.ctx, nil, &object.Query{}, 0); n != 1 {
				t.Errorf("%d rows are stored", n)
			}
			if tt.rows[0].ID != 0 {
				t.Error("a row that is not stored has an id")
			}
		})
	}
}

func TestCreateEachStoresTheGood(t *testing.T) {
	b := setup(t)
	b.customer("OLD")
	none := appos.ID[Region](99)
	rows := []Customer{
		{Code: "A", Name: "first"}, {Code: "OLD", Name: "taken"}, {Code: "A", Name: "twice"},
		{Code: "B", Name: "dangling", Region: &none}, {Code: "B", Name: "last"},
	}
	errs, err := b.customers.CreateEach(b.ctx, open("ana"), pointers(rows))
	b.must(err)
	for i, want := range []string{"", "code unique", "code unique", "region_id exists", ""} {
		got := ""
		if errs[i] != nil {
			got = fields(errs[i])
		}
		if got != want || (rows[i].ID == 0) != (want != "") {
			t.Errorf("row %d: %q, want %q; id %d", i, got, want, rows[i].ID)
		}
	}
}

// Row security holds of all rows of a bulk, not of the first only.
func TestBulkKeepsToTheRows(t *testing.T) {
	b := setup(t)
	a := open("ana")
	a.Rows = []object.Cond{{Op: object.OpEq, Field: b.field(b.customers, "tier"), Value: "gold"}}
	rows := customers(100)
	for i := range rows {
		rows[i].Tier = "gold"
	}
	rows[70].Tier = "silver"
	if err := b.customers.CreateAll(b.ctx, a, len(rows), func(i int) any { return &rows[i] }); !errors.Is(err, object.Denied) {
		t.Errorf("a row outside of the access: %v", err)
	}
	rows[70].Tier = "gold"
	b.must(b.customers.CreateAll(b.ctx, a, len(rows), func(i int) any { return &rows[i] }))
	b.customer("SILVER", func(c *Customer) { c.Tier = "silver" })

	n, err := b.customers.UpdateAll(b.ctx, a, &object.Query{}, func(row any) error { row.(*Customer).Score = 1; return nil })
	if n != 100 || err != nil {
		t.Errorf("updated %d, %v", n, err)
	}
	if _, err := b.customers.UpdateAll(b.ctx, a, &object.Query{}, func(row any) error { row.(*Customer).Tier = "silver"; return nil }); !errors.Is(err, object.Denied) {
		t.Errorf("rows that leave the access: %v", err)
	}
	if n, err = b.customers.DeleteAll(b.ctx, a, &object.Query{}); n != 100 || err != nil {
		t.Errorf("deleted %d, %v", n, err)
	}
	if n, _ := b.customers.Count(b.ctx, nil, &object.Query{}, 0); n != 1 {
		t.Errorf("%d rows are left, want the one outside of the access", n)
	}
}

func TestUpdateAll(t *testing.T) {
	b := setup(t)
	rows := customers(1200)
	b.must(b.customers.CreateAll(b.ctx, nil, len(rows), func(i int) any { return &rows[i] }))
	low := object.Cond{Op: object.OpLt, Field: b.field(b.customers, "credit"), Value: int64(1000)}

	t.Run("each row once, though the change moves it", func(t *testing.T) {
		q := &object.Query{Where: []object.Cond{low}, Order: []object.Order{{Field: b.field(b.customers, "credit"), Desc: true}}}
		n, err := b.customers.UpdateAll(b.ctx, open("ana"), q, func(row any) error {
			c := row.(*Customer)
			c.Credit = c.Credit.Add(decimal.RequireFromString("0.5"))
			return nil
		})
		if n != 1000 || err != nil {
			t.Fatalf("updated %d, %v", n, err)
		}
		var c Customer
		b.must(b.customers.Get(b.ctx, nil, int64(rows[7].ID), &c))
		if c.Credit.String() != "7.5" || c.Version != 2 || c.UpdatedBy != "ana" {
			t.Errorf("a row became %+v", c)
		}
	})
	t.Run("nothing differs", func(t *testing.T) {
		if n, err := b.customers.UpdateAll(b.ctx, nil, &object.Query{}, func(any) error { return nil }); n != 0 || err != nil {
			t.Errorf("updated %d, %v", n, err)
		}
	})
	t.Run("one error undoes all", func(t *testing.T) {
		_, err := b.customers.UpdateAll(b.ctx, nil, &object.Query{}, func(row any) error {
			c := row.(*Customer)
			c.Name = "changed"
			if c.Code == "C00900" {
				c.Code = "C00000"
			}
			return nil
		})
		if fields(err) != "code unique" || !strings.Contains(err.Error(), fmt.Sprintf("customer %d", rows[900].ID)) {
			t.Errorf("error %v", err)
		}
		if n, _ := b.customers.Count(b.ctx, nil, &object.Query{Where: []object.Cond{{Op: object.OpEq, Field: b.field(b.customers, "name"), Value: "changed"}}}, 0); n != 0 {
			t.Errorf("%d rows are changed", n)
		}
	})
	t.Run("limited", func(t *testing.T) {
		n, err := b.customers.DeleteAll(b.ctx, nil, &object.Query{Limit: 10})
		if n != 10 || err != nil {
			t.Errorf("deleted %d, %v", n, err)
		}
		if err := b.customers.Get(b.ctx, nil, int64(rows[9].ID), &Customer{}); !errors.Is(err, object.NotFound) {
			t.Errorf("the tenth row: %v", err)
		}
		b.must(b.customers.Get(b.ctx, nil, int64(rows[10].ID), &Customer{}))
	})
}

// A value that must be unique can move from one row to a later one.
func TestUpdateEachMovesValues(t *testing.T) {
	b := setup(t)
	one, two := b.customer("ONE"), b.customer("TWO")
	ids := []int64{int64(one.ID), int64(two.ID), 999}
	codes := []string{"FREE", "ONE", ""}
	done, err := b.customers.UpdateEach(b.ctx, open("ana"), ids, func(i int, row any) error { row.(*Customer).Code = codes[i]; return nil })
	b.must(err)
	if !done[0].Stored || !done[1].Stored || !errors.Is(done[2].Err, object.NotFound) {
		t.Errorf("done %+v", done)
	}
	codes[0] = "ONE"
	done, err = b.customers.UpdateEach(b.ctx, open("ana"), ids[:1], func(i int, row any) error { row.(*Customer).Code = codes[i]; return nil })
	if err != nil || fields(done[0].Err) != "code unique" {
		t.Errorf("a value that stays taken: %+v, %v", done, err)
	}
}

func TestDeleteAllLeavesWhatIsReferredTo(t *testing.T) {
	b := setup(t)
	one, two := b.customer("ONE"), b.customer("TWO")
	b.must(b.orders.Create(b.ctx, nil, &Order{Number: "1", Customer: two.ID, Placed: start}))
	n, err := b.customers.DeleteAll(b.ctx, open("ana"), &object.Query{})
	if n != 0 || !errors.Is(err, object.Conflict) || !strings.Contains(err.Error(), fmt.Sprintf("customer %d: ", two.ID)) {
		t.Errorf("deleted %d, %v", n, err)
	}
	b.must(b.customers.Get(b.ctx, nil, int64(one.ID), &Customer{}))
}

// Whoever follows changes hears of every row of a bulk.
func TestBulkTells(t *testing.T) {
	b := setup(t)
	a := open("ana")
	told := map[object.Change]int{}
	a.Changed = func(_ context.Context, on object.Change, _, _ any) error { told[on]++; return nil }
	rows := customers(130)
	b.must(b.customers.CreateAll(b.ctx, a, len(rows), func(i int) any { return &rows[i] }))
	_, err := b.customers.UpdateAll(b.ctx, a, &object.Query{}, func(row any) error { row.(*Customer).Score++; return nil })
	b.must(err)
	_, err = b.customers.DeleteAll(b.ctx, a, &object.Query{})
	b.must(err)
	for _, on := range []object.Change{object.Created, object.Updated, object.Deleted} {
		if told[on] != 130 {
			t.Errorf("told %d times of %v", told[on], on)
		}
	}
	a.Changed = func(context.Context, object.Change, any, any) error { return object.Errorf(object.Conflict, "no") }
	rows = customers(3)
	if err := b.customers.CreateAll(b.ctx, a, len(rows), func(i int) any { return &rows[i] }); !errors.Is(err, object.Conflict) {
		t.Errorf("what follows failed: %v", err)
	}
}
