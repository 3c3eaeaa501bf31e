package record_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/apposengine/appos/internal/object"
)

// TestUpdatesTogether: of updates that add to a number none is lost, and none
// needs to be tried again: the row is held from its reading to its writing.
func TestUpdatesTogether(t *testing.T) {
	b := setup(t)
	c := b.customer("a")
	const writers, each = 6, 15
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for range each {
				var row Customer
				if err := b.customers.Update(b.ctx, nil, int64(c.ID), 0, &row, func() error { row.Score++; return nil }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	var row Customer
	b.must(b.customers.Get(b.ctx, nil, int64(c.ID), &row))
	if row.Score != writers*each || row.Version != writers*each+1 {
		t.Errorf("score %v in version %d after %d updates", row.Score, row.Version, writers*each)
	}
}

// TestReferencesAndDeletesTogether: while rows are created that refer to
// others, and those are deleted, no live row comes to refer to a deleted one.
func TestReferencesAndDeletesTogether(t *testing.T) {
	b := setup(t)
	var refused, created atomic.Int64
	var all sync.WaitGroup
	for i := range 12 {
		c := b.customer(fmt.Sprint("c", i))
		for j := range 3 {
			all.Go(func() {
				err := b.orders.Create(b.ctx, nil, &Order{Number: fmt.Sprint(i, "-", j), Customer: c.ID, Placed: start})
				switch {
				case err == nil:
					created.Add(1)
				case !errors.Is(err, object.Invalid):
					t.Error(err)
				}
			})
		}
		all.Go(func() {
			err := b.customers.Delete(b.ctx, nil, int64(c.ID), 0)
			if errors.Is(err, object.Conflict) {
				refused.Add(1)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	var dangling, orders int64
	b.must(b.db.QueryRow(b.ctx, []any{&dangling}, `SELECT count(*) FROM crm_order o JOIN crm_customer c ON c.id = o.customer_id WHERE c.deleted_at IS NOT NULL`))
	b.must(b.db.QueryRow(b.ctx, []any{&orders}, `SELECT count(*) FROM crm_order`))
	if dangling > 0 || orders != created.Load() {
		t.Errorf("%d orders refer to deleted customers; %d orders of %d created", dangling, orders, created.Load())
	}
	t.Logf("%d orders created, %d deletions refused", created.Load(), refused.Load())
}
