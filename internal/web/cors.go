package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apposengine/appos/internal/object"
)

// CORS is which pages of other sites may call an app's APIs. Their browsers' cookies do not
// count: they bring a token or an API key, or are the public account.
type CORS struct {
	Origins []string      // exactly; "*" is any
	Methods []string      // none are those that an address answers
	Headers []string      // that may be sent, beside those that the API knows
	MaxAge  time.Duration // browsers remember what is allowed
}

func (c CORS) allows(origin, method string) bool {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	return (slices.Contains(c.Origins, origin) || slices.Contains(c.Origins, "*")) &&
		(len(c.Methods) == 0 || slices.Contains(c.Methods, method))
}

// What pages of other sites may send and read beside what every page may.
const (
	knownHeaders   = "Accept-Language, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, " + keyHeader
	exposedHeaders = "Content-Disposition, ETag, Idempotent-Replayed, Location, RateLimit, RateLimit-Limit, RateLimit-Policy, RateLimit-Remaining, RateLimit-Reset, Retry-After, X-Not-Restored"
)

type crossingKey struct{}

// crossing says whether the request comes from a page of another site that may
// call the API.
func crossing(r *http.Request) bool { return r.Context().Value(crossingKey{}) != nil }

// crossOrigin lets pages of other sites call the APIs of apps that say so, and
// refuses every other request that changes something and that another site's page
// caused. It stands beside the CSRF token: the one needs no secret, the other no
// header from the browser.
func crossOrigin(s *Site, next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	refuse := s.answer(Route{API: true, handle: func(_ http.ResponseWriter, r *http.Request) error {
		return with(http.StatusForbidden, object.Denied, "the request comes from a page of another site; cors in the app's app.yaml says which may call its API, and how")
	}})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if origin := r.Header.Get("Origin"); origin != "" && len(s.CORS) > 0 && elsewhere(r, origin) {
			route, method, asks := s.asked(r)
			rules, ok := s.rules(route)
			switch allowed := ok && rules.allows(origin, method); {
			case allowed && asks:
				allow(w, rules, origin)
				s.answer(Route{API: true, Anybody: true, handle: s.preflight(route, rules)}).ServeHTTP(w, r)
				return
			case allowed:
				allow(w, rules, origin)
				next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), crossingKey{}, true)))
				return
			case ok && asks:
				refuse.ServeHTTP(w, r)
				return
			}
		}
		if err := protection.Check(r); err != nil {
			refuse.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// elsewhere says whether the origin is not the server's own.
func elsewhere(r *http.Request, origin string) bool {
	if r.Header.Get("Sec-Fetch-Site") == "same-origin" {
		return false
	}
	o, err := url.Parse(origin)
	return err != nil || o.Host != r.Host
}

// asked is the route and the method that a request is for, or that it asks about
// as a preflight.
func (s *Site) asked(r *http.Request) (route *Route, method string, preflight bool) {
	method = r.Method
	if about := r.Header.Get("Access-Control-Request-Method"); method == http.MethodOptions && about != "" {
		method, preflight = about, true
	}
	_, pattern := s.mux.Handler(&http.Request{Method: method, URL: r.URL, Host: r.Host})
	return s.byPattern[pattern], method, preflight
}

// rules are those of the app whose API a route is.
func (s *Site) rules(route *Route) (CORS, bool) {
	if route == nil || !route.API || route.Object == nil {
		return CORS{}, false
	}
	rules := s.CORS[route.Object.App.Name]
	return rules, len(rules.Origins) > 0
}

// allow has the browser show the answer to the page.
func allow(w http.ResponseWriter, rules CORS, origin string) {
	h := w.Header()
	if slices.Contains(rules.Origins, "*") {
		origin = "*"
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", exposedHeaders)
}

// preflight answers what a page of another site may send. Nobody is asked who
// they are: browsers send no credentials with it.
func (s *Site) preflight(route *Route, rules CORS) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		methods := s.methods(r)
		if len(rules.Methods) > 0 {
			methods = slices.DeleteFunc(methods, func(m string) bool { return !slices.Contains(rules.Methods, m) })
		}
		headers := knownHeaders
		if api := route.webAPI(); api != nil {
			for _, in := range api.Inputs {
				if in.In == object.InHeader {
					headers += ", " + in.Name
				}
			}
		}
		for _, name := range rules.Headers {
			headers += ", " + name
		}
		h := w.Header()
		h.Add("Vary", "Origin, Access-Control-Request-Method")
		h.Set("Access-Control-Allow-Methods", strings.Join(methods, ", "))
		h.Set("Access-Control-Allow-Headers", headers)
		h.Set("Access-Control-Max-Age", strconv.Itoa(int(rules.MaxAge.Seconds())))
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
}

// vary says that answers of an API that other sites may call differ by who asks,
// also to who is not another site: caches between keep them apart.
func (s *Site) vary(route *Route, w http.ResponseWriter) {
	if _, ok := s.rules(route); ok {
		w.Header().Add("Vary", "Origin")
	}
}
