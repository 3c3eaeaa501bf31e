package platform

import (
	"context"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/webhook"
)

// WebhookSettings are what is said about a webhook.
type WebhookSettings struct {
	Target  string   `validate:"required"` // a URL, such as "https://example.com/hooks"
	Account string   `validate:"required"` // the user whose view of the rows is sent, such as a service account
	Records []string // references, such as "crm.records.customer"
	// Operations are "created", "updated" and "deleted"; none is all.
	Operations []string
	// Filter are conditions in JSON, as REST takes them for where; empty is none.
	Filter string
	// Fields are those that are sent; none is all that the account may view.
	Fields []string
	// Environments are those in which it works; none is all.
	Environments []string
}

// CreateWebhook makes a webhook: a request to a URL whenever rows change.
type CreateWebhook struct {
	appos.Returns[WebhookSecret]

	Name     string `validate:"required"`
	Settings WebhookSettings
}

// WebhookSecret is the secret that the messages of a webhook are signed with, for
// whoever asked for it: nothing gives it out again.
type WebhookSecret struct {
	ID     int64
	Secret string `appos:"sensitive"`
}

// ChangeWebhook gives a webhook other settings.
type ChangeWebhook struct {
	appos.Returns[appos.None]

	Webhook  string `validate:"required"` // its name
	Name     string `validate:"required"` // from now on
	Settings WebhookSettings
}

// SetWebhookState makes a webhook active; paused, so that it keeps what it would
// send; or disabled, so that it takes no notice of changes.
type SetWebhookState struct {
	appos.Returns[appos.None]

	Webhook string `validate:"required"`
	State   string `validate:"oneof=active paused disabled"`
}

// DeleteWebhook removes a webhook, and with it what waits and what was sent.
type DeleteWebhook struct {
	appos.Returns[appos.None]

	Webhook string `validate:"required"`
}

// RotateWebhookSecret gives a webhook a new secret. For a day the one before signs
// beside it.
type RotateWebhookSecret struct {
	appos.Returns[WebhookSecret]

	Webhook string `validate:"required"`
}

// TestWebhook sends an event that is about no row. It returns the id of its delivery.
type TestWebhook struct {
	appos.Returns[int64]

	Webhook string `validate:"required"`
}

// ResendWebhook sends an event that was taken, or given up, once more.
type ResendWebhook struct {
	appos.Returns[appos.None]

	Delivery int64 `validate:"required"`
}

// ReplayWebhook sends the events of a webhook once more that were given up, of those
// of a time. It returns how many.
type ReplayWebhook struct {
	appos.Returns[int64]

	Webhook string `validate:"required"`
	Since   time.Time
	Until   time.Time // zero is now
}

func declareWebhooks(app *appos.App, webhooks func() *webhook.Service) {
	administer(app, func(ctx context.Context, in CreateWebhook) (WebhookSecret, error) {
		id, key, err := webhooks().Create(ctx, in.Settings.named(in.Name))
		return WebhookSecret{id, key}, err
	})
	rule(app, func(ctx context.Context, _ *object.User, in ChangeWebhook) error {
		return webhooks().Change(ctx, in.Webhook, in.Settings.named(in.Name))
	})
	rule(app, func(ctx context.Context, _ *object.User, in SetWebhookState) error {
		return webhooks().SetState(ctx, in.Webhook, webhook.State(in.State))
	})
	rule(app, func(ctx context.Context, _ *object.User, in DeleteWebhook) error {
		return webhooks().Delete(ctx, in.Webhook)
	})
	administer(app, func(ctx context.Context, in RotateWebhookSecret) (WebhookSecret, error) {
		id, key, err := webhooks().Rotate(ctx, in.Webhook)
		return WebhookSecret{id, key}, err
	})
	administer(app, func(ctx context.Context, in TestWebhook) (int64, error) { return webhooks().Test(ctx, in.Webhook) })
	rule(app, func(ctx context.Context, _ *object.User, in ResendWebhook) error {
		return webhooks().Resend(ctx, in.Delivery)
	})
	administer(app, func(ctx context.Context, in ReplayWebhook) (int64, error) {
		return webhooks().Replay(ctx, in.Webhook, in.Since, in.Until)
	})
}

func (w WebhookSettings) named(name string) webhook.Settings {
	return webhook.Settings{
		Name: name, Target: w.Target, Account: w.Account, Records: w.Records, Operations: w.Operations,
		Filter: w.Filter, Fields: w.Fields, Environments: w.Environments,
	}
}
