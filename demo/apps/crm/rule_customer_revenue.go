package crm

import (
	"context"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
)

// CustomerRevenue adds up what a customer has bought since a time.
type CustomerRevenue struct {
	appos.Returns[Revenue]

	Customer appos.ID[Customer] `validate:"required"`
	Since    time.Time
}

// Revenue answers [CustomerRevenue].
type Revenue struct {
	Orders int             `json:"orders"`
	Amount decimal.Decimal `json:"amount"`
}

var _ = appos.Rule(App, customerRevenue, appos.Allow(Sales, Support, Admins, "finance"))

func customerRevenue(ctx context.Context, in CustomerRevenue) (Revenue, error) {
	return revenueSince(ctx, in.Customer, in.Since)
}

func revenueSince(ctx context.Context, customer appos.ID[Customer], since time.Time) (Revenue, error) {
	orders, err := appos.Find(ctx, func(o *Order, q *appos.Query) {
		q.Where(appos.Eq(&o.Customer, customer), appos.Ge(&o.PlacedAt, since),
			appos.Not(appos.OneOf(&o.Status, Draft, Cancelled))).
			With(&o.Lines)
	})
	if err != nil {
		return Revenue{}, err
	}
	r := Revenue{Orders: len(orders)}
	for _, o := range orders {
		for _, l := range o.Lines.Rows {
			r.Amount = r.Amount.Add(l.Total())
		}
	}
	return r, nil
}
