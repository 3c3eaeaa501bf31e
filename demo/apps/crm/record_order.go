package crm

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
)

// Order is what a customer asks us for.
type Order struct {
	appos.Entity[Order]

	Number    string             `validate:"required,max=20" appos:"display,unique,search"`
	Customer  appos.ID[Customer] `validate:"required"`
	Status    Status             `validate:"oneof=draft confirmed shipped delivered cancelled" appos:"default=draft,index"`
	PlacedAt  time.Time          `validate:"required" appos:"index"`
	DueOn     *appos.Date
	ShippedAt *time.Time
	Freight   decimal.Decimal `validate:"gte=0" appos:"scale=2"`

	Lines appos.Many[OrderLine] `appos:"by=Order"`
}

var _ = appos.Record[Order](App, appos.CRUD{
	View:   appos.Allow(Sales, Support, Admins, APIConsumers),
	Create: appos.Allow(Sales, Admins, APIConsumers),
	Update: appos.Allow(Sales, Admins),
	Delete: appos.Allow(Admins),
}, appos.Audited, appos.Check("shipped_after_placed", "shipped_at IS NULL OR shipped_at >= placed_at"))

// Status is how far an order has come.
type Status string

// The states of an order.
const (
	Draft     Status = "draft"
	Confirmed Status = "confirmed"
	Shipped   Status = "shipped"
	Delivered Status = "delivered"
	Cancelled Status = "cancelled"
)
