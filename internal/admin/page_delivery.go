package admin

import (
	"strconv"
	"time"

	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/webhook"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/ui"
)

// Delivery is /admin/webhooks/{id}/deliveries/{delivery}: what was sent and answered.
type Delivery struct {
	appos.Returns[ui.Node]

	ID       int64
	Delivery int64
}

func (k console) delivery(c *ui.Ctx, in Delivery) (ui.Node, error) {
	d := k.deps()
	w, err := d.Webhooks.Webhook(c, in.ID)
	if err != nil {
		return nil, err
	}
	x, err := d.Webhooks.Delivery(c, in.Delivery)
	if err == nil && x.Webhook != w.ID {
		err = appos.Errorf(appos.NotFound, "the webhook %q has no delivery %d", w.Name, in.Delivery)
	}
	if err != nil {
		return nil, err
	}
	switch c.Posting(do) {
	case "":
	case "resend":
		return change(c, platform.ResendWebhook{Delivery: x.ID}, "It is sent again")
	default:
		return nil, unknown(c)
	}
	attempts, err := d.Webhooks.Attempts(c, x.ID)
	if err != nil {
		return nil, err
	}
	c.Crumbs(ui.Crumb{Label: titles.Webhooks.In(c), URL: c.URL(Webhooks{})}, ui.Crumb{Label: w.Name, URL: c.URL(Webhook{ID: w.ID})})
	var again, poll ui.Node
	if x.State != webhook.Waiting {
		again = ui.PostButton(c, c.Request().URL.RequestURI(), "Send again", ui.Outline, do, "resend")
	} else if w.State == webhook.Active && (x.NextAt.IsZero() || x.NextAt.Sub(d.Now()) < time.Minute) {
		poll = ui.Poll(c, 2)
	}
	pairs := []ui.Pair{
		{Label: "Event", Value: code(x.Event)},
		{Label: "Happened", Value: ui.Text(clock(c, x.CreatedAt))},
		{Label: "Next attempt", Value: ui.Text(nextAttempt(c, x))},
	}
	if x.Record != "" {
		pairs = append(pairs, ui.Pair{Label: "Record", Value: d.reference(c, x.Record)}, ui.Pair{Label: "Row", Value: ui.Text(rowOf(x) + ", version " + strconv.FormatInt(x.Version, 10))})
	}
	var fault ui.Node
	if x.Fault != "" {
		title := "It was not taken yet"
		if x.State == webhook.Failed {
			title = "It was given up"
		}
		fault = ui.Alert(ui.Err, title, sentence(x.Fault))
	}
	return ui.Screen(c, x.Type, ui.Actions(deliveryBadge(x), again), fault,
		ui.Split(ui.Stack(attemptSheet(c, attempts), ui.Card("Sent", h.Pre(h.Class("json"), ui.Text(indented(x.Body))))), ui.Card("Delivery", ui.KV(pairs...))), poll), nil
}
