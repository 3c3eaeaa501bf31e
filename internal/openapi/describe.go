package openapi

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/wire"
)

// About is what the document says about the server.
type About struct {
	Product string // the name of the site
	Version string // of the API
	Env     string // such as "dev" or "prod"
	// AppTitle is what people call an app; nil and "" are its name.
	AppTitle  func(app string) string
	MaxImport int64 // bytes of a file to import
}

func (a About) title(app string) string {
	if a.AppTitle != nil {
		if t := a.AppTitle(app); t != "" {
			return t
		}
	}
	return object.Humanize(app)
}

// Route is something that the server answers, as far as it is described. Paths are
// in the form of net/http.ServeMux.
type Route struct {
	Method, Path string
	// Object and Permission are what the gate asks for; of several permissions one
	// lets in. A route without an object is open, or for those who are signed in.
	Object     *object.Object
	Permission object.Permission
	SignedIn   bool
	// API is how the route's web API reads and writes; nil of other routes.
	API *wire.API
}

// Describe describes those of the routes that the viewer may call.
func Describe(about About, reg *object.Registry, routes []Route, v Viewer) *Document {
	b := &builder{about: about, reg: reg, v: v, resources: map[*object.Object]*resource{}, tags: map[string]string{}, named: map[string]any{}}
	b.doc = &Document{
		OpenAPI: Version, Info: b.info(), Servers: []Server{b.server()}, Paths: map[string]*PathItem{}, Tags: []Tag{},
		Components: Components{
			Schemas: map[string]*Schema{}, Parameters: map[string]*Parameter{}, Responses: map[string]*Response{},
			Headers: headers(), SecuritySchemes: b.schemes(),
		},
		Security: b.security("GET"),
	}
	for _, r := range routes {
		b.route(r)
	}
	b.prune()
	for name, description := range b.tags {
		b.doc.Tags = append(b.doc.Tags, Tag{name, description})
	}
	slices.SortFunc(b.doc.Tags, func(x, y Tag) int { return strings.Compare(x.Name, y.Name) })
	return b.doc
}

type builder struct {
	about     About
	reg       *object.Registry
	v         Viewer
	doc       *Document
	resources map[*object.Object]*resource
	tags      map[string]string
	named     map[string]any // what the names of schemas were given to
}

func (b *builder) info() Info {
	who := "the user who asked for it"
	if b.v.Public {
		who = "everybody, without signing in,"
	}
	return Info{
		Title: b.about.Product + " API", Version: b.about.Version, Contact: Contact{b.about.Product},
		Summary: "What " + who + " may call.",
		Description: "JSON over HTTP. Names are in snake case, ids are numbers, decimals strings, times RFC 3339 in UTC, dates `2026-01-31` and durations `1h30m`. " +
			"Errors are problem documents (RFC 9457). What is not described here is not open to whom the document is for.",
	}
}

func (b *builder) server() Server {
	s := Server{URL: "/", Description: fmt.Sprintf("The environment %s, beside production.", b.about.Env), Internal: true}
	switch b.about.Env {
	case "prod", "production":
		s.Description, s.Internal = "Production.", false
	case "dev":
		s.Description = "Development: a local server."
	}
	return s
}

// route describes a route, where the viewer may call it and something is known
// about it.
func (b *builder) route(r Route) {
	if r.SignedIn && b.v.Public || r.Object != nil && !b.v.reaches(r.Object, r.Permission) {
		return
	}
	var op *Operation
	switch {
	case r.Object == nil:
		if describe := platform[r.Method+" "+r.Path]; describe != nil {
			op = describe(b)
		}
	case r.Object.Record != nil:
		rs := b.resource(r.Object)
		if describe := recordOperations[r.Method+" "+strings.TrimPrefix(r.Path, rs.base)]; describe != nil {
			op = describe(b, rs)
		}
	case r.API != nil && b.v.May(r.Object.WebAPI.To, object.Use):
		op = b.webAPI(r.API)
	}
	if op == nil {
		return
	}
	if op.Security == nil {
		op.Security = b.security(r.Method)
	}
	path := strings.ReplaceAll(r.Path, "...}", "}")
	if b.doc.Paths[path] == nil {
		b.doc.Paths[path] = &PathItem{}
	}
	*b.doc.Paths[path].at(r.Method) = op
}

// prune removes the headers that no answer refers to.
func (b *builder) prune() {
	used := map[string]bool{}
	note := func(r *Response) {
		for name, h := range r.Headers {
			used[name] = used[name] || h.Ref != ""
		}
	}
	for _, item := range b.doc.Paths {
		item.Operations(func(_ string, op *Operation) {
			for _, r := range op.Responses {
				note(r)
			}
		})
	}
	for _, r := range b.doc.Components.Responses {
		note(r)
	}
	maps.DeleteFunc(b.doc.Components.Headers, func(name string, _ *Header) bool { return !used[name] })
}

// schema adds a schema to the components, once, and returns a reference to it.
func (b *builder) schema(name string, make func() *Schema) *Schema {
	if _, made := b.doc.Components.Schemas[name]; !made {
		b.doc.Components.Schemas[name] = nil // one that refers to itself is being made
		b.doc.Components.Schemas[name] = make()
	}
	return ref(name)
}

// param adds a parameter to the components, once, and returns a reference to it.
func (b *builder) param(name string, make func() *Parameter) *Parameter {
	if _, made := b.doc.Components.Parameters[name]; !made {
		b.doc.Components.Parameters[name] = make()
	}
	return &Parameter{Ref: "#/components/parameters/" + name}
}
