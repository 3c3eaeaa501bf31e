package ui

import (
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos/internal/object"
)

// shell is the whole document around a screen.
func shell(c *Ctx, s screen) Node {
	return h.Doctype(h.HTML(h.Lang(c.s.lang), h.Data("theme", c.preference("theme", "auto", "light", "dark")), h.Data("nav", c.preference("nav", "", "mini")),
		head(c,
			h.Script(h.Src(assetURL("htmx-4.0.1.min.js")), h.Defer()),
			h.Script(h.Src(assetURL("ui.js")), h.Defer())),
		h.Body(hxBoost(),
			h.A(class("skip"), h.Href("#main"), g.Text(c.T("skip"))),
			h.Div(class("topbar-progress"), h.Aria("hidden", "true")),
			h.Div(class("shell"),
				sidebar(c),
				h.Div(class("scrim"), h.Data("nav-close", "")),
				h.Div(class("frame"), s),
			),
			h.Div(h.ID("toasts"), class("toasts"), h.Role("status"), h.Aria("live", "polite"),
				h.Data("failed", c.T("failed")), h.Data("dismiss", c.T("dismiss")), toasts(c)),
			palette(c),
			chartDefs,
		),
	))
}

// preference is a choice that the browser keeps in a cookie: one of the values,
// or the first.
func (c *Ctx) preference(name string, values ...string) string {
	if cookie, err := c.s.HTTP.Cookie(name); err == nil {
		for _, v := range values {
			if cookie.Value == v {
				return v
			}
		}
	}
	return values[0]
}

// head is that of every document; pages without the shell have no scripts.
func head(c *Ctx, scripts ...Node) Node {
	return h.Head(
		h.Meta(h.Charset("utf-8")),
		h.Meta(h.Name("viewport"), h.Content("width=device-width, initial-scale=1, viewport-fit=cover")),
		h.Meta(h.Name("color-scheme"), h.Content("light dark")),
		h.Meta(h.Name("htmx-config"), h.Content(hxConfig)),
		when(c.s.CSRF != "", h.Meta(h.Name("csrf-token"), h.Content(c.s.CSRF))),
		h.TitleEl(g.Text(c.documentTitle())),
		h.Link(h.Rel("icon"), h.Href("data:,")),
		h.Link(h.Rel("preload"), h.Href(assetURL("inter-latin.woff2")), attr("as", "font"), h.Type("font/woff2"), attr("crossorigin", "")),
		h.Link(h.Rel("stylesheet"), h.Href(assetURL("ui.css"))),
		h.Link(h.Rel("stylesheet"), h.ID("app-theme"), h.Href(c.s.App.Theme.URL())),
		group(scripts),
	)
}

