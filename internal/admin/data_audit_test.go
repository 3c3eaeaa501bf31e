package admin_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
)

func TestDataAudit(t *testing.T) {
	e := open(t)
	salary := decimal.NewFromInt(5)
	ana, admin := e.as("ana"), e.as("admin")
	for i := range 9 {
		c, err := appos.Create(ana, Customer{Name: fmt.Sprint("Customer ", i)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := appos.Update(admin, c.ID, func(c *Customer) { c.Name, c.Salary = fmt.Sprint("<b>Renamed ", i), &salary }); err != nil {
			t.Fatal(err)
		}
	}
	p := e.get("/admin/data-audit?operation=update&field=name")
	p.has(t, "name: Customer 8 → <b>Renamed 8", "Changed to version 2", "admin", "#9", "Logs")
	p.lacks(t, "<b>Renamed", "salary: ", "Created</td>")
	e.get("/admin/data-audit?user=ana").has(t, "Created", "name: Customer 0")
	e.get("/admin/data-audit?user=sam").has(t, "No changes of shop.records.customer found")
	e.get("/admin/objects/shop.records.customer").has(t, "Changes")

	pages, _ := e.walk("/admin/data-audit?size=4", "Next page", regexp.MustCompile(`<tr id="changes-(\d+)"`))
	all := slices.Concat(pages...)
	slices.Sort(all)
	if n := len(slices.Compact(all)); n != 18 || len(pages) != 5 {
		t.Errorf("%d entries on %d pages", n, len(pages))
	}
	if p := e.request("admin", "GET", "/admin/data-audit?field=nothing", nil); p.status == 200 {
		t.Error("changes are filtered by a field that does not exist")
	}
}

func TestEvents(t *testing.T) {
	e := open(t)
	tell := func(user, name string, fields map[string]any) {
		t.Helper()
		caller := object.FrameOf(e.as(user))
		ctx := &object.Frame{Context: caller, Exec: caller.Exec, Caller: caller, Object: e.Engine.Registry().ByRef("shop.rules.price")}
		if err := e.Engine.Event(ctx, name, fields); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 9 {
		tell("ana", "paid", map[string]any{"order": i})
	}
	tell("sam", "<b>cancelled", nil)
	p := e.get("/admin/events")
	p.has(t, "paid", `{"order":8}`, "<b>cancelled", "ana", "shop")
	p.lacks(t, "<b>cancelled")
	e.get("/admin/events?q=cancel").has(t, "sam")
	e.get("/admin/events?app=admin").has(t, "No events found")
	e.get("/admin/events?user=nobody").has(t, "No events found")
	pages, _ := e.walk("/admin/events?size=4", "Next page", regexp.MustCompile(`<tr id="events-([\w-]+)"`))
	if all := slices.Concat(pages...); len(all) != 10 || len(pages) != 3 {
		t.Errorf("%d events on %d pages", len(all), len(pages))
	}
	for _, ctx := range []context.Context{e.as("ana"), context.Background()} {
		if _, _, err := e.Engine.Events(ctx, record.EventQuery{}); err == nil {
			t.Error("the event logs are open to all")
		}
	}
}
