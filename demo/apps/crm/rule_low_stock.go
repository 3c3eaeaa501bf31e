package crm

import (
	"context"

	"github.com/apposengine/appos"
)

// LowStock lists products that are about to run out, the scarcest first.
type LowStock struct{ appos.Returns[[]Product] }

var _ = appos.Rule(App, lowStock)

func lowStock(ctx context.Context, _ LowStock) ([]Product, error) {
	level := LowStockLevel.Get(ctx)
	return appos.Find(ctx, func(p *Product, q *appos.Query) {
		q.Where(appos.Lt(&p.Stock, level), appos.Eq(&p.Discontinued, false)).OrderBy(&p.Stock, &p.Name).Limit(100)
	})
}
