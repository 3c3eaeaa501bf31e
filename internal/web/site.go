package web

import (
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"github.com/apposengine/appos/internal/engine"
	"github.com/apposengine/appos/internal/feed"
	"github.com/apposengine/appos/internal/logs"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/internal/text"
	"github.com/apposengine/appos/ui"
)

// Config is what a Site is made of.
type Config struct {
	Engine   *engine.Engine
	Security *security.Service
	Texts    *text.Overrides // knows which languages apps speak
	Logs     *logs.Pipeline
	Apps     map[string]ui.App // how each app looks, by name
	Product  string            // the name of the site; "" is "AppOS"
	// PublicURL is the address of the site, for what is shown to be copied; "" is
	// taken from requests.
	PublicURL string
	Metrics   http.Handler // nil leaves /metrics out
	// MetricsAccess says who may read /metrics: "local" requests from this machine,
	// "admin" administrators, "public" everyone.
	MetricsAccess string
	Checks        []Check        // what /ready asks
	Secure        bool           // cookies only over HTTPS
	OwnKeys       bool           // users make API keys of their own
	Proxies       []netip.Prefix // whose X-Forwarded-For is believed
	Now           func() time.Time

	Limits Limits          // of the API
	CORS   map[string]CORS // by the name of the app; who may call it from elsewhere

	// Seal encrypts a payload that is logged for the execution, under the name of its
	// field. Nil keeps none of those that must be encrypted.
	Seal func(plain []byte, executionID, field string) (string, error)

	Data      string // the folder in which files of imports and their reports are kept
	MaxImport int64  // bytes of a file to import at most

	Feed         *feed.Feed // what changes, here and on other nodes
	StreamLimits StreamLimits
}

// Site answers every request of a server.
type Site struct {
	Config
	engine *engine.Engine
	routes []Route
	mux    *http.ServeMux
	serve  http.Handler
	jobs   *jobs

	turns     turns             // of requests with the same idempotency key
	byPattern map[string]*Route // those that the mux finds

	descriptions descriptions

	listeners *streams
}

// New builds the routes of all apps. The error is an engine.Faults: paths of web
// APIs that something else answers.
func New(cfg Config) (*Site, error) {
	if cfg.Product == "" {
		cfg.Product = "AppOS"
	}
	cfg.Limits.defaults(cfg.Now)
	s := &Site{Config: cfg, engine: cfg.Engine, jobs: newJobs(), byPattern: map[string]*Route{}, listeners: newStreams(cfg.StreamLimits)}
	s.routes = s.allRoutes()
	mux := http.NewServeMux()
	s.mux = mux
	for _, route := range s.routes {
		s.byPattern[route.Pattern()] = &route
	}
	if err := s.register(mux); err != nil {
		return nil, err
	}
	mux.Handle("/api/", s.answer(Route{API: true, handle: s.nowhere}))
	mux.Handle("/", s.answer(Route{handle: s.nowhere}))

	// answers are compressed in one place; small ones and those that are
	// compressed already pass as they are
	compress, err := gzhttp.NewWrapper(gzhttp.MinSize(1400), gzhttp.CompressionLevel(4))
	if err != nil {
		panic("web: compression: " + err.Error()) // the options are constants
	}
	s.serve = guard(s.Secure, compress(crossOrigin(s, mux)))
	return s, nil
}

// asset is something that is served to everybody as it is.
type asset struct {
	Route
	serve http.Handler
}

func (s *Site) assetRoutes() []asset {
	return []asset{
		{Route{Method: "GET", Path: ui.AssetPrefix + "{name}"}, ui.Assets()},
		{Route{Method: "GET", Path: "/favicon.ico"}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })},
	}
}

// ServeHTTP answers a request.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.serve.ServeHTTP(w, r) }

// Routes lists what the site answers, beside assets.
func (s *Site) Routes() []Route { return s.routes }

func (s *Site) allRoutes() []Route {
	routes := s.operationRoutes()
	routes = append(routes, s.signInRoutes()...)
	routes = append(routes, s.tokenRoutes()...)
	routes = append(routes, s.describedRoutes()...)
	routes = append(routes, s.accountRoutes()...)
	routes = append(routes, s.changeRoutes()...)
	reg := s.engine.Registry()
	for _, o := range reg.Of("", object.KindRecord) {
		routes = append(routes, s.restRoutes(o)...)
	}
	routes = append(routes, s.webAPIRoutes()...)
	for _, app := range reg.Apps {
		routes = append(routes, s.pageRoutes(app)...)
	}
	taken := map[string]bool{}
	for _, r := range routes {
		taken[r.Path] = true
	}
	for _, o := range reg.Of("", object.KindRecord) {
		if _, shown := s.Apps[o.App.Name]; shown {
			routes = append(routes, s.importRoutes(o, taken)...)
		}
	}
	return routes
}

// nowhere answers addresses that no route has, at least not for the method.
func (s *Site) nowhere(w http.ResponseWriter, r *http.Request) error {
	if allowed := s.methods(r); len(allowed) > 0 {
		return with(http.StatusMethodNotAllowed, object.Dispatch, "nothing answers %s at %s", r.Method, r.URL.Path).
			set("Allow", strings.Join(allowed, ", "))
	}
	return object.Errorf(object.NotFound, "there is nothing at %s", r.URL.Path)
}

// methods are those that a route answers at the request's address.
func (s *Site) methods(r *http.Request) []string {
	var all []string
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
		_, pattern := s.mux.Handler(&http.Request{Method: method, URL: r.URL, Host: r.Host})
		if strings.HasPrefix(pattern, method+" ") || method == "HEAD" && strings.HasPrefix(pattern, "GET ") {
			all = append(all, method)
		}
	}
	return all
}
