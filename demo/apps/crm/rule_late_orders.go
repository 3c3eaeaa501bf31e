package crm

import (
	"context"
	"time"

	"github.com/apposengine/appos"
)

// LateOrders lists confirmed orders that should have been shipped by now, the
// oldest first.
type LateOrders struct {
	appos.Returns[[]Order]

	Limit int `validate:"gte=0,lte=500"` // 0 is 50
}

var _ = appos.Rule(App, lateOrders)

func lateOrders(ctx context.Context, in LateOrders) ([]Order, error) {
	due := time.Now().Add(-ShipWithin.Get(ctx))
	limit := in.Limit
	if limit == 0 {
		limit = 50
	}
	return appos.Find(ctx, func(o *Order, q *appos.Query) {
		q.Where(appos.Eq(&o.Status, Confirmed), appos.Lt(&o.PlacedAt, due)).OrderBy(&o.PlacedAt).Limit(limit)
	})
}
