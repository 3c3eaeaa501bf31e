package crm

import (
	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
)

// OrderLine is one product of an order.
type OrderLine struct {
	appos.Entity[OrderLine]

	Order     appos.ID[Order]   `validate:"required"`
	Product   appos.ID[Product] `validate:"required"`
	UnitPrice decimal.Decimal   `validate:"gte=0" appos:"scale=2"`
	Quantity  int               `validate:"gte=1"`
	Discount  decimal.Decimal   `validate:"gte=0,lte=1" appos:"scale=4"` // a share: 0.15 is 15 %
}

var _ = appos.Record[OrderLine](App, appos.CRUD{
	View:   appos.Allow(Sales, Support, Admins, APIConsumers),
	Create: appos.Allow(Sales, Admins, APIConsumers),
	Update: appos.Allow(Sales, Admins),
	Delete: appos.Allow(Sales, Admins),
}, appos.Unique(func(l *OrderLine) []any { return []any{&l.Order, &l.Product} }))

// Total is what the line costs, before tax, to the cent.
func (l OrderLine) Total() decimal.Decimal {
	full := l.UnitPrice.Mul(decimal.NewFromInt(int64(l.Quantity)))
	return full.Mul(decimal.NewFromInt(1).Sub(l.Discount)).Round(2)
}
