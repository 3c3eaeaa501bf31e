package logic

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/demo/apps/finance"
)

// Payment is money that came in for an invoice.
type Payment struct {
	appos.Entity[Payment]

	Reference string            `validate:"required,max=40" appos:"display,unique,search"`
	Invoice   appos.ID[Invoice] `validate:"required"`
	Amount    decimal.Decimal   `validate:"gt=0" appos:"scale=2"`
	Method    string            `validate:"oneof=transfer card direct_debit" appos:"default=transfer"`
	PaidAt    time.Time         `validate:"required"`
}

var _ = appos.Record[Payment](finance.App, appos.CRUD{
	View:   appos.Allow(finance.Finance),
	Create: appos.Allow(finance.Finance),
	Update: appos.Allow(),
	Delete: appos.Allow(),
}, appos.Audited)
