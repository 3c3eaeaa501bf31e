package object_test

import (
	"testing"

	"github.com/apposengine/appos/internal/object"
)

// A field that the database cannot read names no row: lists are sorted by what
// does, and references are found by it.
func TestRowsAreNamedByWhatIsShown(t *testing.T) {
	text := func(name string) object.Field { return object.Field{Name: name, Kind: object.FieldText} }
	id := object.Field{Name: "ID", Kind: object.FieldInt, System: true}
	by := object.Field{Name: "CreatedBy", Kind: object.FieldText, System: true}
	token, pin, title, code := text("Token"), text("PIN"), text("Title"), text("Code")
	token.Secret, pin.Hidden, code.Display = true, true, true
	for _, c := range []struct {
		fields []object.Field
		want   string
	}{
		{[]object.Field{id, by, token, pin, title}, "Title"},
		{[]object.Field{id, by, token, pin, title, code}, "Code"},
		{[]object.Field{id, by, token, pin}, "ID"},
	} {
		r := object.Record{Fields: c.fields}
		if f := r.DisplayField(); f.Name != c.want {
			t.Errorf("%v: rows are named by %s, not %s", c.fields, f.Name, c.want)
		}
	}
}
