package crm

import (
	"context"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
)

// CalculateDiscount prices an amount for a customer: the discount of its tier,
// and tax on what is left.
type CalculateDiscount struct {
	appos.Returns[Discount]

	Customer appos.ID[Customer] `validate:"required"`
	Amount   decimal.Decimal    `validate:"gte=0"`
}

// Discount answers [CalculateDiscount].
type Discount struct {
	Rate  decimal.Decimal `json:"rate"` // a share of the amount
	Final decimal.Decimal `json:"final"`
}

var _ = appos.Rule(App, calculateDiscount)

var tierRates = map[Tier]decimal.Decimal{
	Silver:   decimal.RequireFromString("0.05"),
	Gold:     decimal.RequireFromString("0.10"),
	Platinum: decimal.RequireFromString("0.15"),
}

func calculateDiscount(ctx context.Context, in CalculateDiscount) (Discount, error) {
	customer, err := appos.Get(ctx, in.Customer)
	if err != nil {
		return Discount{}, err
	}
	rate := tierRates[customer.Tier]
	one := decimal.NewFromInt(1)
	net := in.Amount.Mul(one.Sub(rate))
	return Discount{Rate: rate, Final: net.Mul(one.Add(decimal.NewFromFloat(TaxRate.Get(ctx)))).Round(2)}, nil
}
