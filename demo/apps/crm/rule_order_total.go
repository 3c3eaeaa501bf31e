package crm

import (
	"context"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
)

// OrderTotal adds up what an order costs, with freight and before tax.
type OrderTotal struct {
	appos.Returns[Total]

	Order appos.ID[Order] `validate:"required"`
}

// Total answers [OrderTotal].
type Total struct {
	Lines   int             `json:"lines"`
	Goods   decimal.Decimal `json:"goods"`
	Freight decimal.Decimal `json:"freight"`
	Sum     decimal.Decimal `json:"sum"`
}

var _ = appos.Rule(App, orderTotal)

func orderTotal(ctx context.Context, in OrderTotal) (Total, error) {
	order, err := appos.Get(ctx, in.Order)
	if err != nil {
		return Total{}, err
	}
	customer, err := appos.Get(ctx, order.Customer)
	if err != nil {
		return Total{}, err
	}
	lines, err := appos.Find(ctx, func(l *OrderLine, q *appos.Query) { q.Where(appos.Eq(&l.Order, in.Order)) })
	if err != nil {
		return Total{}, err
	}
	t := Total{Lines: len(lines), Freight: order.Freight}
	for _, l := range lines {
		t.Goods = t.Goods.Add(l.Total())
	}
	if FreeFreight.Get(ctx) && (customer.Tier == Gold || customer.Tier == Platinum) {
		t.Freight = decimal.Zero
	}
	t.Sum = t.Goods.Add(t.Freight)
	return t, nil
}
