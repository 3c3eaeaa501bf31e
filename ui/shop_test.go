package ui_test

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/ui"
)

// The app that the tests draw.
var shop = appos.NewApp("shop", nil)

const sales appos.Group = "sales"

type Tier string

type Region struct {
	appos.Entity[Region]
	Name string `validate:"required,max=60"`
	Open *bool
}

type Customer struct {
	appos.Entity[Customer]

	Name   string          `validate:"required,max=40" appos:"display,search"`
	Email  *string         `validate:"omitempty,email" appos:"unique,search"`
	Tier   Tier            `validate:"oneof=bronze silver gold" appos:"default=bronze"`
	Credit decimal.Decimal `appos:"scale=2"`
	Active bool
	Region *appos.ID[Region]
	Since  time.Time
	Notes  string          `validate:"max=2000"`
	Salary decimal.Decimal `appos:"view=hr,update=hr"`
	Rating int             `appos:"update=hr"`
	Token  string          `appos:"sensitive"`
	Tags   []string
	Orders appos.Many[Order] `appos:"by=Customer"`
}

type Order struct {
	appos.Entity[Order]

	Number   string             `validate:"required" appos:"display,unique,search"`
	Customer appos.ID[Customer] `validate:"required"`
	Status   string             `validate:"oneof=draft placed cancelled" appos:"default=draft"`
	Total    decimal.Decimal    `appos:"scale=2"`
	Shipped  *time.Time
}

var (
	_ = appos.Record[Region](shop, appos.CRUD{View: appos.Allow(sales), Create: appos.Allow(sales)})
	_ = appos.Record[Customer](shop, appos.CRUD{View: appos.Allow(sales), Create: appos.Allow(sales), Update: appos.Allow(sales), Delete: appos.Allow(sales)}, appos.Audited, appos.SoftDeleted)
	_ = appos.Record[Order](shop, appos.CRUD{View: appos.Allow(sales), Create: appos.Allow(sales), Update: appos.Allow(sales), Delete: appos.Allow(sales)})
)

var labels = appos.Translations(shop, "labels", struct{ Shop, Dashboard, Customer, Customers, CustomerName, Gold, Since appos.Text }{
	Shop:         appos.Text{"en": "Shop", "fr": "Boutique"},
	Dashboard:    appos.Text{"en": "Dashboard", "fr": "Tableau de bord"},
	Customer:     appos.Text{"en": "Customer", "fr": "Client"},
	Customers:    appos.Text{"en": "Customers", "fr": "Clients"},
	CustomerName: appos.Text{"en": "Company", "fr": "Société"},
	Gold:         appos.Text{"en": "Gold", "fr": "Or"},
	Since:        appos.Text{"en": "Customer since", "fr": "Client depuis"},
})

// Dashboard is the home page.
type Dashboard struct{ appos.Returns[ui.Node] }

// Welcome is an interface.
type Welcome struct {
	appos.Returns[ui.Node]
	Name string
}

// Report has wildcards and a query parameter.
type Report struct {
	appos.Returns[ui.Node]
	Customer appos.ID[Customer]
	Year     int
	Note     string
}

// Secret is nobody's.
type Secret struct{ appos.Returns[ui.Node] }

var (
	_ = ui.Interface(shop, welcome)
	_ = ui.Interface(shop, secret, appos.Allow())
	_ = ui.Page(shop, "/dashboard", labels.Dashboard, dashboard)
	_ = ui.Page(shop, "/reports/{customer}/{year}", appos.Text{"en": "Report"}, report)
	_ = ui.Site(shop, labels.Shop, Dashboard{},
		ui.Nav{To: Dashboard{}, Icon: "layout-dashboard"},
		ui.Nav{Label: appos.Text{"en": "Records", "fr": "Données"}, Items: []ui.Nav{
			{List: ui.ListOf[Customer](), Icon: "building-2"},
			{List: ui.ListOf[Order](), Icon: "receipt"},
			{List: ui.ListOf[Region](), Icon: "map"},
		}})
	_ = ui.Extend(shop, func(c *ui.Ctx, t *ui.Table[Customer]) {
		t.Columns = append(t.Columns, ui.Column[Customer]{Key: "initial", Title: "Initial", Text: func(row *Customer) string { return row.Name[:1] }})
	})
)

