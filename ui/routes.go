package ui

import (
	"context"
	"reflect"
	"strings"

	"github.com/apposengine/appos/internal/object"
)

// Route is a page of an app that a server answers, with GET and POST.
type Route struct {
	// Path is below /{app}, in the form of [net/http.ServeMux]: "/customers/{id}".
	// The home of an app is "/", which a server must match exactly.
	Path string
	// Object is the declared page, or the record of a derived screen.
	Object *object.Object
	// Derived is "list", "view", "create", "edit", "delete", "history" or "restore"
	// of a derived screen, "home" of an app's start, "palette" of what its search box finds, and "" of a
	// declared page.
	Derived string

	serve func(*Ctx) (Node, error)
}

// Serve draws the page. The path values of the request name the row or fill the
// message. A declared page is called through the runtime's gate; a derived
// screen reads its rows through the runtime.
func (r Route) Serve(c *Ctx) (Node, error) { return r.serve(c) }

// Routes lists the pages of an app: those declared, and those derived from its
// records that no declared page replaces.
func Routes(reg *object.Registry, app *object.App) []Route {
	var routes []Route
	taken := map[string]bool{}
	add := func(r Route) {
		if form := anonymous(r.Path); !taken[form] {
			taken[form] = true
			routes = append(routes, r)
		}
	}
	for _, o := range reg.Of(app.Name, object.KindPage) {
		add(Route{Path: o.Page.Route, Object: o, serve: func(c *Ctx) (Node, error) { return callPage(c, o) }})
	}
	for _, o := range reg.Of(app.Name, object.KindRecord) {
		base := "/" + o.Record.Path
		for _, d := range []struct {
			name, path string
			screen     func(*Ctx, *object.Object) (Node, error)
		}{
			{"list", base, listScreen},
			{"create", base + "/new", createScreen},
			{"view", base + "/{id}", viewScreen},
			{"edit", base + "/{id}/edit", editScreen},
			{"delete", base + "/{id}/delete", deleteScreen},
			{"history", base + "/{id}/history", historyScreen},
			{"restore", base + "/{id}/restore", restoreScreen},
		} {
			if !o.Record.Audited && (d.name == "history" || d.name == "restore") {
				continue
			}
			add(Route{Path: d.path, Object: o, Derived: d.name, serve: func(c *Ctx) (Node, error) { return d.screen(c, o) }})
		}
	}
	add(Route{Path: palettePath, Derived: "palette", serve: paletteScreen})
	add(Route{Path: "/", Derived: "home", serve: func(c *Ctx) (Node, error) { return home(c, app) }})
	return routes
}

// anonymous is a route without the names of its wildcards, which do not
// distinguish routes.
func anonymous(route string) string {
	parts := strings.Split(route, "/")
	for i, p := range parts {
		if strings.HasPrefix(p, "{") {
			parts[i] = "{}"
		}
	}
	return strings.Join(parts, "/")
}

func callPage(c *Ctx, o *object.Object) (Node, error) {
	in, err := decode(c, o.Message)
	if err != nil {
		return nil, err
	}
	rt := c.runtime()
	if rt == nil {
		return nil, object.Errorf(object.Dispatch, "page %s was asked for outside of an execution", o.Ref)
	}
	c.SetTitle(c.text(o.Page.Title))
	out, err := rt.Call(c, in)
	if err != nil {
		return nil, err
	}
	n, _ := out.(Node)
	return n, nil
}

// decode makes a page's message from the request's path and query string.
func decode(c *Ctx, m *object.Message) (any, error) {
	v := reflect.New(m.Type).Elem()
	for i := range m.Fields {
		f := &m.Fields[i]
		text, inPath := c.s.HTTP.PathValue(f.Key), true
		if text == "" {
			text, inPath = c.Query(f.Key), false
		}
		if text == "" {
			continue
		}
		val, err := parsePlain(f, text)
		switch {
		case err != nil && inPath:
			return nil, object.Errorf(object.NotFound, "there is no page at this address")
		case err != nil:
			e := object.Errorf(object.Invalid, "the address is wrong")
			e.Fields = []object.FieldError{{Field: f.Key, Rule: "type", Message: "is no " + f.Kind.String()}}
			return nil, e
		}
		set(v.FieldByIndex(f.Index), val)
	}
	return v.Interface(), nil
}

// home goes to the site's home page, else, where the user may not open that, to
// the first entry of the menu.
func home(c *Ctx, app *object.App) (Node, error) {
	if rt := c.runtime(); rt != nil {
		for _, o := range rt.Registry().Of(app.Name, object.KindSite) {
			if o.Site.Home == nil {
				continue
			}
			page := c.object(reflect.TypeOf(o.Site.Home))
			if page == nil || page.Page == nil || !rt.Allowed(c, page, object.Use) {
				continue
			}
			return c.Redirect(o.Site.Home.(View))
		}
	}
	nav := c.s.Nav
	if nav == nil {
		nav = Navigation(c, app)
	}
	if first := firstURL(nav); first != "" {
		return c.RedirectTo(first)
	}
	return nil, object.Errorf(object.NotFound, "the app %q has no page that you may open", app.Name)
}

func firstURL(nav []NavItem) string {
	for _, n := range nav {
		if n.URL != "" {
			return n.URL
		}
		if u := firstURL(n.Items); u != "" {
			return u
		}
	}
	return ""
}

// Navigation resolves the menu of an app for the user of ctx: labels in the
// user's language, addresses, and only what the user may open. ctx carries an
// execution.
func Navigation(ctx context.Context, app *object.App) []NavItem {
	c := From(ctx)
	if c == nil {
		c = NewCtx(ctx, Request{App: App{Name: app.Name}})
	}
	rt := c.runtime()
	if rt == nil {
		return nil
	}
	sites := rt.Registry().Of(app.Name, object.KindSite)
	if len(sites) == 0 {
		var nav []NavItem
		for _, o := range rt.Registry().Of(app.Name, object.KindRecord) {
			nav = append(nav, c.navItems([]object.Nav{{List: o.Record.Type, Icon: "table-2"}})...)
		}
		return nav
	}
	return c.navItems(sites[0].Site.Nav)
}

func (c *Ctx) navItems(nav []object.Nav) []NavItem {
	rt := c.runtime()
	var out []NavItem
	for _, n := range nav {
		item := NavItem{Label: c.text(n.Label), Icon: n.Icon}
		switch {
		case n.To != nil:
			o := c.object(reflect.TypeOf(n.To))
			if o == nil || o.Page == nil || !rt.Allowed(c, o, object.Use) {
				continue
			}
			address, err := pageURL(o, n.To)
			if err != nil {
				continue
			}
			item.URL = address
			if item.Label == "" {
				item.Label = c.text(o.Page.Title)
			}
		case n.List != nil:
			o := c.object(n.List)
			if o == nil || o.Record == nil || !rt.Allowed(c, o, object.View) {
				continue
			}
			item.URL = listURL(o)
			if item.Label == "" {
				item.Label = c.plural(o)
			}
		default:
			if item.Items = c.navItems(n.Items); len(item.Items) == 0 {
				continue
			}
		}
		out = append(out, item)
	}
	return out
}
