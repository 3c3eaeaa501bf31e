package admin_test

import (
	"testing"

	"github.com/apposengine/appos"
)

// TestRecords browses the rows of every app, wherever they are stored, without
// what nobody may see.
func TestRecords(t *testing.T) {
	e := open(t)
	admin := e.as("admin")
	for _, label := range []string{"Alpha", "Beta"} {
		if _, err := appos.Create(admin, Pallet{Label: label, Note: "hush hush"}); err != nil {
			t.Fatal(err)
		}
	}
	e.get("/admin/records").has(t, "shop.records.pallet", "shop.connected_systems.warehouse", "platform")
	p := e.get("/admin/records/shop.records.pallet")
	p.has(t, "Alpha", "Beta")
	p.lacks(t, "hush hush")
	p = e.get("/admin/records/shop.records.pallet?q=beta")
	p.has(t, "Beta")
	p.lacks(t, "Alpha")
	p = e.get("/admin/records/shop.records.pallet/2")
	p.has(t, "Beta", "admin", "Open in the app")
	p.lacks(t, "hush hush")
}
