package crm

import (
	"context"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/demo/apps/finance"
)

// ConfirmOrder turns a draft into an order that we will deliver, if finance
// finds the customer good for it.
type ConfirmOrder struct {
	appos.Returns[Order]

	Order appos.ID[Order] `validate:"required"`
}

var _ = appos.Rule(App, confirmOrder, appos.Allow(Sales, Admins))

func confirmOrder(ctx context.Context, in ConfirmOrder) (Order, error) {
	order, err := appos.Get(ctx, in.Order)
	if err != nil {
		return Order{}, err
	}
	if order.Status != Draft {
		return Order{}, appos.Errorf(appos.Conflict, "order %s is %s; only a draft can be confirmed", order.Number, order.Status)
	}
	total, err := appos.Call(ctx, OrderTotal{Order: in.Order})
	if err != nil {
		return Order{}, err
	}
	credit, err := appos.Call(ctx, finance.CreditCheck{Customer: int64(order.Customer), Amount: total.Sum})
	if err != nil {
		return Order{}, err
	}
	if !credit.Approved {
		return Order{}, appos.Errorf(appos.Conflict, "order %s is not confirmed: %s", order.Number, credit.Reason)
	}
	err = appos.Tx(ctx, func(ctx context.Context) error {
		if order, err = appos.Update(ctx, in.Order, func(o *Order) { o.Status = Confirmed }); err != nil {
			return err
		}
		return appos.Event(ctx, "order_confirmed", map[string]any{"order": order.Number, "sum": total.Sum})
	})
	return order, err
}
