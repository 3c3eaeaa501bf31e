package record

import "github.com/apposengine/appos/internal/store"

// IdempotencyTable keeps the answers to requests that carried an idempotency key.
// Every database that has records has one, since an answer is stored together
// with the change that it is about; package idempotency keeps it.
var IdempotencyTable = store.Table{
	Name: "appos_idempotency",
	Columns: []store.Column{
		{Name: "key", Type: store.Text},     // a hash of the key and of whose it is
		{Name: "account", Type: store.Text}, // for people
		{Name: "method", Type: store.Text},
		{Name: "path", Type: store.Text},   // with the query
		{Name: "body", Type: store.Text},   // a hash; "" is not known yet
		{Name: "rights", Type: store.Text}, // a hash of what the account might do
		{Name: "status", Type: store.Int},  // of the answer; 0 is none yet
		{Name: "header", Type: store.JSONText},
		{Name: "answer", Type: store.Bytes, Null: true}, // empty while there is none
		{Name: "created_at", Type: store.Time},
		{Name: "alive_until", Type: store.Time},           // who works on the answer says so again before
		{Name: "large", Type: store.Bool, Default: false}, // the answer was too large to be kept
	},
	Key:     []string{"key"},
	Indexes: []store.Index{{Columns: []string{"created_at"}}},
}
