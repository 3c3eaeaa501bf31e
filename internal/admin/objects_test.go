package admin_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/logs"
)

// TestObject shows what the code says, and what calls leave behind.
func TestObject(t *testing.T) {
	e := open(t)
	e.get("/admin/objects/shop.rules.price").has(t, "It was not called", "Nothing has called it yet", "Its log is empty")

	ctx := e.as("ana")
	for _, amount := range []int64{5, 7, 5000} {
		_, err := appos.Call(ctx, Quote{Amount: decimal.NewFromInt(amount)})
		if failed := err != nil; failed != (amount > 1000) {
			t.Fatalf("a quote of %d: %v", amount, err)
		}
	}
	p := e.get("/admin/objects/shop.rules.price")
	p.has(t, "Rule of the app shop", "shop_test.go", "gte=0", "final", "decimal.Decimal", "[]string", // the definition
		"sales view, use",              // permissions
		"24 hours 3 1",                 // calls and errors
		"shop.rules.quote 14 Mar 2026", // used by
		"too dear", "warn", "ana")      // the log
	e.get("/admin/objects/shop.rules.quote").has(t, "Formerly offer", "Answers kept for 1m0s", "shop.rules.price 14 Mar 2026")
	e.get("/admin/objects?q=price&sort=-calls").has(t, "shop.rules.price Rule", "sales", "3 1")
	e.get("/admin/objects?kind=Constant").has(t, "shop.constants.tax_rate", "2 objects")

	e.get("/admin/objects/shop.records.customer").has(t,
		"shop_customer", "/api/shop/customers", "required,max=40", "searched, names the row", "decimal (2 digits) , optional", "view: support; update: support", "orders shop.records.order Customer",
		"And kept by AppOS: id, version")
	e.get("/admin/objects/shop.records.order").has(t, "reference to shop.records.customer", "default draft")
	e.get("/admin/objects/shop.constants.tax_rate").has(t, "every other 0.25 –", "test 0.5 in force")
	e.get("/admin/objects/shop.constants.pricing").has(t, "every other shop.rules.price in force")
	e.get("/admin/objects/shop.translation_sets.labels").has(t, "home Home Accueil", "welcome Welcome missing")
	e.get("/admin/objects/shop.pages.home").has(t, "/shop/home")
	e.get("/admin/objects/shop.sites.shop").has(t, "Menu", "Customers")
}

// TestDashboard counts what happened, and shows what went wrong.
func TestDashboard(t *testing.T) {
	e := open(t)
	e.get("/admin/").has(t, "Shops · v1.2.3", "Up for 1 d 2 h", "Nothing has failed", "Active users 6", "Sessions 0", "Database Up", "Cache, memory Up", "Logs Written")

	ctx := e.as("ana")
	for range 3 {
		if _, err := appos.Call(ctx, Quote{Amount: decimal.NewFromInt(5000)}); err == nil {
			t.Fatal("a quote that is too dear is given")
		}
	}
	e.Logs.Log(logs.Entry{Time: noon.Add(-time.Hour), Kind: "rules", Object: "shop.rules.price", Level: slog.LevelError, User: "sam", Message: "panic: at night\ngoroutine 1 [running]"})
	e.request("sam", "GET", "/admin/users", nil)
	p := e.get("/admin/")
	p.has(t, "Most failing", "shop.rules.price 3", "shop.rules.quote 3", "panic: at night shop.rules.price sam 1 h ago", "Denied admin.pages.users sam just now")
	p.lacks(t, "goroutine 1")
}
