// Package crm is the customer relationship app: who buys what from us.
package crm

import (
	_ "embed"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
)

//go:embed app.yaml
var manifest []byte

// App is what the objects of this package are declared on.
var App = appos.NewApp("crm", manifest)

// The groups that crm grants to.
const (
	Sales        appos.Group = "sales"
	Support      appos.Group = "support"
	Admins       appos.Group = "crm_admins"
	APIConsumers appos.Group = "api_consumers"
)

// What may be tuned without touching the rules.
var (
	// TaxRate is added to every price; in dev there is no tax.
	TaxRate = appos.Constant(App, "tax_rate", 0.19, appos.In("dev", 0.0)).Validate("gte=0,lte=1")

	// Currency is what prices are in.
	Currency = appos.Constant(App, "currency", "EUR").Validate("len=3,uppercase")

	// LowStockLevel is how few pieces of a product count as few.
	LowStockLevel = appos.Constant(App, "low_stock_level", 20).Validate("gte=0")

	// FreeFreight says whether gold and platinum customers pay no freight.
	FreeFreight = appos.Constant(App, "free_freight", true)

	// GoldFrom is the yearly revenue from which a customer is gold.
	GoldFrom = appos.Constant(App, "gold_from", decimal.NewFromInt(20_000)).Validate("gt=0")

	// ShipWithin is how soon after it was placed an order should be shipped.
	ShipWithin = appos.Constant(App, "ship_within", 72*time.Hour, appos.In("test", time.Hour))

	// Pricing is the rule that prices an order line.
	Pricing = appos.Constant(App, "pricing", appos.Ref("crm.rules.calculate_discount"))
)
