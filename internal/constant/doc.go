// Package constant keeps what administrators set constants to, environment by
// environment, in place of what the code says.
//
// What is set is kept as text in the platform's database, and in memory as a
// snapshot of values that is replaced whole: to read a constant asks no
// database and takes no lock. A value that does not fit the constant any more,
// because the code has changed, is kept and not used.
//
// It does not decide who may read or change a constant, and it does not know the
// rules that values must satisfy: whoever opens it says that.
package constant

import "github.com/apposengine/appos/internal/store"

// Tables are what the package keeps, beside those of package revision.
func Tables() []store.Table {
	return []store.Table{{
		Name: "appos_constant_override",
		Columns: []store.Column{
			{Name: "constant", Type: store.Text}, // a reference; the constant may be gone
			{Name: "environment", Type: store.Text},
			{Name: "value", Type: store.Text},  // in the form of Format
			{Name: "version", Type: store.Int}, // the revision that set it; none comes twice
			{Name: "changed_by", Type: store.Text},
			{Name: "changed_at", Type: store.Time},
		},
		Key: []string{"constant", "environment"},
	}}
}
