package admin_test

import (
	"context"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/ui"
)

// The app that the console of the tests is about.
var shop = appos.NewApp("shop", nil)

const (
	sales   appos.Group = "sales"
	support appos.Group = "support"
)

// A database beside the platform's, and what is stored there.
var warehouse = appos.ConnectedSystem(shop, "warehouse", appos.Database{URL: "sqlite::memory:"}, appos.Allow(sales),
	appos.In("prod", appos.Database{URL: "postgres://db.internal/warehouse", Pool: appos.Pool{Size: 20}}))

type Pallet struct {
	appos.Entity[Pallet]

	Label string `appos:"display,search"`
	Note  string `appos:"sensitive"`
}

var _ = appos.Record[Pallet](shop, appos.CRUD{View: appos.Allow(sales)}, appos.StoredIn(warehouse), appos.Audited)

type Customer struct {
	appos.Entity[Customer]

	Name   string            `validate:"required,max=40" appos:"display,search"`
	Salary *decimal.Decimal  `appos:"scale=2,view=support,update=support"`
	Orders appos.Many[Order] `appos:"by=Customer"`
}

type Order struct {
	appos.Entity[Order]

	Customer appos.ID[Customer] `validate:"required"`
	Status   string             `validate:"oneof=draft placed" appos:"default=draft"`
}

// Price is a rule that other objects call.
type Price struct {
	appos.Returns[Priced]

	Amount decimal.Decimal `validate:"gte=0"`
}

type Priced struct {
	Final decimal.Decimal
	Kinds []string
}

// Quote calls Price.
type Quote struct {
	appos.Returns[decimal.Decimal]

	Amount decimal.Decimal
}

type Home struct{ appos.Returns[ui.Node] }

var (
	_ = appos.Record[Customer](shop, appos.CRUD{View: appos.Allow(sales, support), Create: appos.Allow(sales), Update: appos.Allow(sales)}, appos.Audited)
	_ = appos.Record[Order](shop, appos.CRUD{View: appos.Allow(sales)})

	_ = appos.Rule(shop, func(_ context.Context, in Price) (Priced, error) {
		if in.Amount.GreaterThan(decimal.NewFromInt(1000)) {
			return Priced{}, appos.Errorf(appos.Conflict, "too dear")
		}
		return Priced{Final: in.Amount}, nil
	}, appos.Allow(sales), appos.CacheFor(0))
	_ = appos.Rule(shop, func(ctx context.Context, in Quote) (decimal.Decimal, error) {
		priced, err := appos.Call(ctx, Price{Amount: in.Amount})
		return priced.Final, err
	}, appos.Allow(sales), appos.Formerly("offer"), appos.CacheFor(time.Minute))

	_ = appos.Constant(shop, "tax_rate", 0.25, appos.In("test", 0.5))
	_ = appos.Constant(shop, "pricing", appos.Ref("shop.rules.price"))

	labels = appos.Translations(shop, "labels", struct{ Home, Welcome appos.Text }{
		Home:    appos.Text{"en": "Home", "fr": "Accueil"},
		Welcome: appos.Text{"en": "Welcome"},
	})
	_ = ui.Page(shop, "/home", labels.Home, func(c *ui.Ctx, _ Home) (ui.Node, error) { return ui.Screen(c, "Home"), nil })
	_ = ui.Site(shop, labels.Home, Home{}, ui.Nav{To: Home{}}, ui.Nav{Label: labels.Welcome, Items: []ui.Nav{{List: ui.ListOf[Customer]()}}})
)
