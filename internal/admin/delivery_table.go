package admin

import (
	"strconv"

	"github.com/apposengine/appos/internal/webhook"
	"github.com/apposengine/appos/ui"
)

// deliveryTable lists the deliveries of a webhook, the newest first.
func (d Deps) deliveryTable(c *ui.Ctx, w *webhook.Webhook, in Webhook) ui.Node {
	return ui.DataTable(c, ui.Table[*webhook.Delivery]{
		ID: "deliveries", Name: "deliveries", One: "delivery", Search: true, Size: 50,
		Filters: []ui.Filter{{Key: "state", Title: "State", Options: []ui.Option{{Value: "waiting", Label: "Waiting"}, {Value: "delivered", Label: "Delivered"}, {Value: "failed", Label: "Given up"}}}},
		Key:     func(x **webhook.Delivery) string { return strconv.FormatInt((*x).ID, 10) },
		URL:     func(x **webhook.Delivery) string { return c.URL(Delivery{ID: w.ID, Delivery: (*x).ID}) },
		Source: func(c *ui.Ctx, s ui.State) (ui.Slice[*webhook.Delivery], error) {
			t := trailOf(s)
			rows, err := d.Webhooks.Deliveries(c, webhook.DeliveryQuery{Webhook: w.ID, State: webhook.DeliveryState(in.State), Text: s.Search, Before: position(t), Limit: s.Size + 1})
			next := ""
			if len(rows) > s.Size {
				rows = rows[:s.Size]
				next = strconv.FormatInt(rows[s.Size-1].ID, 10)
			}
			return slice(t, rows, next, -1), err
		},
		Columns: []ui.Column[*webhook.Delivery]{
			{Key: "at", Title: "Happened", Text: func(x **webhook.Delivery) string { return clock(c, (*x).CreatedAt) }},
			{Key: "type", Title: "Event", Main: true, Text: func(x **webhook.Delivery) string { return (*x).Type }},
			{Key: "row", Title: "Row", Number: true, Text: func(x **webhook.Delivery) string { return rowOf(*x) }},
			{Key: "state", Title: "State", Cell: func(x **webhook.Delivery) ui.Node { return deliveryBadge(*x) }},
			{Key: "attempts", Title: "Attempts", Number: true, Text: func(x **webhook.Delivery) string { return c.Int((*x).Attempts) }},
			{Key: "status", Title: "Status", Number: true, Text: func(x **webhook.Delivery) string { return statusOf((*x).Status) }},
			{Key: "took", Title: "Took", Number: true, Text: func(x **webhook.Delivery) string { return took(c, (*x).Latency) }},
			{Key: "next", Title: "Next attempt", Hidden: in.State != string(webhook.Waiting), Text: func(x **webhook.Delivery) string { return nextAttempt(c, *x) }},
			{Key: "fault", Title: "Why not", Text: func(x **webhook.Delivery) string { return shortened((*x).Fault, 40) }},
		},
	})
}

func rowOf(x *webhook.Delivery) string {
	if x.Row == 0 {
		return "–"
	}
	return strconv.FormatInt(x.Row, 10)
}

func statusOf(status int) string {
	if status == 0 {
		return "–"
	}
	return strconv.Itoa(status)
}

func nextAttempt(c *ui.Ctx, x *webhook.Delivery) string {
	switch {
	case x.State != webhook.Waiting:
		return "–"
	case x.NextAt.IsZero():
		return "now"
	}
	return c.Time(x.NextAt)
}

func deliveryBadge(x *webhook.Delivery) ui.Node {
	switch {
	case x.State == webhook.Delivered:
		return ui.Badge("Delivered", ui.OK)
	case x.State == webhook.Failed:
		return ui.Badge("Given up", ui.Err)
	case x.Attempts > 0:
		return ui.Badge("Retrying", ui.Warn)
	}
	return ui.Badge("Waiting", ui.Info)
}
