package system

import "github.com/apposengine/appos/internal/store"

// Tables are what the package keeps in the platform's database.
func Tables() []store.Table {
	return []store.Table{
		{
			Name: "appos_system", // one row per system that was ever changed or checked
			Columns: []store.Column{
				{Name: "system", Type: store.Text},
				{Name: "revision", Type: store.Int, Default: int64(0)}, // of the settings: other nodes see by it that they changed
				{Name: "checked_at", Type: store.Time, Null: true},
			},
			Key: []string{"system"},
		},
		{
			Name: "appos_system_setting", // what was set in the console
			Columns: []store.Column{
				{Name: "system", Type: store.Text},
				{Name: "environment", Type: store.Text}, // empty is every environment
				{Name: "name", Type: store.Text},
				{Name: "value", Type: store.Text, Null: true},
				{Name: "sealed", Type: store.Bytes, Null: true}, // the value of a credential
				{Name: "changed_by", Type: store.Text},
				{Name: "changed_at", Type: store.Time},
			},
			Key: []string{"system", "environment", "name"},
		},
		{
			Name: "appos_system_health", // what checks found, for a day
			Columns: []store.Column{
				{Name: "id", Type: store.Int, Serial: true},
				{Name: "system", Type: store.Text},
				{Name: "at", Type: store.Time},
				{Name: "latency", Type: store.Int}, // microseconds
				{Name: "fault", Type: store.Text},  // empty: it answered
			},
			Indexes: []store.Index{{Columns: []string{"system", "at"}}, {Columns: []string{"at"}}},
		},
	}
}
