package logic

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/demo/apps/crm"
	"github.com/apposengine/appos/demo/apps/finance"
)

// Invoice asks a customer to pay for an order.
type Invoice struct {
	appos.Entity[Invoice]

	Number   string                 `validate:"required,max=20" appos:"display,unique,search"`
	Customer appos.ID[crm.Customer] `validate:"required"`
	Order    *appos.ID[crm.Order]
	Amount   decimal.Decimal `validate:"gt=0" appos:"scale=2"`
	Status   InvoiceStatus   `validate:"oneof=open paid overdue void" appos:"default=open"`
	IssuedAt time.Time       `validate:"required"`
	DueAt    time.Time       `validate:"required"`

	Payments appos.Many[Payment] `appos:"by=Invoice"`
}

var _ = appos.Record[Invoice](finance.App, appos.CRUD{
	View:   appos.Allow(finance.Finance, crm.Sales, crm.Admins),
	Create: appos.Allow(finance.Finance),
	Update: appos.Allow(finance.Finance),
	Delete: appos.Allow(),
}, appos.Audited)

// InvoiceStatus is how far an invoice has come.
type InvoiceStatus string

// The states of an invoice.
const (
	Open    InvoiceStatus = "open"
	Paid    InvoiceStatus = "paid"
	Overdue InvoiceStatus = "overdue"
	Void    InvoiceStatus = "void"
)
