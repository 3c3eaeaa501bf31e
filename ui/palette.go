package ui

import (
	"reflect"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos/internal/object"
)

// palette is the dialog that finds pages, apps and rows. [Routes] has the route
// that answers it.
func palette(c *Ctx) Node {
	return h.Dialog(h.ID("cmdk"), class("cmdk"), h.Aria("label", c.T("palette")),
		h.Div(class("cmdk-in"), Icon("search"),
			h.Input(h.Type("search"), h.Name("q"), h.Placeholder(c.T("palette.hint")), h.AutoComplete("off"), h.Role("combobox"), h.Aria("expanded", "true"),
				h.Aria("controls", "cmdk-list"), h.Aria("autocomplete", "list"), h.Aria("label", c.T("palette")), hxFill(c.s.App.Path+palettePath, "#cmdk-list")),
			h.Kbd(g.Text("esc"))),
		h.Div(h.ID("cmdk-list"), class("cmdk-list"), h.Role("listbox"), h.Aria("label", c.T("palette.results"))),
		h.Div(class("cmdk-foot"), h.Span(h.Kbd(g.Text("↑↓")), g.Text(" "+c.T("palette.move"))), h.Span(h.Kbd(g.Text("↵")), g.Text(" "+c.T("palette.go")))))
}

const (
	palettePath = "/_palette"
	paletteRows = 5 // of each record
)

func paletteScreen(c *Ctx) (Node, error) {
	query := strings.TrimSpace(c.Query("q"))
	var out []Node
	section := func(title string, options []Node) {
		if len(options) > 0 {
			out = append(out, h.Div(h.Role("group"), h.Aria("label", title), h.Div(class("menu-label"), g.Text(title)), group(options)))
		}
	}
	section(c.s.App.Title, paletteEntries(c.menu(), query))
	if len([]rune(query)) >= 2 {
		for _, o := range c.records() {
			rows, err := paletteFind(c, o, query)
			if err != nil {
				return nil, err
			}
			section(c.plural(o), rows)
		}
	}
	var apps []Node
	for _, a := range c.s.Apps {
		if a.Path != c.s.App.Path && contains(a.Title, query) {
			icon := a.Icon
			if icon == "" {
				icon = "layout-grid"
			}
			apps = append(apps, option(a.Path+"/", icon, a.Title, a.Tagline, hxPlain()))
		}
	}
	section(c.T("apps"), apps)
	if len(out) == 0 {
		return fragment{h.P(class("cmdk-empty"), g.Text(c.T("palette.none", "q", query)))}, nil
	}
	return fragment{group(out)}, nil
}

func paletteEntries(items []NavItem, query string) []Node {
	var out []Node
	for _, n := range items {
		if n.URL != "" && contains(n.Label, query) {
			icon := n.Icon
			if icon == "" {
				icon = "dot"
			}
			out = append(out, option(n.URL, icon, n.Label, "", nil))
		}
		out = append(out, paletteEntries(n.Items, query)...)
	}
	return out
}

func paletteFind(c *Ctx, o *object.Object, query string) ([]Node, error) {
	rt := c.runtime()
	searchable := false
	for _, f := range c.viewable(o.Record) {
		searchable = searchable || f.Search
	}
	if !searchable || !rt.Allowed(c, o, object.View) {
		return nil, nil
	}
	var rows []reflect.Value
	err := rt.Find(c, o.Record.Type, &object.Query{Search: query, Limit: paletteRows}, func() any {
		rows = append(rows, reflect.New(o.Record.Type))
		return rows[len(rows)-1].Interface()
	})
	var out []Node
	for _, row := range rows {
		row = row.Elem()
		out = append(out, option(rowURL(o, rowID(o, row)), "file-text", c.rowName(o, row), c.singular(o), nil))
	}
	return out, err
}

func option(address, icon, label, note string, extra Node) Node {
	return h.A(h.Role("option"), h.Aria("selected", "false"), Href(address), extra, Icon(icon),
		h.Span(class("grow"), g.Text(label)), when(note != "", h.Small(g.Text(note))))
}

func contains(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}
