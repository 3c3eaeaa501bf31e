package admin

import (
	"slices"
	"strings"
	"time"

	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/internal/webhook"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/ui"
)

// Webhook is /admin/webhooks/{id}: one webhook, in several views.
type Webhook struct {
	appos.Returns[ui.Node]

	ID    int64
	View  string // "" is its deliveries
	State string // of the deliveries
}

func (k console) webhook(c *ui.Ctx, in Webhook) (ui.Node, error) {
	d := k.deps()
	w, err := d.Webhooks.Webhook(c, in.ID)
	if err != nil {
		return nil, err
	}
	if action := c.Posting(do); action != "" {
		return d.changeWebhook(c, w, action)
	}
	var body ui.Node
	switch in.View {
	case "":
		body, err = d.webhookDeliveries(c, w, in)
	case viewSettings:
		body, err = d.webhookChange(c, w)
	case viewHistory:
		body = d.auditTable(c, security.ChangeQuery{Subject: w.Subject()}, false)
	default:
		return nil, appos.Errorf(appos.NotFound, "there is no view %q of a webhook", in.View)
	}
	if body == nil || err != nil { // a form that was saved goes on elsewhere
		return nil, err
	}
	c.Crumbs(ui.Crumb{Label: titles.Webhooks.In(c), URL: c.URL(Webhooks{})})
	at := func(label, view string) section {
		return section{label, Webhook{ID: w.ID, View: view}, in.View == view}
	}
	return ui.Screen(c, w.Name,
		ui.Sub(w.Host()+" · as "+w.Account+" · "+some(recordNames(w.Records), 4)),
		ui.Actions(webhookBadge(w), webhookButtons(c, w)),
		sections(c, at("Deliveries", ""), at("Settings", viewSettings), at("History", viewHistory)),
		webhookNote(c, w), body), nil
}

// webhookNote says what is the matter with a webhook.
func webhookNote(c *ui.Ctx, w *webhook.Webhook) ui.Node {
	switch {
	case w.State == webhook.Disabled && w.Reason != "":
		return ui.Alert(ui.Err, "It was disabled", sentence(w.Reason)+" Changes are not noted any more.")
	case w.State == webhook.Disabled:
		return ui.Alert(ui.Info, "It is disabled", "Changes are not noted.")
	case w.State == webhook.Paused && w.Reason != "":
		return ui.Alert(ui.Warn, "It was paused", sentence(w.Reason)+" Events wait until it is active again.")
	case w.State == webhook.Paused:
		return ui.Alert(ui.Info, "It is paused", "Events wait until it is active again.")
	case !w.FailingSince.IsZero():
		return ui.Alert(ui.Warn, "Its target fails since "+c.Time(w.FailingSince), "Events are tried again, less and less often. If it goes on for days, the webhook is disabled.")
	}
	return nil
}

// sentence is a reason as a sentence.
func sentence(text string) string {
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".") + "."
}

func webhookButtons(c *ui.Ctx, w *webhook.Webhook) ui.Node {
	address := c.Request().URL.RequestURI()
	if w.State != webhook.Active {
		return ui.PostButton(c, address, "Activate", ui.Primary, do, "active")
	}
	return ui.Row(ui.PostButton(c, address, "Send a test event", ui.Outline, do, "test"), ui.PostButton(c, address, "Pause", ui.Outline, do, "paused"))
}

// changeWebhook does what a button of the page asks for.
func (d Deps) changeWebhook(c *ui.Ctx, w *webhook.Webhook, action string) (ui.Node, error) {
	switch action {
	case "active":
		return change(c, platform.SetWebhookState{Webhook: w.Name, State: action}, w.Name+" is active")
	case "paused", "disabled":
		return change(c, platform.SetWebhookState{Webhook: w.Name, State: action}, w.Name+" is "+action)
	case "delete":
		return changeThen(c, platform.DeleteWebhook{Webhook: w.Name}, w.Name+" is deleted", c.URL(Webhooks{}))
	case "rotate":
		made, err := appos.Call(c, platform.RotateWebhookSecret{Webhook: w.Name})
		if err != nil {
			return nil, err
		}
		return d.webhookSecret(c, "New secret", w.Name, made), nil
	case "test":
		id, err := appos.Call(c, platform.TestWebhook{Webhook: w.Name})
		if err != nil {
			return told(c, err)
		}
		return c.Redirect(Delivery{ID: w.ID, Delivery: id})
	case "replay":
		since, err := replaySince(d.Now(), c.Posting("since"))
		if err != nil {
			return nil, err
		}
		n, err := appos.Call(c, platform.ReplayWebhook{Webhook: w.Name, Since: since})
		if err != nil {
			return told(c, err)
		}
		if n == 0 {
			c.Toast(ui.Info, "Nothing to send", "No event of that time was given up.")
		} else {
			c.Toast(ui.OK, plural(int(n), "event")+" will be sent again", "")
		}
		return c.RedirectTo(c.Request().URL.RequestURI())
	}
	return nil, unknown(c)
}

