package apidocs

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos/ui"
)

// sheet is a short table of fixed rows. The first column names the row.
type sheet struct {
	label   string
	columns []string
	rows    [][]ui.Node
}

func (s sheet) node() ui.Node {
	return h.Div(h.Class("dt"), h.Div(h.Class("dt-scroll"), h.Role("region"), h.Aria("label", s.label), h.TabIndex("0"),
		h.Table(h.Class("table api-sheet"),
			h.THead(h.Tr(g.Map(s.columns, func(title string) ui.Node { return h.Th(h.Scope("col"), ui.Text(title)) }))),
			h.TBody(g.Map(s.rows, func(cells []ui.Node) ui.Node {
				var row []ui.Node
				for i, cell := range cells {
					if i == 0 {
						row = append(row, h.Td(h.Class("mainc"), cell))
					} else {
						row = append(row, h.Td(h.Data("l", s.columns[i]), h.Span(cell)))
					}
				}
				return h.Tr(row...)
			})))))
}

// part is something that is opened where it is of interest.
func part(title string, open bool, content ...ui.Node) ui.Node {
	return h.Details(h.Class("api-part"), g.If(open, g.Attr("open")), h.Summary(ui.Text(title)), g.Group(content))
}
