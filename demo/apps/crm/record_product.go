package crm

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
)

// Product is something that we sell.
type Product struct {
	appos.Entity[Product]

	Name         string          `validate:"required,max=100" appos:"display,search"`
	UnitPrice    decimal.Decimal `validate:"gte=0" appos:"scale=2"`
	Stock        int             `validate:"gte=0"`
	LeadTime     time.Duration   `validate:"gte=0"` // from our order to our shelf
	Discontinued bool
}

var _ = appos.Record[Product](App, appos.CRUD{
	View:   appos.Allow(Sales, Support, Admins, APIConsumers),
	Create: appos.Allow(Admins),
	Update: appos.Allow(Admins),
	Delete: appos.Allow(Admins),
}, appos.Audited)
