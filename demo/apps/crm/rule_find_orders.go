package crm

import (
	"context"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
)

// FindOrders lists orders, the newest first.
type FindOrders struct {
	appos.Returns[FoundOrders]

	Status   []Status            `validate:"max=5,dive,oneof=draft confirmed shipped delivered cancelled"` // empty is any
	Customer *appos.ID[Customer] // nil is all
	Since    *time.Time
	Until    *time.Time
	Limit    int `validate:"gte=0,lte=200"` // 0 is 50
}

// FoundOrders answers [FindOrders].
type FoundOrders struct {
	Orders []FoundOrder
	More   bool // there are older ones
}

// FoundOrder is an order of [FoundOrders].
type FoundOrder struct {
	ID       appos.ID[Order]
	Number   string
	Customer appos.ID[Customer]
	Status   Status
	PlacedAt time.Time
	DueOn    *appos.Date
	Goods    decimal.Decimal `appos:"scale=2"`
}

var (
	_ = appos.Rule(App, findOrders, appos.Allow(Sales, Support, Admins, APIConsumers))
	_ = appos.WebAPI[FindOrders](App, "GET /v1/orders", appos.Allow(Sales, Support, Admins, APIConsumers))
)

func findOrders(ctx context.Context, in FindOrders) (FoundOrders, error) {
	if in.Limit == 0 {
		in.Limit = 50
	}
	orders, err := appos.Find(ctx, func(o *Order, q *appos.Query) {
		if len(in.Status) > 0 {
			q.Where(appos.OneOf(&o.Status, in.Status...))
		}
		if in.Customer != nil {
			q.Where(appos.Eq(&o.Customer, *in.Customer))
		}
		if in.Since != nil {
			q.Where(appos.Ge(&o.PlacedAt, *in.Since))
		}
		if in.Until != nil {
			q.Where(appos.Lt(&o.PlacedAt, *in.Until))
		}
		q.With(&o.Lines).OrderBy(appos.Desc(&o.PlacedAt)).Limit(in.Limit + 1)
	})
	if err != nil {
		return FoundOrders{}, err
	}
	found := FoundOrders{More: len(orders) > in.Limit}
	for _, o := range orders[:min(len(orders), in.Limit)] {
		f := FoundOrder{ID: o.ID, Number: o.Number, Customer: o.Customer, Status: o.Status, PlacedAt: o.PlacedAt, DueOn: o.DueOn}
		for _, l := range o.Lines.Rows {
			f.Goods = f.Goods.Add(l.Total())
		}
		found.Orders = append(found.Orders, f)
	}
	return found, nil
}
