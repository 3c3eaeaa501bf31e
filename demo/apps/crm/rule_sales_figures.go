package crm

import (
	"context"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
)

// SalesFigures sums up the last twelve months for the dashboard.
type SalesFigures struct{ appos.Returns[Figures] }

// Figures answers [SalesFigures].
type Figures struct {
	Months    []Month         `json:"months"` // oldest first, the last is the current one
	Revenue   decimal.Decimal `json:"revenue"`
	Average   decimal.Decimal `json:"average"` // of an order
	Orders    int             `json:"orders"`
	Open      int             `json:"open"` // drafts and confirmed
	Customers int             `json:"customers"`
	Tiers     []TierCount     `json:"tiers"`
}

// Month is one month of [Figures].
type Month struct {
	Start   time.Time       `json:"start"`
	Orders  int             `json:"orders"`
	Revenue decimal.Decimal `json:"revenue"`
}

// TierCount is how many customers a tier has.
type TierCount struct {
	Tier  Tier `json:"tier"`
	Count int  `json:"count"`
}

var _ = appos.Rule(App, salesFigures, appos.CacheFor(time.Minute))

func salesFigures(ctx context.Context, _ SalesFigures) (Figures, error) {
	now := time.Now().UTC()
	first := time.Date(now.Year(), now.Month()-11, 1, 0, 0, 0, 0, time.UTC)
	var f Figures
	for i := range 12 {
		f.Months = append(f.Months, Month{Start: first.AddDate(0, i, 0)})
	}
	orders, err := appos.Find(ctx, func(o *Order, q *appos.Query) {
		q.Where(appos.Ge(&o.PlacedAt, first), appos.Not(appos.OneOf(&o.Status, Draft, Cancelled))).With(&o.Lines)
	})
	if err != nil {
		return f, err
	}
	for _, o := range orders {
		at := (o.PlacedAt.Year()-first.Year())*12 + int(o.PlacedAt.Month()-first.Month())
		if at < 0 || at >= len(f.Months) {
			continue
		}
		f.Orders++
		f.Months[at].Orders++
		for _, l := range o.Lines.Rows {
			f.Months[at].Revenue = f.Months[at].Revenue.Add(l.Total())
		}
	}
	for _, m := range f.Months {
		f.Revenue = f.Revenue.Add(m.Revenue)
	}
	if f.Orders > 0 {
		f.Average = f.Revenue.DivRound(decimal.NewFromInt(int64(f.Orders)), 2)
	}
	if f.Open, err = appos.Count(ctx, func(o *Order, q *appos.Query) { q.Where(appos.OneOf(&o.Status, Draft, Confirmed)) }); err != nil {
		return f, err
	}
	tiers, err := appos.Aggregate(ctx, func(c *Customer, out *TierCount, q *appos.Aggregation) {
		q.GroupBy(appos.By(&c.Tier, &out.Tier)).Select(appos.CountRows(&out.Count))
	})
	if err != nil {
		return f, err
	}
	for _, tier := range []Tier{Platinum, Gold, Silver, Bronze} { // those without customers too
		n := TierCount{Tier: tier}
		for _, t := range tiers {
			if t.Tier == tier {
				n = t
			}
		}
		f.Tiers = append(f.Tiers, n)
		f.Customers += n.Count
	}
	return f, nil
}
