package crm

import (
	"context"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
)

// CustomerSummary tells in short who a customer is and what it has bought in the
// last year.
type CustomerSummary struct {
	appos.Returns[Summary]

	Customer appos.ID[Customer] `validate:"required"`
}

// Summary answers [CustomerSummary].
type Summary struct {
	ID      appos.ID[Customer]
	Code    string
	Name    string
	City    string
	Country string
	Tier    Tier
	Since   *appos.Date
	Orders  int             // of the last year, without drafts and what was cancelled
	Revenue decimal.Decimal `appos:"scale=2"`
}

var (
	_ = appos.Rule(App, customerSummary, appos.Allow(Sales, Support, Admins, APIConsumers))
	_ = appos.WebAPI[CustomerSummary](App, "GET /v1/customers/{customer}", appos.Allow(Sales, Admins, APIConsumers))
)

func customerSummary(ctx context.Context, in CustomerSummary) (Summary, error) {
	c, err := appos.Get(ctx, in.Customer)
	if err != nil {
		return Summary{}, err
	}
	revenue, err := revenueSince(ctx, in.Customer, time.Now().AddDate(-1, 0, 0))
	return Summary{
		ID: c.ID, Code: c.Code, Name: c.Name, City: c.City, Country: c.Country, Tier: c.Tier, Since: c.Since,
		Orders: revenue.Orders, Revenue: revenue.Amount,
	}, err
}
