package crm

import (
	"context"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
)

// PlaceOrder takes an order with its lines, as a draft: at the prices of today and
// with the discount of the customer's tier.
type PlaceOrder struct {
	appos.Returns[PlacedOrder]

	Number   string             `validate:"required,max=20"` // the sender's own; no two orders have the same
	Customer appos.ID[Customer] `validate:"required"`
	DueOn    *appos.Date
	Lines    []PlacedLine `validate:"min=1,max=200,dive"`
}

// PlacedLine is a line of [PlaceOrder].
type PlacedLine struct {
	Product  appos.ID[Product] `validate:"required"`
	Quantity int               `validate:"gte=1"`
}

// PlacedOrder answers [PlaceOrder].
type PlacedOrder struct {
	Location string `appos:"header=Location"`
	ID       appos.ID[Order]
	Number   string
	Status   Status
	Goods    decimal.Decimal `appos:"scale=2"`
}

var (
	_ = appos.Rule(App, placeOrder, appos.Allow(Sales, Admins, APIConsumers))
	_ = appos.WebAPI[PlaceOrder](App, "POST /v1/orders", appos.Allow(Sales, Admins, APIConsumers),
		appos.Status(201), appos.RateLimit(600, time.Minute), appos.MaxBody(256<<10), appos.TimeLimit(20*time.Second))
)

func placeOrder(ctx context.Context, in PlaceOrder) (PlacedOrder, error) {
	customer, err := appos.Get(ctx, in.Customer)
	if err != nil {
		return PlacedOrder{}, err
	}
	wanted := make([]appos.ID[Product], len(in.Lines))
	for i, l := range in.Lines {
		wanted[i] = l.Product
	}
	products, err := appos.GetAll(ctx, wanted...)
	if err != nil {
		return PlacedOrder{}, err
	}
	placed := PlacedOrder{Number: in.Number}
	err = appos.Tx(ctx, func(ctx context.Context) error {
		order, err := appos.Create(ctx, Order{Number: in.Number, Customer: in.Customer, Status: Draft, PlacedAt: time.Now(), DueOn: in.DueOn})
		if err != nil {
			return err
		}
		placed.ID, placed.Status = order.ID, order.Status
		for i, l := range in.Lines {
			product, ok := products[l.Product]
			if !ok || product.Discontinued {
				return appos.Errorf(appos.Conflict, "line %d: product %d cannot be ordered", i+1, l.Product)
			}
			line, err := appos.Create(ctx, OrderLine{Order: order.ID, Product: l.Product, UnitPrice: product.UnitPrice, Quantity: l.Quantity, Discount: tierRates[customer.Tier]})
			if err != nil {
				return err
			}
			placed.Goods = placed.Goods.Add(line.Total())
		}
		return nil
	})
	placed.Location = fmt.Sprintf("/api/crm/orders/%d", placed.ID)
	return placed, err
}
