package crm

import (
	"github.com/apposengine/appos"
	"github.com/apposengine/appos/ui"
)

// ScarceProducts is a table of the products that are about to run out.
type ScarceProducts struct{ appos.Returns[ui.Node] }

var _ = ui.Interface(App, scarceProducts)

func scarceProducts(c *ui.Ctx, _ ScarceProducts) (ui.Node, error) {
	products, err := appos.Call(c, LowStock{})
	if err != nil {
		return nil, err
	}
	return ui.DataTable(c, ui.Table[Product]{
		ID: "scarce", Name: Names.Products.In(c), Rows: products[:min(len(products), 8)],
		URL: func(p *Product) string { return ui.RowURL(c, p.ID) },
		Columns: []ui.Column[Product]{
			{Key: "name", Title: Names.Name.In(c), Main: true, Text: func(p *Product) string { return p.Name }},
			{Key: "stock", Title: Names.Stock.In(c), Number: true, Text: func(p *Product) string { return c.Int(p.Stock) }},
		},
	}), nil
}
