package ui

import (
	"io"
	"slices"
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// grid is a table without the type of its rows.
type grid struct {
	id, name string
	one      string // names one row; "" is name
	columns  []column
	filters  []Filter
	search   bool
	size     int
	bulk     []Option
	export   string
	exports  []Option // addresses and formats, of a derived list
	empty    []Node

	key   func(row any) string
	url   func(row any) string
	menu  func(row any) []Node
	fetch func(c *Ctx, s State) (rows, error)
}

type column struct {
	key, title                 string
	sort, number, main, hidden bool
	write                      func(b *buffer, row any) error
}

// rows is a page of them.
type rows struct {
	n          int
	at         func(i int) any
	next, prev string
	total      int // negative when nobody counted
	more       bool
}

func (t *grid) pageSize(c *Ctx) int {
	size := t.size
	if size <= 0 {
		size = 25
	}
	if n, err := strconv.Atoi(c.Query(paramSize)); err == nil && n > 0 {
		size = min(n, maxPageSize)
	}
	return size
}

// node reads the rows that the address asks for and draws the table.
func (t *grid) node(c *Ctx) Node {
	if t.id == "" {
		t.id = "table"
	}
	s := t.stateOf(c)
	page, err := t.fetch(c, s)
	if err != nil {
		return failed{err}
	}
	shown := t.shown(c)
	return h.Section(class("card flush dt"), h.ID(t.id), h.Aria("label", t.name),
		t.bar(c, s, page),
		h.Div(class("dt-scroll"), h.Role("region"), h.Aria("label", c.T("table.region", "name", t.name)), attr("tabindex", "0"),
			t.selection(c,
				t.bulkBar(c),
				when(page.n > 0, h.Table(class("table"), t.head(c, s, shown), h.TBody(g.NodeFunc(func(w io.Writer) error {
					return t.writeRows(c, w, shown, page)
				})))),
			),
			when(page.n == 0, t.nothing(c, s)),
		),
		when(page.n > 0, t.foot(c, page)),
	)
}

// failed ends the drawing of a page with an error, which [Ctx.Respond] answers.
type failed struct{ err error }

// Render returns the error.
func (f failed) Render(io.Writer) error { return f.err }

// shown are the columns to draw: those that are not hidden, and those that the
// address adds.
func (t *grid) shown(c *Ctx) []*column {
	chosen := c.values()[paramColumn]
	var shown []*column
	for i := range t.columns {
		col := &t.columns[i]
		if !col.hidden || slices.Contains(chosen, col.key) {
			shown = append(shown, col)
		}
	}
	return shown
}

// selection is the form around the rows when rows can be selected.
func (t *grid) selection(c *Ctx, content ...Node) Node {
	if len(t.bulk) == 0 {
		return group(content)
	}
	return h.Form(h.Method("post"), h.Action(c.s.HTTP.URL.RequestURI()), csrfField(c), group(content))
}

func (t *grid) bulkBar(c *Ctx) Node {
	if len(t.bulk) == 0 {
		return nil
	}
	return h.Div(class("dt-bulk"), h.Role("toolbar"), h.Aria("label", c.T("bulk")),
		h.Span(h.Data("selcount", c.T("bulk.selected", "n", "{n}")), g.Text(c.T("bulk.selected", "n", "0"))),
		g.Map(t.bulk, func(o Option) Node {
			return h.Button(h.Type("submit"), class("btn outline sm"), h.Name("_bulk"), h.Value(o.Value), g.Text(o.Label))
		}))
}

func (t *grid) head(c *Ctx, s State, shown []*column) Node {
	return h.THead(h.Tr(
		when(len(t.bulk) > 0, h.Th(h.Scope("col"), class("sel"), h.Input(h.Type("checkbox"), h.Data("selall", ""), h.Aria("label", c.T("bulk.all"))))),
		g.Map(shown, func(col *column) Node { return t.heading(c, s, col) }),
		when(t.menu != nil, h.Th(h.Scope("col"), class("act"), srOnly(c.T("actions")))),
	))
}

// heading sorts by its column: upwards, then downwards, then not at all.
func (t *grid) heading(c *Ctx, s State, col *column) Node {
	align := ""
	if col.number {
		align = "num"
	}
	if !col.sort {
		return h.Th(h.Scope("col"), class(align), g.Text(col.title))
	}
	sorted, next, icon := "none", col.key, "chevrons-up-down"
	if s.Sort == col.key {
		sorted, next, icon = "ascending", "-"+col.key, "arrow-up"
		if s.Desc {
			sorted, next, icon = "descending", "", "arrow-down"
		}
	}
	return h.Th(h.Scope("col"), class(align), h.Aria("sort", sorted),
		anchor(c.With(paramSort, next, paramAfter, "", paramBefore, ""), "", g.Text(col.title), Icon(icon)))
}

// nothing says why there are no rows: none at all, or none that match.
func (t *grid) nothing(c *Ctx, s State) Node {
	if s.narrowed() || s.After != "" || s.Before != "" {
		return EmptyState("search-x", c.T("table.none.found", "name", t.name), c.T("table.none.found.text"),
			LinkButton(c.s.HTTP.URL.Path, c.T("table.reset"), Outline))
	}
	return EmptyState("inbox", c.T("table.none", "name", t.name), "", t.empty...)
}

func (t *grid) foot(c *Ctx, page rows) Node {
	step := func(cursor, param, other, icon, label string) Node {
		if cursor == "" {
			return h.Span(class("btn outline sm icon off"), h.Aria("hidden", "true"), Icon(icon))
		}
		return h.A(class("btn outline sm icon"), Href(c.With(param, cursor, other, "")), h.Aria("label", label), Icon(icon))
	}
	shown := c.count("table.rows", page.n)
	if total := t.total(c, page); total != "" {
		shown = c.T("table.of", "n", c.Int(page.n), "total", total)
	}
	return h.Footer(class("dt-foot"),
		h.Span(g.Text(shown)),
		h.Span(class("grow")),
		when(page.next != "" || page.prev != "", h.Nav(class("pager"), h.Aria("label", c.T("pages")),
			step(page.prev, paramBefore, paramAfter, "chevron-left", c.T("pages.previous")),
			step(page.next, paramAfter, paramBefore, "chevron-right", c.T("pages.next")))))
}

// total is how many rows there are, for people; "" when nobody counted.
func (t *grid) total(c *Ctx, page rows) string {
	switch {
	case page.total < 0:
		return ""
	case page.more:
		return c.Int(page.total) + "+"
	}
	return c.Int(page.total)
}
