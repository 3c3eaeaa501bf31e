package admin

import (
	"strconv"
	"strings"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/webhook"
	"github.com/apposengine/appos/ui"
)

// Webhooks is /admin/webhooks: which systems are told of changes, and how they take it.
type Webhooks struct{ appos.Returns[ui.Node] }

// A webhookRow is a webhook with its figures.
type webhookRow struct {
	*webhook.Webhook
	figures webhook.Figures
}

func (k console) webhooks(c *ui.Ctx, _ Webhooks) (ui.Node, error) {
	d := k.deps()
	all, err := d.Webhooks.Webhooks(c)
	if err != nil {
		return nil, err
	}
	figures, err := d.Webhooks.Figures(c)
	if err != nil {
		return nil, err
	}
	rows := make([]webhookRow, len(all))
	for i, w := range all {
		rows[i] = webhookRow{w, figures[w.ID]}
	}
	create := ui.LinkButton(c.URL(NewWebhook{}), titles.NewWebhook.In(c), ui.Primary, ui.Icon("plus"))
	return ui.Screen(c, titles.Webhooks.In(c),
		ui.Sub("Other systems that are told when rows change."), ui.Actions(create),
		ui.DataTable(c, ui.Table[webhookRow]{
			ID: "webhooks", Name: "webhooks", One: "webhook", Rows: rows, Search: true, Empty: []ui.Node{create},
			Key: func(r *webhookRow) string { return strconv.FormatInt(r.ID, 10) },
			URL: func(r *webhookRow) string { return c.URL(Webhook{ID: r.ID}) },
			Filters: []ui.Filter{{Key: "state", Title: "State", Options: []ui.Option{
				{Value: "active", Label: "Active"}, {Value: "failing", Label: "Failing"}, {Value: "paused", Label: "Paused"}, {Value: "disabled", Label: "Disabled"}}}},
			Columns: []ui.Column[webhookRow]{
				{Key: "name", Title: "Webhook", Main: true, Sort: true, Text: func(r *webhookRow) string { return r.Name }},
				{Key: "state", Title: "State", Sort: true, Text: func(r *webhookRow) string { return webhookState(r.Webhook) }, Cell: func(r *webhookRow) ui.Node { return webhookBadge(r.Webhook) }},
				{Key: "target", Title: "Target", Text: func(r *webhookRow) string { return r.Host() }},
				{Key: "records", Title: "Records", Text: func(r *webhookRow) string { return some(recordNames(r.Records), 2) }},
				{Key: "account", Title: "As", Cell: func(r *webhookRow) ui.Node { return userLink(c, r.Account) }, Text: func(r *webhookRow) string { return r.Account }},
				{Key: "waiting", Title: "Waiting", Number: true, Text: func(r *webhookRow) string { return c.Int(r.figures.Waiting) }},
				{Key: "rate", Title: "Delivered", Number: true, Text: func(r *webhookRow) string { return deliveredRate(c, r.figures) }},
				{Key: "latest", Title: "Latest", Text: func(r *webhookRow) string { return ago(c, d.Now(), r.figures.Latest) }},
			},
		})), nil
}

// webhookState is the state of a webhook in a word.
func webhookState(w *webhook.Webhook) string {
	if w.State == webhook.Active && !w.FailingSince.IsZero() {
		return "failing"
	}
	return string(w.State)
}

func webhookBadge(w *webhook.Webhook) ui.Node {
	state := webhookState(w)
	tone := map[string]ui.Variant{"active": ui.OK, "failing": ui.Err, "paused": ui.Warn}[state]
	if tone == "" {
		tone = ui.Muted
	}
	return ui.Badge(object.Humanize(state), tone)
}

// deliveredRate is the part of the deliveries that were taken.
func deliveredRate(c *ui.Ctx, f webhook.Figures) string {
	if f.Delivered+f.Failed == 0 {
		return "–"
	}
	return c.Percent(100*f.Rate(), digits(f))
}

// digits are those of a rate: all and nothing are said without.
func digits(f webhook.Figures) int {
	if f.Delivered == 0 || f.Failed == 0 {
		return 0
	}
	return 1
}

// recordNames are references without what they have in common.
func recordNames(refs []string) []string {
	names := make([]string, len(refs))
	for i, ref := range refs {
		names[i] = strings.Replace(ref, ".records.", ".", 1)
	}
	return names
}
