package ui

import (
	"io"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// bare is a page without the shell: for those who are not signed in.
type bare struct {
	node  Node
	title string
}

// Render writes the main region.
func (b bare) Render(w io.Writer) error { return b.node.Render(w) }

// Bare is a page without navigation: a card in the middle of the window.
func Bare(c *Ctx, title string, content ...Node) Node {
	c.SetTitle(title)
	return bare{title: title, node: h.Main(h.ID("main"), class("bare"), attr("tabindex", "-1"),
		h.Div(class("bare-brand"), h.Span(class("applogo"), Icon("blocks")), h.Strong(g.Text(c.s.Product))),
		h.Section(class("card bare-card"), h.Div(class("card-body"), group(content))))}
}

func bareDocument(c *Ctx, b bare) Node {
	return h.Doctype(h.HTML(h.Lang(c.s.lang), h.Data("theme", c.preference("theme", "auto", "light", "dark")),
		head(c),
		h.Body(h.A(class("skip"), h.Href("#main"), g.Text(c.T("skip"))), b)))
}

// SignInForm is what [SignIn] shows.
type SignInForm struct {
	Action string // where the form posts to: username, password, next and _csrf
	Next   string // where to go after; an address that leaves the site is dropped
	User   string // what was typed before
	Error  string // why the last try failed, for people; "" on a first view
}

// SignIn is the sign-in page.
func SignIn(c *Ctx, f SignInForm) Node {
	described := when(f.Error != "", h.Aria("describedby", "signin-error"))
	return Bare(c, c.T("signin"),
		h.H1(g.Text(c.T("signin"))),
		when(f.Error != "", h.Div(h.ID("signin-error"), Alert(Err, f.Error, ""))),
		h.Form(class("bare-form"), h.Method("post"), h.Action(f.Action), csrfField(c),
			when(f.Next != "", h.Input(h.Type("hidden"), h.Name("next"), h.Value(localURL(f.Next)))),
			h.Div(class("field"), h.Label(h.For("username"), g.Text(c.T("signin.user"))),
				h.Input(h.ID("username"), h.Name("username"), h.Type("text"), class("input"), h.Value(f.User), h.AutoComplete("username"),
					attr("autocapitalize", "none"), attr("spellcheck", "false"), h.Required(), when(f.User == "", h.AutoFocus()), described)),
			h.Div(class("field"), h.Label(h.For("password"), g.Text(c.T("signin.password"))),
				h.Input(h.ID("password"), h.Name("password"), h.Type("password"), class("input"), h.AutoComplete("current-password"),
					h.Required(), when(f.User != "", h.AutoFocus()), described)),
			h.Button(h.Type("submit"), class("btn primary wide"), h.Span(g.Text(c.T("signin"))))))
}
