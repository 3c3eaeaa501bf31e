package web

import (
	"fmt"
	"net/http"

	"github.com/apposengine/appos/internal/engine"
	"github.com/apposengine/appos/internal/object"
)

// register gives every route its handler. Apps choose the paths of web APIs: one
// that something else answers already, or of which it cannot be told which of two
// is meant, is a fault of its declaration.
func (s *Site) register(mux *http.ServeMux) error {
	var faults engine.Faults
	var taken []Route
	for _, route := range s.routes {
		if route.webAPI() == nil {
			mux.Handle(route.Pattern(), s.answer(route))
			taken = append(taken, route)
		}
	}
	for _, asset := range s.assetRoutes() {
		mux.Handle(asset.Pattern(), asset.serve)
		taken = append(taken, asset.Route)
	}
	for _, route := range s.routes {
		if route.webAPI() == nil {
			continue
		}
		if !s.place(mux, route) {
			twin := collision(taken, route)
			faults = append(faults, object.Fault{Source: route.Object.Source, Object: route.Object.Ref, Text: fmt.Sprintf(
				"answers %s, which collides with %s of %s; change its path", route.Pattern(), twin.Pattern(), twin.owner())})
			continue
		}
		taken = append(taken, route)
	}
	if faults != nil {
		return faults
	}
	return nil
}

// place gives a route its handler, unless another answers its requests.
func (s *Site) place(mux *http.ServeMux, route Route) (placed bool) {
	defer func() { _ = recover() }() // how a mux says it
	mux.Handle(route.Pattern(), s.answer(route))
	return true
}

// owner says whose route it is.
func (r *Route) owner() string {
	if r.Object == nil {
		return "AppOS"
	}
	return r.Object.Ref
}

// collision is the route among those taken for which the route is not placed.
func collision(taken []Route, route Route) *Route {
	for i := range taken {
		mux := http.NewServeMux()
		mux.Handle(taken[i].Pattern(), http.NotFoundHandler())
		if !(&Site{}).place(mux, route) {
			return &taken[i]
		}
	}
	return &Route{Method: route.Method, Path: "another route"} // not reached: some route was in the way
}
