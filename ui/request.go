package ui

import (
	"context"
	"net/http"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/wording"
)

// Request is what a server supplies for one request. User, language and
// execution id come from the execution that travels in the context.
type Request struct {
	HTTP    *http.Request
	App     App       // the app shown; the zero App on pages outside every app
	Apps    []App     // those the user may open, for the switcher and the palette
	Nav     []NavItem // of the app shown; see [Navigation]
	Title   string    // of the declared page, in the user's language
	Product string    // the name of the site, such as "AppOS"
	CSRF    string    // the session's token
	SignOut string    // where the sign-out button posts to; "" leaves it out
	Account string    // the user's own settings; "" leaves the link out
	Now     time.Time // when it came; zero leaves out how long ago things were

	// Person returns what people call the user with a sign-in name, "" when there is
	// none. Nil shows sign-in names.
	Person func(name string) string

	// Since returns how far changes of records have been heard, for the browser to
	// listen from there. Nil is a server that does not stream them.
	Since func() string
}

// App is an application as the shell shows it.
type App struct {
	Name    string // such as "crm"
	Title   string // for people
	Tagline string
	Icon    string // a Lucide name; "" is "layout-grid"
	Path    string // the prefix of its addresses, such as "/crm"
	Theme   Theme
}

// NavItem is an entry of the navigation: a link, or a titled group of links.
type NavItem struct {
	Label string
	Icon  string // a Lucide name
	URL   string // "" in a group
	Badge string
	Items []NavItem
}

// NewCtx returns the context to draw the answer to a request in. The execution
// of ctx says who asks; without one the public account does, in English.
func NewCtx(ctx context.Context, r Request) *Ctx {
	s := &state{Request: r, lang: "en", zone: time.UTC, user: &object.User{Name: "public"}}
	if f := object.FrameOf(ctx); f != nil && f.Exec != nil {
		if f.Exec.User != nil {
			s.user = f.Exec.User
			s.zone = s.user.Location()
		}
		if f.Exec.Language != "" {
			s.lang = f.Exec.Language
		}
		s.texts = f.Exec.Texts
	}
	s.kit = wording.Language(s.lang)
	if s.App.Icon == "" {
		s.App.Icon = "layout-grid"
	}
	s.out.Title = r.Title
	return &Ctx{Context: ctx, s: s}
}

// runtime answers the verbs; nil outside an execution.
func (c *Ctx) runtime() object.Runtime {
	if f := object.FrameOf(c); f != nil && f.Exec != nil {
		return f.Exec.Runtime
	}
	return nil
}

// ExecutionID identifies the request in the logs; "" outside an execution.
func (c *Ctx) ExecutionID() string {
	if f := object.FrameOf(c); f != nil && f.Exec != nil {
		return f.Exec.ID
	}
	return ""
}

// signedIn says whether a person is signed in.
func (c *Ctx) signedIn() bool { return c.s.user.Name != "public" && c.s.user.Name != "" }
