package crm

import (
	"github.com/apposengine/appos"
	"github.com/apposengine/appos/ui"
)

// LatestOrders is a table of the orders that came in last.
type LatestOrders struct{ appos.Returns[ui.Node] }

var _ = ui.Interface(App, latestOrders)

func latestOrders(c *ui.Ctx, _ LatestOrders) (ui.Node, error) {
	orders, err := appos.Find(c, func(o *Order, q *appos.Query) { q.OrderBy(appos.Desc(&o.PlacedAt)).Limit(8) })
	if err != nil {
		return nil, err
	}
	customers, err := appos.Related(c, orders, func(o *Order) *appos.ID[Customer] { return &o.Customer })
	if err != nil {
		return nil, err
	}
	return ui.DataTable(c, ui.Table[Order]{
		ID: "latest", Name: Names.Orders.In(c), Rows: orders,
		URL: func(o *Order) string { return ui.RowURL(c, o.ID) },
		Columns: []ui.Column[Order]{
			{Key: "number", Title: Names.Number.In(c), Main: true, Text: func(o *Order) string { return o.Number }},
			{Key: "customer", Title: Names.Customer.In(c), Text: func(o *Order) string { return customers[o.Customer].Name }},
			{Key: "status", Title: Names.Status.In(c), Text: func(o *Order) string { return string(o.Status) },
				Cell: func(o *Order) ui.Node { return statusBadge(c, o.Status) }},
			{Key: "placed_at", Title: Names.PlacedAt.In(c), Number: true, Text: func(o *Order) string { return c.Date(o.PlacedAt) }},
		},
	}), nil
}

func statusBadge(c *ui.Ctx, s Status) ui.Node {
	name := map[Status]appos.Text{
		Draft: Names.Draft, Confirmed: Names.Confirmed, Shipped: Names.Shipped, Delivered: Names.Delivered, Cancelled: Names.Cancelled,
	}[s]
	tone := map[Status]ui.Variant{Draft: ui.Muted, Confirmed: ui.Info, Shipped: ui.Warn, Delivered: ui.OK, Cancelled: ui.Err}[s]
	return ui.Badge(name.In(c), tone)
}
