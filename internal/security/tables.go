package security

import "github.com/apposengine/appos/internal/store"

// Tables are what the package keeps; the database has them before New.
func Tables() []store.Table {
	return []store.Table{
		{
			Name: "appos_security_epoch", // one row, with id 1
			Columns: []store.Column{
				{Name: "id", Type: store.Int},
				{Name: "epoch", Type: store.Int},
				{Name: "secret", Type: store.Bytes}, // authenticates what nodes share through a cache
			},
			Key: []string{"id"},
		},
		{
			Name: "appos_user_account",
			Columns: []store.Column{
				{Name: "id", Type: store.Int, Serial: true},
				{Name: "name", Type: store.Text},
				{Name: "full_name", Type: store.Text, Default: ""},
				{Name: "email", Type: store.Text, Default: ""},
				{Name: "language", Type: store.Text, Default: ""},
				{Name: "time_zone", Type: store.Text, Default: ""},
				{Name: "type", Type: store.Text, Check: `"type" IN ('basic', 'system_admin', 'service_account')`},
				{Name: "active", Type: store.Bool},
				{Name: "builtin", Type: store.Bool},
				{Name: "password_hash", Type: store.Text, Default: ""}, // empty: no sign-in
				{Name: "password_changed_at", Type: store.Time, Null: true},
				{Name: "session_epoch", Type: store.Int, Default: int64(0)}, // moves when a session is revoked
				{Name: "last_sign_in_at", Type: store.Time, Null: true},
				{Name: "created_at", Type: store.Time},
				{Name: "updated_at", Type: store.Time},
			},
			Indexes: []store.Index{{Columns: []string{"name"}, Unique: true}},
		},
		{
			Name: "appos_user_group",
			Columns: []store.Column{
				{Name: "name", Type: store.Text},
				{Name: "description", Type: store.Text, Default: ""},
				{Name: "active", Type: store.Bool},
				{Name: "builtin", Type: store.Bool},
				{Name: "created_at", Type: store.Time},
				{Name: "updated_at", Type: store.Time},
			},
			Key: []string{"name"},
		},
		{
			Name: "appos_membership",
			Columns: []store.Column{
				{Name: "user_id", Type: store.Int, References: "appos_user_account"},
				{Name: "group_name", Type: store.Text, References: "appos_user_group"},
				{Name: "created_at", Type: store.Time},
			},
			Key:     []string{"user_id", "group_name"},
			Indexes: []store.Index{{Columns: []string{"group_name"}}},
		},
		{
			Name: "appos_object_permission",
			Columns: []store.Column{
				{Name: "group_name", Type: store.Text},
				{Name: "object_ref", Type: store.Text},
				{Name: "permission", Type: store.Text}, // view … admin, or none
				{Name: "source", Type: store.Text, Check: `"source" IN ('declared', 'admin')`},
			},
			Key: []string{"object_ref", "group_name", "permission"},
		},
		{
			Name: "appos_session",
			Columns: []store.Column{
				{Name: "id", Type: store.Int, Serial: true},
				{Name: "token_hash", Type: store.Text},
				{Name: "user_id", Type: store.Int, References: "appos_user_account"},
				{Name: "kind", Type: store.Text},
				{Name: "address", Type: store.Text},
				{Name: "user_agent", Type: store.Text},
				{Name: "created_at", Type: store.Time},
				{Name: "seen_at", Type: store.Time},
				{Name: "expires_at", Type: store.Time},
			},
			Indexes: []store.Index{
				{Columns: []string{"token_hash"}, Unique: true},
				{Columns: []string{"user_id"}},
				{Columns: []string{"expires_at"}},
			},
		},
		{
			Name: "appos_api_key",
			Columns: []store.Column{
				{Name: "id", Type: store.Text}, // the part of the key that is no secret
				{Name: "secret_hash", Type: store.Text},
				{Name: "user_id", Type: store.Int, References: "appos_user_account"},
				{Name: "name", Type: store.Text},
				{Name: "scope", Type: store.Text, Default: ""}, // groups, parted by spaces; empty: the account's
				{Name: "created_by", Type: store.Text},
				{Name: "created_at", Type: store.Time},
				{Name: "expires_at", Type: store.Time, Null: true},
				{Name: "revoked_at", Type: store.Time, Null: true},
				{Name: "used_at", Type: store.Time, Null: true},
				{Name: "used_from", Type: store.Text, Default: ""},
				{Name: "replaces", Type: store.Text, Default: ""}, // the key that it was rotated from
			},
			Key:     []string{"id"},
			Indexes: []store.Index{{Columns: []string{"user_id"}}, {Columns: []string{"expires_at"}}},
		},
		{
			Name: "appos_api_key_network", // where keys were used from, so that a new place is news
			Columns: []store.Column{
				{Name: "key_id", Type: store.Text, References: "appos_api_key", OnDeleteCascade: true},
				{Name: "network", Type: store.Text},
				{Name: "first_at", Type: store.Time},
				{Name: "last_at", Type: store.Time},
			},
			Key: []string{"key_id", "network"},
		},
		{
			Name: "appos_login_throttle",
			Columns: []store.Column{
				{Name: "subject", Type: store.Text}, // a hash: people type passwords into the wrong field
				{Name: "failures", Type: store.Int},
				{Name: "last_at", Type: store.Time},
				{Name: "locked_until", Type: store.Time},
			},
			Key: []string{"subject"},
		},
		{
			Name: "appos_security_audit",
			Columns: []store.Column{
				{Name: "id", Type: store.Int, Serial: true},
				{Name: "at", Type: store.Time},
				{Name: "actor", Type: store.Text},
				{Name: "action", Type: store.Text},
				{Name: "subject", Type: store.Text},
				{Name: "before", Type: store.JSONText, Null: true},
				{Name: "after", Type: store.JSONText, Null: true},
				{Name: "execution_id", Type: store.Text, Default: ""},
			},
			Indexes: []store.Index{{Columns: []string{"subject"}}},
		},
	}
}
