package crm

import (
	"context"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
)

// ListTiers tells everybody what discount each tier has: it is on our web site too.
type ListTiers struct{ appos.Returns[[]TierDiscount] }

// TierDiscount is an entry of the answer to [ListTiers].
type TierDiscount struct {
	Tier     Tier
	Discount decimal.Decimal `appos:"scale=2"` // a share: 0.15 is 15 %
}

var (
	_ = appos.Rule(App, listTiers, appos.Allow("public_access", Sales, Support, Admins, APIConsumers))
	_ = appos.WebAPI[ListTiers](App, "GET /v1/tiers", appos.Allow("public_access", Sales, Support, Admins, APIConsumers), appos.RateLimit(60, time.Minute))
)

func listTiers(context.Context, ListTiers) ([]TierDiscount, error) {
	var all []TierDiscount
	for _, tier := range []Tier{Bronze, Silver, Gold, Platinum} {
		all = append(all, TierDiscount{tier, tierRates[tier]})
	}
	return all, nil
}
