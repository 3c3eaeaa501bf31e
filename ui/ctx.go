package ui

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/apposengine/appos/internal/object"
)

// Ctx is what an interface is drawn for: the context of the call, the request,
// the user, and what the interface says about its outcome. It is good for one
// request and one goroutine.
type Ctx struct {
	context.Context
	s *state
}

// state is shared by the contexts of all interfaces that one request draws.
type state struct {
	Request
	lang  string // the tag of the execution
	kit   string // the language of the kit's own words
	texts *object.Texts
	zone  *time.Location
	user  *object.User
	out   Outcome
	crumb []Crumb
	query url.Values
	ids   int
	sets  []*object.Translations
	read  bool // sets is filled
}

type ctxKey struct{}

// Value finds the Ctx itself; everything else is the embedded context's. So a
// Ctx can be handed to the runtime as the context of a call, and [From] finds it
// again on the other side of the gate.
func (c *Ctx) Value(key any) any {
	if key == (ctxKey{}) {
		return c
	}
	return c.Context.Value(key)
}

// From returns the Ctx that the call of ctx is drawn for, or nil when nothing is
// being drawn.
func From(ctx context.Context) *Ctx {
	if c, ok := ctx.(*Ctx); ok {
		return c
	}
	c, _ := ctx.Value(ctxKey{}).(*Ctx)
	if c == nil {
		return nil
	}
	return &Ctx{Context: ctx, s: c.s}
}

// Request is the HTTP request.
func (c *Ctx) Request() *http.Request { return c.s.HTTP }

// User is the signed-in user; the public account when nobody is.
func (c *Ctx) User() *object.User { return c.s.user }

// App is the app shown.
func (c *Ctx) App() App { return c.s.App }

// Language is the language tag of the screen, such as "fr".
func (c *Ctx) Language() string { return c.s.lang }

// Zone is the user's time zone.
func (c *Ctx) Zone() *time.Location { return c.s.zone }

// CSRF is the token that every form and state-changing request must carry.
func (c *Ctx) CSRF() string { return c.s.CSRF }

// Posted says whether the request changes something, as opposed to only asking.
func (c *Ctx) Posted() bool { return c.s.HTTP.Method == http.MethodPost }

// Query returns the value of a query parameter, "" when it is absent.
func (c *Ctx) Query(key string) string { return c.values().Get(key) }

// values parses the query string once; tables look at it a lot.
func (c *Ctx) values() url.Values {
	if c.s.query == nil {
		c.s.query = c.s.HTTP.URL.Query()
	}
	return c.s.query
}

// Posting returns the value of a field of a posted form, "" when it is absent.
func (c *Ctx) Posting(key string) string { return c.posted().Get(key) }

func (c *Ctx) posted() url.Values {
	if c.s.HTTP.PostForm == nil {
		// What cannot be parsed leaves an empty form, which then fails its checks.
		_ = c.s.HTTP.ParseForm()
	}
	if c.s.HTTP.PostForm == nil {
		return url.Values{}
	}
	return c.s.HTTP.PostForm
}

// With returns the address of this page with query parameters changed, given as
// pairs; "" removes one.
func (c *Ctx) With(pairs ...string) string {
	v := make(url.Values, len(c.values())+1)
	for k, vs := range c.values() {
		v[k] = vs
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			v.Del(pairs[i])
		} else {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	if len(v) == 0 {
		return c.s.HTTP.URL.Path
	}
	return c.s.HTTP.URL.Path + "?" + v.Encode()
}

// ID returns an id that is unique in the document and begins with prefix.
func (c *Ctx) ID(prefix string) string {
	c.s.ids++
	return prefix + "-" + strconv.Itoa(c.s.ids)
}

// Crumbs sets the breadcrumb between the app and the page.
func (c *Ctx) Crumbs(crumbs ...Crumb) { c.s.crumb = crumbs }

// Crumb is an entry of the breadcrumb.
type Crumb struct{ Label, URL string }

// SetTitle sets the title of the document. [Screen] does it.
func (c *Ctx) SetTitle(title string) { c.s.out.Title = title }

// SetStatus sets the HTTP status of the answer; it is 200 otherwise.
func (c *Ctx) SetStatus(status int) { c.s.out.Status = status }

// Toast shows a message after the answer, also across a redirect. The tone is
// [OK], [Err], [Warn] or [Info]; text may be "".
func (c *Ctx) Toast(tone Variant, title, text string) {
	c.s.out.Toasts = append(c.s.out.Toasts, Toast{tone, title, text})
}

// Redirect ends the interaction and goes to a page:
//
//	return c.Redirect(CustomersPage{})
func (c *Ctx) Redirect(to View) (Node, error) {
	address, err := c.address(to)
	if err != nil {
		return nil, err
	}
	return c.RedirectTo(address)
}

// RedirectTo is [Ctx.Redirect] to an address of this site, such as
// "/crm/customers". One that leaves the site becomes "/".
func (c *Ctx) RedirectTo(address string) (Node, error) {
	c.s.out.Location = localURL(address)
	return nil, nil
}

// Outcome is what was said about the answer so far.
func (c *Ctx) Outcome() Outcome { return c.s.out }

// Outcome says how a request ends, beside what is drawn.
type Outcome struct {
	Status   int    // HTTP status; 0 is 200
	Location string // where to go instead, by a 303; "" is nowhere
	Title    string // of the document
	Toasts   []Toast
}

// Toast is a message that appears for a few seconds.
type Toast struct {
	Tone        Variant
	Title, Text string
}
