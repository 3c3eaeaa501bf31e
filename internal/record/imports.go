package record

import "github.com/apposengine/appos/internal/store"

// ImportTable remembers imports and how far they are. Every database that has
// records has one, since a batch of rows is stored together with the position
// that it ends at; package exchange keeps it.
var ImportTable = store.Table{
	Name: "appos_import",
	Columns: []store.Column{
		{Name: "id", Type: store.Int, Serial: true},
		{Name: "record", Type: store.Text}, // the reference
		{Name: "user", Type: store.Text},   // as whom it writes
		{Name: "file", Type: store.Text},   // where the file is
		{Name: "name", Type: store.Text},   // what the file is called, for people
		{Name: "size", Type: store.Int},    // bytes
		{Name: "hash", Type: store.Text},   // of the file, SHA-256
		{Name: "options", Type: store.JSONText},
		{Name: "state", Type: store.Text},
		{Name: "message", Type: store.Text}, // why it ended, for people
		{Name: "pass", Type: store.Int},     // over the file; the second one fills references within the record
		{Name: "position", Type: store.Int}, // rows of the file that are done with
		{Name: "created", Type: store.Int},
		{Name: "updated", Type: store.Int},
		{Name: "unchanged", Type: store.Int},
		{Name: "failed", Type: store.Int},
		{Name: "pending", Type: store.Int},  // references that the second pass has to fill
		{Name: "reported", Type: store.Int}, // bytes of the report that belong to the position
		{Name: "started_at", Type: store.Time},
		{Name: "updated_at", Type: store.Time},
	},
	Indexes: []store.Index{{Columns: []string{"state"}}},
}
