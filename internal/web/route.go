package web

import (
	"net/http"

	"github.com/apposengine/appos/internal/object"
)

// handler answers a request or says why it cannot.
type handler func(w http.ResponseWriter, r *http.Request) error

// Route is one thing that the server answers.
type Route struct {
	Method string
	Path   string // in the form of net/http.ServeMux

	// Object and Permission are what the route's main access needs of the gate.
	// Of several permissions one lets in; each access then needs its own. A route
	// without an object is open to everybody, or guards itself as Guard says.
	Object     *object.Object
	Permission object.Permission
	Guard      string // of a route without an object: "" is open, "session" wants one

	// Fresh routes begin a session, so that the one a browser still has, and its
	// CSRF token, are of no concern.
	Fresh bool

	// Upload routes take multipart forms, whose CSRF token stands before the file,
	// and check it themselves: the file is not read before.
	Upload bool

	// Streams routes take or give as much as there is, and the time that it needs,
	// as long as it moves.
	Streams bool

	// Anybody is who asks: the database is not asked who that is, so that the
	// answer comes also when it is down.
	Anybody bool

	// API routes answer errors as problem documents, others as pages.
	API bool

	handle handler
}

// Pattern is the route as net/http.ServeMux takes it.
func (r Route) Pattern() string { return r.Method + " " + r.Path }