// told comes back to the page with what the state of the data does not allow;
// other errors end the request.
func told(c *ui.Ctx, err error) (ui.Node, error) {
	if !refused(c, err) {
		return nil, err
	}
	return c.RedirectTo(c.Request().URL.RequestURI())
}

// replays are the times of which events are sent again.
var replays = []ui.Option{{Value: "1h", Label: "Of the last hour"}, {Value: "24h", Label: "Of the last day"}, {Value: "168h", Label: "Of the last week"}, {Value: "all", Label: "All that are kept"}}

// replaySince is when a choice of replays begins; zero is the beginning.
func replaySince(now time.Time, choice string) (time.Time, error) {
	if !slices.ContainsFunc(replays, func(o ui.Option) bool { return o.Value == choice }) {
		return time.Time{}, appos.Errorf(appos.Invalid, "there is no choice %q of events to send again", choice)
	}
	span, err := time.ParseDuration(choice)
	if err != nil {
		return time.Time{}, nil // all that are kept
	}
	return now.Add(-span), nil
}

func (d Deps) webhookDeliveries(c *ui.Ctx, w *webhook.Webhook, in Webhook) (ui.Node, error) {
	all, err := d.Webhooks.Figures(c)
	if err != nil {
		return nil, err
	}
	p95, err := d.Webhooks.P95(c, w.ID)
	if err != nil {
		return nil, err
	}
	f := all[w.ID]
	figures := ui.Grid(4,
		ui.Metric(c, ui.Figure{Label: "Delivered", Value: deliveredRate(c, f), URL: c.URL(Webhook{ID: w.ID, State: string(webhook.Delivered)})}),
		ui.Metric(c, ui.Figure{Label: "Waiting", Value: c.Int(f.Waiting), URL: c.URL(Webhook{ID: w.ID, State: string(webhook.Waiting)})}),
		ui.Metric(c, ui.Figure{Label: "Given up", Value: c.Int(f.Failed), URL: c.URL(Webhook{ID: w.ID, State: string(webhook.Failed)})}),
		ui.Metric(c, ui.Figure{Label: "Answer, p95", Value: took(c, p95)}))
	var replay ui.Node
	if f.Failed > 0 && w.State != webhook.Disabled {
		replay = ui.Row(ui.Dialog(c, "Send again what was given up", ui.Outline, "Send again what was given up?",
			ui.PlainForm(c, c.Request().URL.RequestURI(), h.Div(h.Class("confirm"),
				h.P(ui.Text("Events are sent with the id and the content that they had, and have all their attempts again.")),
				ui.Chooser(c, "since", "Events", "24h", replays...), ui.Named(ui.Primary, do, "replay", "Send them again")))))
	}
	return ui.Stack(figures, replay, d.deliveryTable(c, w, in)), nil
}

// webhookChange is the form of a webhook, its secret and its end.
func (d Deps) webhookChange(c *ui.Ctx, w *webhook.Webhook) (ui.Node, error) {
	f := d.webhookForm(c, w.Settings)
	if f.Submitted() && f.Valid() {
		_, err := appos.Call(c, platform.ChangeWebhook{Webhook: w.Name, Name: f.Value("name"), Settings: d.webhookSettings(f)})
		if err == nil {
			c.Toast(ui.OK, "Saved", "Events from now on follow it.")
			return c.Redirect(Webhook{ID: w.ID, View: viewSettings})
		}
		if !f.Fail(err) {
			return nil, err
		}
	}
	fields, err := d.webhookFields(c, f)
	if err != nil {
		return nil, err
	}
	until := "It is kept encrypted and never shown."
	if w.OldUntil.After(d.Now()) {
		until = "The secret before signs as well until " + c.Time(w.OldUntil) + "."
	}
	var disable ui.Node
	if w.State != webhook.Disabled {
		disable = confirm(c, "Disable", "Disable "+w.Name+"?", "Changes are not noted any more, and what waits is given up.", "Disable "+w.Name, do, "disabled")
	}
	return ui.Stack(
		f.Node(append(fields, ui.Footer(ui.Save(c, "")))...),
		ui.Card("Secret", h.P(ui.Text(until)),
			confirm(c, "New secret", "Make a new secret?", "Both sign for a day, so that the target can change over; then only the new one does.", "Make a new secret", do, "rotate")),
		ui.Card("End", h.P(ui.Text("A disabled webhook can be activated again; a deleted one is gone with its deliveries.")),
			ui.Row(disable, confirm(c, "Delete", "Delete "+w.Name+"?", "What waits is not sent any more, and what was sent is forgotten.", "Delete "+w.Name, do, "delete")))), nil
}
