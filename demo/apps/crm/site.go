package crm

import "github.com/apposengine/appos/ui"

var _ = ui.Site(App, Labels.Title, Dashboard{},
	ui.Nav{To: Dashboard{}, Icon: "layout-dashboard"},
	ui.Nav{Label: Labels.Sales, Items: []ui.Nav{
		{List: ui.ListOf[Customer](), Icon: "building-2"},
		{List: ui.ListOf[Order](), Icon: "shopping-cart"},
		{List: ui.ListOf[OrderLine](), Icon: "list"},
	}},
	ui.Nav{Label: Labels.Catalogue, Items: []ui.Nav{
		{List: ui.ListOf[Product](), Icon: "package"},
		{List: ui.ListOf[Region](), Icon: "map"},
	}},
)
