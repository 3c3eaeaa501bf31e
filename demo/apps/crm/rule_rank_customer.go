package crm

import (
	"context"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
)

// RankCustomer moves a customer to the tier that its revenue of the last year earns.
type RankCustomer struct {
	appos.Returns[Ranking]

	Customer appos.ID[Customer] `validate:"required"`
}

// Ranking answers [RankCustomer].
type Ranking struct {
	Before Tier `json:"before"`
	After  Tier `json:"after"`
}

var _ = appos.Rule(App, rankCustomer, appos.Allow(Sales, Admins))

// An order that is delivered is revenue.
var _ = appos.OnUpdate(App, func(before, after Order) *RankCustomer {
	if before.Status == after.Status || after.Status != Delivered {
		return nil
	}
	return &RankCustomer{Customer: after.Customer}
})

func rankCustomer(ctx context.Context, in RankCustomer) (Ranking, error) {
	revenue, err := appos.Call(ctx, CustomerRevenue{Customer: in.Customer, Since: time.Now().AddDate(-1, 0, 0)})
	if err != nil {
		return Ranking{}, err
	}
	gold := GoldFrom.Get(ctx)
	var ranking Ranking
	err = appos.Tx(ctx, func(ctx context.Context) error {
		changed, err := appos.Update(ctx, in.Customer, func(c *Customer) {
			ranking.Before = c.Tier
			c.Tier = tierFor(revenue.Amount, gold)
		})
		if err != nil {
			return err
		}
		ranking.After = changed.Tier
		if ranking.Before == ranking.After {
			return nil
		}
		return appos.Event(ctx, "customer_ranked", map[string]any{"customer": changed.Code, "from": ranking.Before, "to": ranking.After})
	})
	return ranking, err
}

func tierFor(revenue, gold decimal.Decimal) Tier {
	switch {
	case revenue.GreaterThanOrEqual(gold.Mul(decimal.NewFromInt(3))):
		return Platinum
	case revenue.GreaterThanOrEqual(gold):
		return Gold
	case revenue.GreaterThanOrEqual(gold.Div(decimal.NewFromInt(4))):
		return Silver
	}
	return Bronze
}
