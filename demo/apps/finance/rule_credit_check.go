package finance

import (
	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
)

// CreditCheck decides whether a customer of crm may owe us another amount.
type CreditCheck struct {
	appos.Returns[Credit]

	Customer int64           `validate:"required"` // the id of a crm.Customer
	Amount   decimal.Decimal `validate:"gte=0"`
}

// Credit answers [CreditCheck].
type Credit struct {
	Approved bool            `json:"approved"`
	Limit    decimal.Decimal `json:"limit"`
	Owed     decimal.Decimal `json:"owed"` // on invoices that are not paid
	Reason   string          `json:"reason,omitempty"`
}
