package web

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/wire"
	"github.com/apposengine/appos/ui"
)

// pageRoutes are the pages of an app: those it declares and those derived from
// its records.
func (s *Site) pageRoutes(app *object.App) []Route {
	var routes []Route
	for _, page := range ui.Routes(s.engine.Registry(), app) {
		path := "/" + app.Name + page.Path
		if page.Path == "/" {
			path = "/" + app.Name + "/{$}"
		}
		route := Route{Path: path, Object: page.Object, Permission: pagePermission(page), handle: s.page(app, page)}
		if page.Object == nil {
			route.Guard = "session"
		}
		for _, method := range []string{"GET", "POST"} {
			route.Method = method
			routes = append(routes, route)
		}
	}
	return routes
}

func pagePermission(p ui.Route) object.Permission {
	switch p.Derived {
	case "list", "view", "history":
		return object.View
	case "create":
		return object.Create
	case "edit", "restore":
		return object.Update
	case "delete":
		return object.Delete
	}
	return object.Use
}

func (s *Site) page(app *object.App, page ui.Route) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		who := identityOf(r)
		if page.Object == nil && who.session == nil {
			return errSignIn(who)
		}
		if page.Object != nil {
			if who.session == nil && !s.engine.Allowed(r.Context(), page.Object, pagePermission(page)) {
				return errSignIn(who)
			}
			// the screen's own accesses pass the gate too; this one comes before it
			// says whether the row exists
			if err := s.engine.Permit(r.Context(), page.Object, pagePermission(page)); err != nil {
				return err
			}
		}
		if r.Method == http.MethodPost {
			if err := readForm(r); err != nil {
				return err
			}
		}
		if err := legible(r); err != nil {
			return err
		}
		c := ui.NewCtx(r.Context(), s.uiRequest(r, who, app))
		node, err := page.Serve(c)
		if err != nil {
			return err
		}
		return c.Respond(w, node)
	}
}

// maxForm is the largest form that a page reads, in bytes.
const maxForm = 10 << 20

// legible refuses an address or a form with what is no text: no database takes it.
func legible(r *http.Request) error {
	err := wire.CheckText(r.URL.Path)
	for _, values := range []url.Values{r.URL.Query(), r.PostForm} {
		for name, all := range values {
			err = errors.Join(err, wire.CheckText(name))
			for _, v := range all {
				err = errors.Join(err, wire.CheckText(v))
			}
		}
	}
	if err != nil {
		return with(http.StatusBadRequest, object.Invalid, "the address or the form has characters that are no text")
	}
	return nil
}

// readForm parses what was posted, unless that is done. Half a form is none.
func readForm(r *http.Request) error {
	if r.PostForm != nil {
		return nil
	}
	r.Body = http.MaxBytesReader(nil, r.Body, maxForm)
	err := r.ParseForm()
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return with(http.StatusRequestEntityTooLarge, object.Invalid, "the form is larger than %d MB", maxForm>>20)
	case err != nil:
		return with(http.StatusBadRequest, object.Invalid, "the form cannot be read: %w", err)
	}
	return nil
}

// uiRequest is what a page is told about its surroundings.
func (s *Site) uiRequest(r *http.Request, who *identity, app *object.App) ui.Request {
	req := ui.Request{HTTP: r, Product: s.Product, CSRF: who.csrf(), Now: s.clock(), Person: s.person(r)}
	if who.session != nil {
		req.SignOut, req.Account = "/sign-out", accountPath
		req.Since = s.Feed.Position
		req.Apps = s.appsFor(r)
	}
	if app != nil {
		req.App = s.Apps[app.Name]
		req.Nav = ui.Navigation(r.Context(), app)
	}
	return req
}

func (s *Site) clock() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

// person finds what users are called, each once in a request.
func (s *Site) person(r *http.Request) func(string) string {
	known := map[string]string{}
	return func(name string) string {
		if full, ok := known[name]; ok {
			return full
		}
		if u, err := s.Security.UserNamed(r.Context(), name); err == nil {
			known[name] = u.DisplayName()
		} else {
			known[name] = ""
		}
		return known[name]
	}
}

// appsFor lists the apps that the user may open: those with something in their menu.
func (s *Site) appsFor(r *http.Request) []ui.App {
	var apps []ui.App
	for _, a := range s.engine.Registry().Apps {
		if look, ok := s.Apps[a.Name]; ok && s.opens(r, a) {
			apps = append(apps, look)
		}
	}
	return apps
}

// opens says whether there is something in the app for the user: a record to
// view or a page to use.
func (s *Site) opens(r *http.Request, a *object.App) bool {
	reg := s.engine.Registry()
	for _, o := range reg.Of(a.Name, object.KindPage) {
		if s.engine.Allowed(r.Context(), o, object.Use) {
			return true
		}
	}
	for _, o := range reg.Of(a.Name, object.KindRecord) {
		if s.engine.Allowed(r.Context(), o, object.View) {
			return true
		}
	}
	return false
}

// needsSignIn says that the page is for those who are signed in.
type needsSignIn struct{ expired bool }

func (needsSignIn) Error() string { return "sign in first" }

func errSignIn(who *identity) error { return needsSignIn{who.expired} }

// errorPage draws what went wrong; those who could not see the page because they
// are not signed in are sent to the sign-in page.
func (s *Site) errorPage(w http.ResponseWriter, r *http.Request, who *identity, err error) {
	var sign needsSignIn
	if errors.As(err, &sign) {
		to := "/sign-in"
		q := url.Values{}
		if r.Method == http.MethodGet && r.URL.RequestURI() != "/" {
			q.Set("next", r.URL.RequestURI())
		}
		if sign.expired {
			q.Set("expired", "1")
		}
		if len(q) > 0 {
			to += "?" + q.Encode()
		}
		if r.Header.Get("HX-Request") == "true" {
			w.Header().Set("HX-Redirect", to)
			w.WriteHeader(http.StatusNoContent)
			return
		}
		http.Redirect(w, r, to, http.StatusSeeOther)
		return
	}
	var app *object.App
	if who.session != nil {
		app = s.appOf(r.URL.Path)
	}
	c := ui.NewCtx(r.Context(), s.uiRequest(r, who, app))
	node := c.Error(err)
	if outage := (*object.Outage)(nil); errors.As(err, &outage) {
		w.Header().Set("Retry-After", retryAfter(outage))
	}
	var se *statusError
	if errors.As(err, &se) {
		c.SetStatus(se.status)
		for k, v := range se.header {
			w.Header().Set(k, v)
		}
	}
	_ = c.Respond(w, node) // the browser has left
}

// appOf is the app whose prefix the path has, or nil.
func (s *Site) appOf(path string) *object.App {
	for _, a := range s.engine.Registry().Apps {
		prefix := "/" + a.Name
		if path == prefix || len(path) > len(prefix) && path[:len(prefix)+1] == prefix+"/" {
			return a
		}
	}
	return nil
}
