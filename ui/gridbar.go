package ui

import (
	"slices"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// bar is the form above the rows: search, filters, columns, and the number of
// rows. It asks with GET, so that its state is the address.
func (t *grid) bar(c *Ctx, s State, page rows) Node {
	path := c.s.HTTP.URL.Path
	chooses := t.chooses()
	if !t.search && len(t.filters) == 0 && !chooses && t.export == "" && t.exports == nil {
		return nil
	}
	total, name := t.total(c, page), t.name
	if page.total == 1 && t.one != "" {
		name = t.one
	}
	return h.Form(class("dt-bar"), h.Method("get"), h.Action(path), h.Role("search"), h.Aria("label", t.name), hxSearch(path),
		when(t.search, h.Label(class("dt-search"), Icon("search"), h.Input(h.ID(t.id+"-q"), h.Type("search"), h.Name(paramSearch), h.Value(s.Search),
			h.Placeholder(c.T("table.search", "name", t.name)), h.Aria("label", c.T("table.search", "name", t.name)), h.AutoComplete("off")))),
		g.Map(t.filters, func(f Filter) Node { return filterControl(c, f, s.Filters[f.Key]) }),
		when(s.narrowed(), anchor(path, "btn ghost sm", Icon("x"), h.Span(g.Text(c.T("table.reset.short"))))),
		when(s.Sort != "", h.Input(h.Type("hidden"), h.Name(paramSort), h.Value(c.Query(paramSort)))),
		when(c.Query(paramSize) != "", h.Input(h.Type("hidden"), h.Name(paramSize), h.Value(c.Query(paramSize)))),
		noScript(h.Button(h.Type("submit"), class("btn outline sm"), g.Text(c.T("table.apply")))),
		h.Span(class("grow")),
		when(total != "", h.Span(class("dt-total"), h.Role("status"), g.Text(c.T("table.total", "n", total, "name", name)))),
		when(chooses, t.chooser(c)),
		when(t.exports != nil, t.exporter(c)),
		when(t.export != "", h.A(class("btn outline sm"), Href(t.export), hxPlain(), flag("download"), Icon("download"), h.Span(g.Text(c.T("table.export"))))),
	)
}

func filterControl(c *Ctx, f Filter, current string) Node {
	known := current == ""
	for _, o := range f.Options {
		known = known || o.Value == current
	}
	return h.Label(class("dt-filter"), when(current != "", h.Data("on", "")), h.Span(g.Text(f.Title)),
		h.Select(h.Name(f.Key), h.Aria("label", c.T("table.filter", "name", f.Title)),
			h.Option(h.Value(""), g.Text(c.T("any"))),
			g.Map(f.Options, func(o Option) Node {
				return h.Option(h.Value(o.Value), when(o.Value == current, h.Selected()), g.Text(o.Label))
			}),
			when(!known, h.Option(h.Value(current), h.Selected(), g.Text(current)))))
}

// chooses says whether there are columns that are hidden at first.
func (t *grid) chooses() bool {
	for i := range t.columns {
		if t.columns[i].hidden {
			return true
		}
	}
	return false
}

// chooser adds hidden columns.
func (t *grid) chooser(c *Ctx) Node {
	id := t.id + "-cols"
	chosen := c.values()[paramColumn]
	return g.Group{
		h.Button(h.Type("button"), class("btn outline sm"), attr("popovertarget", id), Icon("columns-3"), h.Span(g.Text(c.T("table.columns")))),
		h.Div(h.ID(id), flag("popover"), class("menu end"), h.Role("group"), h.Aria("label", c.T("table.columns")),
			g.Map(t.columns, func(col column) Node {
				if !col.hidden {
					return nil
				}
				return h.Label(class("menu-item"), h.Input(h.Type("checkbox"), h.Name(paramColumn), h.Value(col.key), when(slices.Contains(chosen, col.key), h.Checked())), h.Span(g.Text(col.title)))
			}),
			noScript(h.Button(h.Type("submit"), class("btn outline sm"), g.Text(c.T("table.apply"))))),
	}
}

// noScript is shown where scripts do not run.
func noScript(n Node) Node { return g.El("noscript", n) }
