package main_test

import (
	"net/url"
	"testing"
	"time"
)

// TestSeeds holds the example data to what it claims to be.
func TestSeeds(t *testing.T) {
	n := start(t, t.TempDir())
	cora, fin := n.As("cora"), n.As("fin")
	for path, least := range map[string]int{"customers": 500, "orders": 2000, "order-lines": 2000, "products": 30, "regions": 6} {
		if got := cora.total("/api/crm/" + path + "?limit=1&count=true"); got < least {
			t.Errorf("%d %s, want %d", got, path, least)
		}
	}
	if got := fin.total("/api/finance/invoices?limit=1&count=true"); got < 100 {
		t.Errorf("%d invoices", got)
	}
	now := url.QueryEscape(time.Now().UTC().Format(time.RFC3339))
	for _, future := range []string{"placed_at__gt=", "shipped_at__gt="} {
		if got := cora.total("/api/crm/orders?count=true&limit=1&" + future + now); got != 0 {
			t.Errorf("%d orders with %s the present", got, future)
		}
	}
	if got := fin.total("/api/finance/payments?count=true&limit=1&paid_at__gt=" + now); got != 0 {
		t.Errorf("%d payments of the future", got)
	}
	// what a start has once written, the next does not write again
	if err := n.Stop(); err != nil {
		t.Fatal(err)
	}
	if got := start(t, n.Dir).As("cora").total("/api/crm/customers?limit=1&count=true"); got != 500 {
		t.Errorf("%d customers after a second start", got)
	}
}
