package record_test

import (
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
	"github.com/apposengine/appos/internal/store/storetest"
)

// onEach runs a test on every kind of database.
func onEach(t *testing.T, test func(t *testing.T, b *bench)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, url string) { test(t, setupAt(t, url)) })
}

// told is an entry of a history as a line.
func told(e *object.HistoryEntry) string {
	var fields []string
	for _, f := range e.Fields {
		fields = append(fields, fmt.Sprintf("%s %s→%s", f.Column, logged(f.Old), logged(f.New)))
	}
	operation := e.Operation
	if e.Restored != 0 {
		operation += fmt.Sprint(" of ", e.Restored)
	}
	return fmt.Sprintf("%d %s by %s %s: %s", e.Version, operation, e.By, e.ExecutionID, strings.Join(fields, ", "))
}

func logged(v any) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprint(v)
}

func wantHistory(b *bench, p *record.Plan, a *record.Access, q *object.HistoryQuery, want ...string) []object.HistoryEntry {
	b.Helper()
	entries, _, err := p.History(b.ctx, a, q)
	b.must(err)
	var got []string
	for i := range entries {
		got = append(got, told(&entries[i]))
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		b.Errorf("history\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	return entries
}

// change updates a customer as a user.
func (b *bench) change(id int64, user string, change func(c *Customer)) {
	b.Helper()
	var row Customer
	b.must(b.customers.Update(b.ctx, open(user), id, 0, &row, func() error { change(&row); return nil }))
}

func TestHistoryOfAllRows(t *testing.T) { onEach(t, testHistoryOfAllRows) }

func testHistoryOfAllRows(t *testing.T, b *bench) {
	b.customer("A")
	b.customer("B")
	b.change(1, "ana", func(c *Customer) { c.Name, c.Tier = "One", "gold" })
	b.change(2, "sam", func(c *Customer) { c.Tier = "silver" })
	b.change(1, "sam", func(c *Customer) { c.Name = "Uno" })
	b.change(1, "sam", func(c *Customer) { c.Secret = ptr("told to nobody") })
	b.must(b.customers.Delete(b.ctx, open("ana"), 2, 0))

	all := []string{
		"3 delete by ana x-ana: code B→-, name Customer B→-, tier silver→-, credit 12.5→-",
		"3 update by sam x-sam: name One→Uno",
		"2 update by sam x-sam: tier bronze→silver",
		"2 update by ana x-ana: name Customer A→One, tier bronze→gold",
		"1 create by system : code -→B, name -→Customer B, tier -→bronze, credit -→12.5",
		"1 create by system : code -→A, name -→Customer A, tier -→bronze, credit -→12.5",
	}
	entries := wantHistory(b, b.customers, open("eve"), &object.HistoryQuery{}, all...)
	if entries[0].Row != 2 || entries[1].Row != 1 || entries[1].At.Before(entries[2].At) {
		t.Errorf("entries %+v", entries[:2])
	}
	for name, tt := range map[string]struct {
		q    object.HistoryQuery
		want []string
	}{
		"by a user":    {object.HistoryQuery{By: "ana"}, []string{all[0], all[3]}},
		"by operation": {object.HistoryQuery{Operations: []string{"update", "restore"}}, all[1:4]},
		"since":        {object.HistoryQuery{Since: entries[2].At}, all[:3]},
		"until":        {object.HistoryQuery{Until: entries[2].At}, all[3:]},
		"of one field": {object.HistoryQuery{Fields: []*object.Field{b.field(b.customers, "name")}}, []string{
			"3 delete by ana x-ana: name Customer B→-", all[1], "2 update by ana x-ana: name Customer A→One", "1 create by system : name -→Customer B", "1 create by system : name -→Customer A",
		}},
		"of a field that few have": {object.HistoryQuery{Fields: []*object.Field{b.field(b.customers, "email")}}, nil},
		"of a row by a user":       {object.HistoryQuery{Row: 1, By: "sam"}, []string{all[1]}},
	} {
		t.Run(name, func(t *testing.T) {
			wantHistory(&bench{TB: t, ctx: b.ctx}, b.customers, open("eve"), &tt.q, tt.want...)
		})
	}

	// pages of every size tell the same, and the last one says so
	for size := 1; size <= len(all)+1; size++ {
		var got []string
		for q := (object.HistoryQuery{Limit: size}); ; {
			page, next, err := b.customers.History(b.ctx, nil, &q)
			b.must(err)
			for i := range page {
				got = append(got, told(&page[i]))
			}
			if next == 0 {
				break
			}
			if len(page) != size || next >= page[len(page)-1].ID+1 {
				t.Fatalf("pages of %d: %d entries, next %d", size, len(page), next)
			}
			q.Before = next
		}
		if strings.Join(got, "\n") != strings.Join(all, "\n") {
			t.Errorf("pages of %d:\n%s", size, strings.Join(got, "\n"))
		}
	}
}

// What is hidden from the reader is not in a history, and cannot be asked for.
func TestHistoryHides(t *testing.T) { onEach(t, testHistoryHides) }

func testHistoryHides(t *testing.T, b *bench) {
	north, south := appos.ID[Region](1), appos.ID[Region](2)
	b.must(b.regions.Create(b.ctx, nil, &Region{Name: "North"}))
	b.must(b.regions.Create(b.ctx, nil, &Region{Name: "South"}))
	b.customer("N", func(c *Customer) { c.Region = &north; c.Salary = ptr(decimal.NewFromInt(100)) })
	b.customer("S", func(c *Customer) { c.Region = &south })
	b.change(1, "boss", func(c *Customer) { c.Salary = ptr(decimal.NewFromInt(200)) })
	b.change(1, "boss", func(c *Customer) { c.Salary, c.Name = ptr(decimal.NewFromInt(300)), "Nora" })

	a := open("ana")
	a.Hidden = mask(b.customers, "salary")
	wantHistory(b, b.customers, a, &object.HistoryQuery{Row: 1},
		"3 update by boss x-boss: name Customer N→Nora",
		"1 create by system : code -→N, name -→Customer N, tier -→bronze, credit -→12.5, region_id -→1")
	salary, secret := b.field(b.customers, "salary"), b.field(b.customers, "secret")
	for f, rule := range map[*object.Field]string{salary: "unknown", secret: "encrypted"} {
		_, _, err := b.customers.History(b.ctx, a, &object.HistoryQuery{Fields: []*object.Field{f}})
		wantError(t, err, object.Invalid, f.Column, rule)
		_, err = b.customers.ParseHistory(a, url.Values{"field": {f.Column}})
		wantError(t, err, object.Invalid, "field", "unknown")
	}
	// a field that the record has no more may have been hidden from them
	_, err := b.db.Exec(b.ctx, `UPDATE "crm_customer_audit_log" SET "field" = 'was_salary' WHERE "field" = 'salary'`)
	b.must(err)
	wantHistory(b, b.customers, a, &object.HistoryQuery{Row: 1, Limit: 1}, "3 update by boss x-boss: name Customer N→Nora")
	wantHistory(b, b.customers, open("boss"), &object.HistoryQuery{Row: 1, Limit: 1}, "3 update by boss x-boss: name Customer N→Nora, was_salary 200.00→300.00")

	// rows
	a = open("ana")
	a.Rows = []object.Cond{{Op: object.OpEq, Field: b.field(b.customers, "region_id"), Value: north}}
	mine := []string{
		"3 update by boss x-boss: name Customer N→Nora, was_salary 200.00→300.00",
		"2 update by boss x-boss: was_salary 100.00→200.00",
		"1 create by system : code -→N, name -→Customer N, tier -→bronze, credit -→12.5, salary -→100, region_id -→1",
	}
	wantHistory(b, b.customers, a, &object.HistoryQuery{}, mine...)
	_, _, err = b.customers.History(b.ctx, a, &object.HistoryQuery{Row: 2})
	wantError(t, err, object.NotFound)
	_, _, err = b.customers.History(b.ctx, open("boss"), &object.HistoryQuery{Row: 99})
	wantError(t, err, object.NotFound)

	// a row that moves takes its history along
	b.change(2, "boss", func(c *Customer) { c.Region = &north })
	b.change(1, "boss", func(c *Customer) { c.Region = &south })
	moved := []string{"2 update by boss x-boss: region_id 2→1", "1 create by system : code -→S, name -→Customer S, tier -→bronze, credit -→12.5, region_id -→2"}
	wantHistory(b, b.customers, a, &object.HistoryQuery{}, moved...)
	_, _, err = b.customers.History(b.ctx, a, &object.HistoryQuery{Row: 1})
	wantError(t, err, object.NotFound)

	// deleted rows are reached as they were
	b.must(b.customers.Delete(b.ctx, nil, 1, 0))
	b.must(b.customers.Delete(b.ctx, nil, 2, 0))
	wantHistory(b, b.customers, a, &object.HistoryQuery{}, append([]string{"3 delete by system : code S→-, name Customer S→-, tier bronze→-, credit 12.5→-, region_id 1→-"}, moved...)...)
	_, _, err = b.customers.History(b.ctx, a, &object.HistoryQuery{Row: 1})
	wantError(t, err, object.NotFound)

	_, _, err = b.orders.History(b.ctx, nil, &object.HistoryQuery{})
	wantError(t, err, object.Dispatch)
}

func TestParseHistory(t *testing.T) { onEach(t, testParseHistory) }

func testParseHistory(t *testing.T, b *bench) {
	b.customer("A")
	b.customer("B")
	_, next, err := b.customers.History(b.ctx, nil, &object.HistoryQuery{Limit: 1})
	b.must(err)
	cursor := b.customers.HistoryCursor(next)
	q, err := b.customers.ParseHistory(nil, url.Values{"field": {"name,tier"}, "user": {"ana"}, "operation": {"update,restore"}, "since": {"2026-03-01"}, "until": {"2026-03-02T00:00:00Z"}, "limit": {"10"}, "cursor": {cursor}})
	b.must(err)
	if len(q.Fields) != 2 || q.By != "ana" || len(q.Operations) != 2 || q.Since.Day() != 1 || q.Until.Day() != 2 || q.Limit != 10 || q.Before != next {
		t.Errorf("query %+v", q)
	}
	if b.customers.HistoryCursor(0) != "" {
		t.Error("the end has a cursor")
	}
	for _, tt := range []struct{ name, value, rule string }{
		{"field", "nmae", "unknown"}, {"field", "version", "unknown"}, {"operation", "drop", "oneof"}, {"since", "yesterday", "type"}, {"until", "x", "type"},
		{"limit", "0", "range"}, {"limit", "201", "range"}, {"limit", "many", "range"}, {"cursor", "!", "type"}, {"cursor", "MTI", "type"}, {"sort", "id", "unknown"},
	} {
		_, err := b.customers.ParseHistory(nil, url.Values{tt.name: {tt.value}})
		wantError(t, err, object.Invalid, tt.name, tt.rule)
	}
	_, err = b.customers.ParseHistory(nil, url.Values{"user": {"a", "b"}})
	wantError(t, err, object.Invalid, "user", "duplicate")
	for _, q := range []object.HistoryQuery{{Limit: -1}, {Limit: 201}, {Operations: []string{"drop"}}, {By: "a\x00"}, {Faults: []string{"wrong"}}} {
		if _, _, err := b.customers.History(b.ctx, nil, &q); err == nil {
			t.Errorf("%+v is accepted", q)
		}
	}
}

func TestHistoryJSON(t *testing.T) { onEach(t, testHistoryJSON) }

func testHistoryJSON(t *testing.T, b *bench) {
	b.customer("A", func(c *Customer) { c.Email = ptr("a@b.c"); c.Tags = []string{"x"} })
	b.change(1, "ana", func(c *Customer) {
		c.Email = nil
		c.Credit = decimal.NewFromInt(7)
		c.Address = &Address{Street: "S", Zip: "1"}
		c.Active = true
	})
	entries, _, err := b.customers.History(b.ctx, nil, &object.HistoryQuery{Limit: 1})
	b.must(err)
	got := string(b.customers.AppendHistoryJSON(nil, &entries[0]))
	want := `{"id":1,"version":2,"operation":"update","restored_version":null,"changed_by":"ana","changed_at":"` + entries[0].At.Format("2006-01-02T15:04:05.999999Z07:00") + `","execution_id":"x-ana","changes":[` +
		`{"field":"email","old":"a@b.c","new":null},{"field":"credit","old":"12.50","new":"7.00"},{"field":"active","old":false,"new":true},{"field":"address","old":null,"new":{"street":"S","zip":"1"}}]}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Histories that grow while they are read show every save whole and once.
func TestHistoryWhileWriting(t *testing.T) { onEach(t, testHistoryWhileWriting) }

func testHistoryWhileWriting(t *testing.T, b *bench) {
	const writers, times = 4, 25
	for i := range writers {
		b.customer(fmt.Sprint(i))
	}
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for n := range times {
				var row Customer
				err := b.customers.Update(b.ctx, open("ana"), int64(w+1), 0, &row, func() error {
					row.Name, row.Score = fmt.Sprint(w, " ", n), float64(n+1)
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	check := func() int {
		seen := map[string]bool{}
		for q := (object.HistoryQuery{Limit: 7, Operations: []string{"update"}}); ; {
			page, next, err := b.customers.History(b.ctx, nil, &q)
			b.must(err)
			for _, e := range page {
				key := fmt.Sprint(e.Row, " ", e.Version)
				if len(e.Fields) != 2 || seen[key] {
					t.Errorf("row and version %s: %s", key, told(&e))
				}
				seen[key] = true
			}
			if q.Before = next; next == 0 {
				return len(seen)
			}
		}
	}
	for range 5 {
		check()
	}
	wg.Wait()
	if n := check(); n != writers*times {
		t.Errorf("%d entries, want %d", n, writers*times)
	}
}