func welcome(c *ui.Ctx, in Welcome) (ui.Node, error) {
	return ui.Text("Welcome, " + in.Name + "!"), nil
}

func secret(*ui.Ctx, Secret) (ui.Node, error) { return ui.Text("never seen"), nil }

func report(c *ui.Ctx, in Report) (ui.Node, error) {
	return ui.Screen(c, "Report", ui.Textf("customer %d, year %d, note %q", in.Customer, in.Year, in.Note)), nil
}

func dashboard(c *ui.Ctx, in Dashboard) (ui.Node, error) {
	customers, err := appos.Count[Customer](c, nil)
	if err != nil {
		return nil, err
	}
	up, down := 12.4, -8.6
	months := []string{"Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov"}
	rev := []float64{610, 660, 655, 720, 740, 735, 810, 918, 905, 980, 1040, 1083}
	last := []float64{520, 540, 610, 590, 600, 640, 700, 678, 690, 670, 660, 655}
	return ui.Screen(c, labels.Dashboard.In(c),
		ui.Sub("All regions"),
		ui.Actions(ui.LinkButton(ui.NewURL[Customer](c), "New customer", ui.Primary, ui.Icon("plus"))),
		ui.Show(c, Welcome{Name: c.User().DisplayName()}),
		ui.Grid(4,
			ui.Metric(c, ui.Figure{Label: "Revenue", Value: "€" + c.Number(1083412.0, 0), Change: &up, Trend: rev}),
			ui.Metric(c, ui.Figure{Label: "Customers", Value: c.Int(customers), URL: ui.ListURL[Customer](c), Trend: last}),
			ui.Metric(c, ui.Figure{Label: "Open tickets", Value: "37", Change: &down, LowerIsBetter: true, Trend: last}),
			ui.Metric(c, ui.Figure{Label: "Retention", Value: c.Percent(109.2, 1)})),
		ui.Split(
			ui.Card("Revenue", ui.AreaChart(c, ui.Chart{Label: "Revenue per month", X: months, Series: []ui.Series{{Name: "This year", Values: rev}, {Name: "Last year", Values: last}}})),
			ui.Card("Tiers", ui.Donut(c, "Customers by tier", c.Int(1000), ui.Share{Label: "Gold", Value: 184}, ui.Share{Label: "Silver", Value: 262}, ui.Share{Label: "Bronze", Value: 554}))),
		ui.Split(
			ui.Card("Orders", ui.BarChart(c, ui.Chart{Label: "Orders", X: months, Series: []ui.Series{{Name: "Placed", Values: rev}, {Name: "Returned", Values: []float64{-50, -20, -80}}}})),
			ui.FlushCard("Activity", ui.Activity(ui.Feed{"Mara Lindqvist", "moved Kestrel to Gold", "4 min"}, ui.Feed{"Jonas Keller", "approved an order", "1 h"}))),
		ui.Grid(2,
			ui.FlushCard("Steps", ui.Timeline(c, ui.Event{"done", "Validate", "rule", "0.2 s"}, ui.Event{"run", "Check credit", "finance", ""}, ui.Event{"wait", "Welcome", "", ""})),
			ui.Stack(
				ui.Alert(ui.Warn, "Two invoices are overdue", "They block new orders."),
				ui.Card("Controls", ui.Row(ui.Badge("Active", ui.OK), ui.Badge("Late", ui.Err), ui.Dialog(c, "Open a dialog", ui.Outline, "A dialog", ui.Text("Works without scripts.")), ui.Menu(c, "", "More", ui.MenuItem("/shop/customers", "pencil", "Edit"))),
					ui.Progress("Quota", 30, 100)))),
	), nil
}
