package record_test

import (
	"testing"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos/internal/record"
	"github.com/apposengine/appos/internal/store/storetest"
)

// Who may write a field but not see it does not learn what is in it: a guess
// that is right does the same as one that is wrong.
func TestBlindWritesTellNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		b := setupAt(t, url)
		a := open("ana")
		a.Hidden = mask(b.customers, "salary")
		for _, body := range []string{`{"salary":"100"}`, `{"salary":"101"}`, `{"secret":"amber"}`, `{"secret":"bronze"}`} {
			c := b.customer(body, func(c *Customer) { c.Salary, c.Secret = ptr(decimal.NewFromInt(100)), ptr("amber") })
			done, err := b.customers.UpdateEachSet(b.ctx, a, []int64{int64(c.ID)}, func(_ int, row any) (record.Mask, error) {
				read, err := b.customers.DecodeJSON([]byte(body), row, record.ForPatch)
				return read.Set, err
			})
			b.must(err)
			var row Customer
			b.must(b.customers.Get(b.ctx, a, int64(c.ID), &row))
			if !done[0].Stored || row.Version != 2 {
				t.Errorf("%s: stored %v, version %d", body, done[0].Stored, row.Version)
			}
			// that nothing was changed shows where nothing was meant to
			b.must(b.customers.Update(b.ctx, a, int64(c.ID), 0, &row, func() error { return nil }))
			if row.Version != 2 {
				t.Errorf("version %d after no change", row.Version)
			}
		}
		c := b.customer("restored", func(c *Customer) { c.Salary = ptr(decimal.NewFromInt(100)) })
		var row Customer
		_, err := b.customers.Restore(b.ctx, a, int64(c.ID), 1, 0, &row, func() error { return nil })
		b.must(err)
		if row.Version != 1 {
			t.Errorf("version %d after restoring the version that it is", row.Version)
		}
	})
}
