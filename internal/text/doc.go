// Package text keeps what administrators change about the texts of translation
// sets: other words for a text, and languages that the code does not have. It
// also knows which languages apps speak, and finds the one that suits a request.
//
// What is changed is kept in the platform's database, and in memory as a
// snapshot of whole texts that is replaced as one: to show a text asks no
// database and takes no lock. A text that does not fit any more, because the code
// has changed, is kept and not used.
//
// The words of the platform itself are not here; they are in packages ui and
// wording. Nor does it decide who may change a text.
package text

import "github.com/apposengine/appos/internal/store"

// Tables are what the package keeps, beside those of package revision.
func Tables() []store.Table {
	return []store.Table{
		{
			Name: "appos_text_override",
			Columns: []store.Column{
				{Name: "translation_set", Type: store.Text}, // a reference; the set may be gone
				{Name: "name", Type: store.Text},            // the key
				{Name: "language", Type: store.Text},
				{Name: "said", Type: store.Text},
				{Name: "version", Type: store.Int}, // the revision that set it; none comes twice
				{Name: "changed_by", Type: store.Text},
				{Name: "changed_at", Type: store.Time},
			},
			Key: []string{"translation_set", "name", "language"},
		},
		{
			Name: "appos_text_history",
			Columns: []store.Column{
				{Name: "id", Type: store.Int, Serial: true},
				{Name: "translation_set", Type: store.Text},
				{Name: "name", Type: store.Text},
				{Name: "language", Type: store.Text},
				{Name: "was", Type: store.Text, Null: true},  // null: what the code says
				{Name: "said", Type: store.Text, Null: true}, // likewise
				{Name: "changed_by", Type: store.Text},
				{Name: "changed_at", Type: store.Time},
				{Name: "execution_id", Type: store.Text, Default: ""},
			},
			Indexes: []store.Index{{Columns: []string{"translation_set", "name"}}},
		},
	}
}
