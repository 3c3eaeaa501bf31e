package webhook

import "github.com/apposengine/appos/internal/store"

// OutboxTable is in every database with records but the platform's: events wait
// there for being moved to the deliveries.
var OutboxTable = store.Table{
	Name: "appos_webhook_outbox",
	Columns: append([]store.Column{{Name: "id", Type: store.Int, Serial: true}},
		eventColumns...),
}

// eventColumns are what an event is.
var eventColumns = []store.Column{
	{Name: "webhook", Type: store.Int},
	{Name: "event", Type: store.Text}, // the id that receivers know it by
	{Name: "type", Type: store.Text},  // such as "crm.customer.updated"
	{Name: "record", Type: store.Text},
	{Name: "row_id", Type: store.Int},
	{Name: "version", Type: store.Int},
	{Name: "body", Type: store.Text},
	{Name: "created_at", Type: store.Time},
}

// Tables are what the package keeps in the platform's database.
func Tables() []store.Table {
	return []store.Table{
		{
			Name: "appos_webhook",
			Columns: []store.Column{
				{Name: "id", Type: store.Int, Serial: true},
				{Name: "name", Type: store.Text},
				{Name: "target", Type: store.Text},
				{Name: "account", Type: store.Int}, // the id of the user whose view it has
				{Name: "records", Type: store.JSONText},
				{Name: "operations", Type: store.JSONText},
				{Name: "filter", Type: store.Text},           // conditions in JSON; empty is none
				{Name: "fields", Type: store.JSONText},       // empty is all
				{Name: "environments", Type: store.JSONText}, // empty is all
				{Name: "state", Type: store.Text},
				{Name: "reason", Type: store.Text}, // of a state that nobody asked for
				{Name: "secret", Type: store.Bytes, Null: true},
				{Name: "old_secret", Type: store.Bytes, Null: true}, // signs as well until old_until
				{Name: "old_until", Type: store.Time, Null: true},
				{Name: "failing_since", Type: store.Time, Null: true},
				{Name: "held_until", Type: store.Time, Null: true}, // the target asked for it
				{Name: "revision", Type: store.Int, Default: int64(1)},
				{Name: "created_by", Type: store.Text},
				{Name: "created_at", Type: store.Time},
				{Name: "changed_by", Type: store.Text},
				{Name: "changed_at", Type: store.Time},
			},
			Indexes: []store.Index{{Columns: []string{"name"}, Unique: true}},
		},
		{
			Name: "appos_webhook_delivery", // an event on its way, and its end
			Columns: append(append([]store.Column{{Name: "id", Type: store.Int, Serial: true}}, eventColumns...),
				store.Column{Name: "state", Type: store.Text},
				store.Column{Name: "attempts", Type: store.Int, Default: int64(0)},
				store.Column{Name: "tries", Type: store.Int, Default: int64(0)}, // attempts since it was sent last by somebody
				store.Column{Name: "next_at", Type: store.Time, Null: true},
				store.Column{Name: "ended_at", Type: store.Time, Null: true},
				// of the last attempt
				store.Column{Name: "status", Type: store.Int, Default: int64(0)},
				store.Column{Name: "latency", Type: store.Int, Default: int64(0)}, // microseconds
				store.Column{Name: "fault", Type: store.Text, Default: ""},
			),
			Indexes: []store.Index{
				{Columns: []string{"webhook", "event"}, Unique: true},
				{Columns: []string{"webhook", "state", "id"}},
				{Columns: []string{"created_at"}},
				{Columns: []string{"next_at"}, Where: `"state" = 'waiting'`},
			},
		},
		{
			Name: "appos_webhook_attempt",
			Columns: []store.Column{
				{Name: "id", Type: store.Int, Serial: true},
				{Name: "delivery", Type: store.Int, References: "appos_webhook_delivery", OnDeleteCascade: true},
				{Name: "at", Type: store.Time},
				{Name: "latency", Type: store.Int}, // microseconds
				{Name: "status", Type: store.Int},
				{Name: "fault", Type: store.Text},
				{Name: "answer", Type: store.Text}, // how it began
			},
			Indexes: []store.Index{{Columns: []string{"delivery"}}},
		},
	}
}
