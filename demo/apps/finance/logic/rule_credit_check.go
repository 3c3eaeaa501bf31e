package logic

import (
	"context"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/demo/apps/crm"
	"github.com/apposengine/appos/demo/apps/finance"
)

var (
	_ = appos.Rule(finance.App, creditCheck, appos.Allow(finance.Finance, crm.Sales, crm.Admins))
	_ = appos.WebAPI[finance.CreditCheck](finance.App, "GET /v1/customers/{customer}/credit", appos.Allow(crm.Sales, crm.Admins), appos.EncryptPayloads)
)

// A customer without a limit of its own may owe half of what it bought in a year.
func creditCheck(ctx context.Context, in finance.CreditCheck) (finance.Credit, error) {
	id := appos.ID[crm.Customer](in.Customer)
	customer, err := appos.Get(ctx, id)
	if err != nil {
		return finance.Credit{}, err
	}
	credit := finance.Credit{Limit: customer.CreditLimit}
	owed, err := appos.Aggregate(ctx, func(i *Invoice, out *finance.Credit, q *appos.Aggregation) {
		q.Where(appos.Eq(&i.Customer, id), appos.OneOf(&i.Status, Open, Overdue)).Select(appos.Sum(&i.Amount, &out.Owed))
	})
	if err != nil {
		return finance.Credit{}, err
	}
	credit.Owed = owed[0].Owed // without groups there is one row
	if credit.Limit.IsZero() {
		bought, err := appos.Call(ctx, crm.CustomerRevenue{Customer: id, Since: time.Now().AddDate(-1, 0, 0)})
		if err != nil {
			return finance.Credit{}, err
		}
		credit.Limit = bought.Amount.DivRound(decimal.NewFromInt(2), 2)
	}
	free := credit.Limit.Sub(credit.Owed)
	if credit.Approved = in.Amount.LessThanOrEqual(free); !credit.Approved {
		credit.Reason = fmt.Sprintf("%s is beyond the %s that %s may still owe", in.Amount.StringFixed(2), decimal.Max(free, decimal.Zero).StringFixed(2), customer.Name)
	}
	return credit, nil
}
