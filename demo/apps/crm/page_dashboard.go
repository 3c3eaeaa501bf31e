package crm

import (
	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/ui"
)

// Dashboard is /crm/dashboard: how business goes.
type Dashboard struct{ appos.Returns[ui.Node] }

var _ = ui.Page(App, "/dashboard", Labels.Dashboard, dashboard)

func dashboard(c *ui.Ctx, _ Dashboard) (ui.Node, error) {
	figures, err := appos.Call(c, SalesFigures{})
	if err != nil {
		return nil, err
	}
	late, err := appos.Call(c, LateOrders{Limit: 500})
	if err != nil {
		return nil, err
	}
	return ui.Screen(c, Labels.Dashboard.In(c),
		ui.Actions(ui.LinkButton(ui.NewURL[Customer](c), Labels.NewCustomer.In(c), ui.Primary, ui.Icon("plus"))),
		keyFigures(c, figures, len(late)),
		ui.Split(
			ui.Card(Labels.RevenueByMonth.In(c), revenueChart(c, figures)),
			ui.Card(Labels.CustomersByTier.In(c), tiers(c, figures))),
		ui.Split(
			ui.FlushCard(Labels.LatestOrders.In(c), ui.Show(c, LatestOrders{})),
			ui.FlushCard(Labels.LowStock.In(c), ui.Show(c, ScarceProducts{}))),
	), nil
}

func keyFigures(c *ui.Ctx, f Figures, late int) ui.Node {
	trend := make([]float64, len(f.Months))
	for i, m := range f.Months {
		trend[i] = m.Revenue.InexactFloat64()
	}
	return ui.Grid(4,
		ui.Metric(c, ui.Figure{Label: Labels.Revenue.In(c), Value: money(c, f.Revenue), Trend: trend}),
		ui.Metric(c, ui.Figure{Label: Names.Customers.In(c), Value: c.Int(f.Customers), URL: ui.ListURL[Customer](c)}),
		ui.Metric(c, ui.Figure{Label: Labels.OpenOrders.In(c), Value: c.Int(f.Open), URL: ui.ListURL[Order](c, "status", string(Confirmed))}),
		ui.Metric(c, ui.Figure{Label: Labels.LateOrders.In(c), Value: c.Int(late), URL: ui.ListURL[Order](c, "status", string(Confirmed))}),
	)
}

func revenueChart(c *ui.Ctx, f Figures) ui.Node {
	if f.Orders == 0 {
		return ui.EmptyState("chart-area", Labels.RevenueByMonth.In(c), Labels.Empty.In(c))
	}
	chart := ui.Chart{
		Label:  Labels.RevenueByMonth.In(c),
		Series: []ui.Series{{Name: Labels.Revenue.In(c)}},
		Format: func(v float64) string { return c.Number(v/1000, 0) + " k" + symbol(Currency.Get(c)) },
	}
	for _, m := range f.Months {
		chart.X = append(chart.X, c.Month(m.Start.Month()))
		chart.Series[0].Values = append(chart.Series[0].Values, m.Revenue.InexactFloat64())
	}
	return ui.AreaChart(c, chart)
}

func tiers(c *ui.Ctx, f Figures) ui.Node {
	names := map[Tier]appos.Text{Bronze: Names.Bronze, Silver: Names.Silver, Gold: Names.Gold, Platinum: Names.Platinum}
	var parts []ui.Share
	for _, t := range f.Tiers {
		parts = append(parts, ui.Share{Label: names[t.Tier].In(c), Value: float64(t.Count), URL: ui.ListURL[Customer](c, "tier", string(t.Tier))})
	}
	return ui.Donut(c, Labels.CustomersByTier.In(c), c.Int(f.Customers), parts...)
}

// money writes an amount in the app's currency, without cents from a thousand on.
func money(c *ui.Ctx, amount decimal.Decimal) string {
	digits := 2
	if amount.Abs().GreaterThanOrEqual(decimal.NewFromInt(1000)) {
		digits = 0
	}
	return c.Number(amount, digits) + " " + symbol(Currency.Get(c))
}

func symbol(currency string) string {
	switch currency {
	case "EUR":
		return "€"
	case "USD":
		return "$"
	case "GBP":
		return "£"
	}
	return currency
}