func (c *Ctx) documentTitle() string {
	var parts []string
	for _, p := range []string{c.s.out.Title, c.s.App.Title, c.s.Product} {
		if p != "" && (len(parts) == 0 || parts[len(parts)-1] != p) {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, " · ")
}

func toasts(c *Ctx) Node {
	return g.Map(c.s.out.Toasts, func(t Toast) Node {
		icon := "info"
		switch t.Tone {
		case OK:
			icon = "circle-check"
		case Err, Warn:
			icon = "circle-alert"
		default:
			t.Tone = Info
		}
		return h.Div(class("toast", string(t.Tone)), Icon(icon),
			h.Div(h.Strong(g.Text(t.Title)), when(t.Text != "", h.P(g.Text(t.Text)))),
			h.Button(h.Type("button"), class("btn ghost icon sm"), h.Data("dismiss", ""), h.Aria("label", c.T("dismiss")), Icon("x")))
	})
}

func sidebar(c *Ctx) Node {
	app := c.s.App
	if app.Title == "" { // outside every app
		app.Title = c.s.Product
	}
	return h.Aside(class("sidebar"), h.ID("sidebar"), h.Aria("label", c.T("sidebar")),
		h.Button(h.Type("button"), class("appswitch"), attr("popovertarget", "apps"), srOnly(c.T("apps.switch")+" "),
			h.Span(class("applogo"), Icon(app.Icon)),
			h.Span(class("appname"), h.Strong(g.Text(app.Title)), when(app.Tagline != "", h.Small(g.Text(app.Tagline)))),
			Icon("chevrons-up-down", "muted")),
		h.Div(h.ID("apps"), flag("popover"), class("menu apps"), h.Role("menu"), h.Aria("label", c.T("apps")),
			h.Div(class("menu-label"), g.Text(c.T("apps"))),
			g.Map(c.s.Apps, func(a App) Node { return appEntry(c, a) })),
		h.Button(h.Type("button"), class("searchbtn"), h.Data("cmdk", ""), h.Aria("keyshortcuts", "Control+K Meta+K"),
			Icon("search"), h.Span(g.Text(c.T("palette.open"))), h.Kbd(g.Text("Ctrl K"))),
		navigation(c),
		userBox(c),
	)
}

// appEntry draws an app in its own colour: an SVG attribute, since the policy
// allows no style attributes.
func appEntry(c *Ctx, a App) Node {
	icon := a.Icon
	if icon == "" {
		icon = "layout-grid"
	}
	return h.A(h.Role("menuitem"), class("menu-item"), Href(a.Path+"/"), hxPlain(),
		h.Span(class("applogo sm"),
			g.El("svg", class("appcolor"), attr("viewBox", "0 0 26 26"), h.Aria("hidden", "true"),
				g.El("rect", attr("width", "26"), attr("height", "26"), attr("rx", "7"), attr("fill", a.Theme.color()))),
			Icon(icon)),
		h.Span(class("grow"), g.Text(a.Title), when(a.Tagline != "", h.Small(g.Text(a.Tagline)))),
		when(a.Path == c.s.App.Path, Icon("check")))
}

func userBox(c *Ctx) Node {
	u := c.s.user
	name := u.DisplayName()
	below := u.Email
	if below == "" {
		below = u.Name
	}
	return h.Div(class("userbox"),
		h.Button(h.Type("button"), class("userbtn"), attr("popovertarget", "usermenu"), srOnly(c.T("account.menu")+" "),
			Avatar(name), h.Span(class("appname"), h.Strong(g.Text(name)), h.Small(g.Text(below))), Icon("chevrons-up-down", "muted")),
		h.Div(h.ID("usermenu"), flag("popover"), class("menu up"),
			h.Div(class("menu-head"), Avatar(name), h.Div(h.Strong(g.Text(name)), h.Small(g.Text(below)))),
			h.Hr(),
			h.Div(class("menu-label"), h.ID("scheme-label"), g.Text(c.T("scheme"))),
			h.Div(class("seg"), h.Role("group"), h.Aria("labelledby", "scheme-label"),
				schemeButton("light", "sun", c.T("scheme.light")), schemeButton("dark", "moon", c.T("scheme.dark")), schemeButton("auto", "monitor", c.T("scheme.auto"))),
			when(c.s.Account != "" || c.s.SignOut != "", h.Hr()),
			when(c.s.Account != "", MenuItem(c.s.Account, "settings", c.T("account"))),
			when(c.s.SignOut != "", h.Form(h.Method("post"), h.Action(c.s.SignOut), hxPlain(), csrfField(c),
				h.Button(h.Type("submit"), class("menu-item"), Icon("log-out"), h.Span(class("grow"), g.Text(c.T("signout")))))),
		))
}

func schemeButton(value, icon, label string) Node {
	return h.Button(h.Type("button"), h.Data("theme-set", value), Icon(icon), g.Text(label))
}

func csrfField(c *Ctx) Node {
	return h.Input(h.Type("hidden"), h.Name("_csrf"), h.Value(c.s.CSRF))
}

// menu is the navigation of the app shown.
func (c *Ctx) menu() []NavItem {
	if c.s.Nav != nil {
		return c.s.Nav
	}
	if rt := c.runtime(); rt != nil {
		if app := rt.Registry().App(c.s.App.Name); app != nil {
			c.s.Nav = Navigation(c, app)
		}
	}
	if c.s.Nav == nil {
		c.s.Nav = []NavItem{}
	}
	return c.s.Nav
}

func navigation(c *Ctx) Node {
	menu := c.menu()
	current := currentURL(menu, c.s.HTTP.URL.Path)
	item := func(n NavItem) Node {
		icon := n.Icon
		if icon == "" {
			icon = "dot"
		}
		return h.Li(h.A(Href(n.URL), when(n.URL == current, h.Aria("current", "page")), Icon(icon),
			h.Span(class("grow"), g.Text(n.Label)), when(n.Badge != "", h.Span(class("count"), g.Text(n.Badge)))))
	}
	return h.Nav(h.ID("nav"), class("nav"), h.Aria("label", c.T("nav")), g.Map(menu, func(n NavItem) Node {
		if len(n.Items) == 0 {
			return h.Ul(item(n))
		}
		return g.Group{h.H2(g.Text(n.Label)), h.Ul(g.Map(n.Items, item))}
	}))
}

// currentURL is the entry that leads closest to path.
func currentURL(menu []NavItem, path string) string {
	best := ""
	for _, n := range menu {
		for _, address := range []string{n.URL, currentURL(n.Items, path)} {
			at, _, _ := strings.Cut(address, "?")
			below := strings.TrimSuffix(at, "/") + "/"
			isHome := strings.Count(strings.Trim(at, "/"), "/") == 0 // "/crm/" is above all pages of crm
			if at != "" && (path == at || !isHome && strings.HasPrefix(path, below)) && len(address) > len(best) {
				best = address
			}
		}
	}
	return best
}

// records are those of the app shown.
func (c *Ctx) records() []*object.Object {
	rt := c.runtime()
	if rt == nil || c.s.App.Name == "" {
		return nil
	}
	return rt.Registry().Of(c.s.App.Name, object.KindRecord)
}
