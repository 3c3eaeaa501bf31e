package web

import (
	"time"

	"github.com/apposengine/appos/internal/limit"
	"github.com/apposengine/appos/internal/object"
)

// Limits are what requests of the API may take of the server. What is zero is
// as the configuration's default, except for Rate.
type Limits struct {
	Rate     object.Rate    // of every account, over all APIs; zero is no limit
	Counter  *limit.Limiter // counts for Rate and for the limits of web APIs
	MaxBody  int64          // bytes
	Timeout  time.Duration  // of a request
	Stall    time.Duration  // a client may send or take nothing
	KeepKeys time.Duration  // an answer is kept for its idempotency key
}

func (l *Limits) defaults(now func() time.Time) {
	if l.Counter == nil {
		l.Counter = limit.New(nil, now)
	}
	if l.MaxBody == 0 {
		l.MaxBody = 10 << 20
	}
	if l.Timeout == 0 {
		l.Timeout = time.Minute
	}
	if l.Stall == 0 {
		l.Stall = 30 * time.Second
	}
	if l.KeepKeys == 0 {
		l.KeepKeys = 24 * time.Hour
	}
}

// limited says whether requests of the route are counted: those of the API,
// except for what must answer whatever happens.
func (r *Route) limited() bool { return r.API && !r.Anybody }

// endless says whether requests of the route take the time that they need.
func (r *Route) endless() bool { return r.Streams || r.Upload }

// webAPI is the web API that the route serves, or nil.
func (r *Route) webAPI() *object.WebAPI {
	if r.Object == nil {
		return nil
	}
	return r.Object.WebAPI
}

// maxBody is the largest body that a route reads, in bytes.
func (s *Site) maxBody(route *Route) int64 {
	if api := route.webAPI(); api != nil && api.MaxBody > 0 {
		return api.MaxBody
	}
	if route.endless() {
		return s.MaxImport
	}
	return s.Limits.MaxBody
}

// timeout is how long a request of the route may take; 0 is as long as it needs.
func (s *Site) timeout(route *Route) time.Duration {
	if api := route.webAPI(); api != nil && api.Timeout > 0 {
		return api.Timeout
	}
	if route.endless() {
		return 0
	}
	return s.Limits.Timeout
}
