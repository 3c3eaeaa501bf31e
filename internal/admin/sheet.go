package admin

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos/ui"
)

// A sheet is a short table of fixed rows within a card: no search, no pages.
// Lists that can be long are a ui.Table. The first column names the row.
type sheet struct {
	label   string // what the rows are, for assistive technology
	columns []string
	numbers int // how many of the last columns are right-aligned
	rows    [][]ui.Node
}

// node draws the sheet. Rows have as many cells as there are columns.
func (s sheet) node() ui.Node {
	class := func(i int) ui.Node {
		switch {
		case i == 0:
			return h.Class("mainc")
		case i >= len(s.columns)-s.numbers:
			return h.Class("num")
		}
		return nil
	}
	var heads []ui.Node
	for i, title := range s.columns {
		heads = append(heads, h.Th(h.Scope("col"), g.If(i > 0, class(i)), ui.Text(title)))
	}
	return h.Div(h.Class("dt"), h.Div(h.Class("dt-scroll"), h.Role("region"), h.Aria("label", s.label), h.TabIndex("0"),
		h.Table(h.Class("table"), h.THead(h.Tr(heads...)), h.TBody(g.Map(s.rows, func(cells []ui.Node) ui.Node {
			var row []ui.Node
			for i, cell := range cells {
				row = append(row, h.Td(class(i), g.If(i > 0, h.Data("l", s.columns[i])), cell))
			}
			return h.Tr(row...)
		})))))
}
