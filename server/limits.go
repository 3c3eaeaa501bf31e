package server

import (
	"context"
	"errors"
	"time"

	"github.com/apposengine/appos/internal/cache"
	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/internal/declare"
	"github.com/apposengine/appos/internal/idempotency"
	"github.com/apposengine/appos/internal/limit"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/web"
)

// limits are what requests of the API may take. With Redis, nodes count together.
func (s *Server) limits() web.Limits {
	api := s.cfg.API
	var shared limit.Shared
	if r, ok := s.cache.(*cache.Redis); ok {
		shared = r
	}
	return web.Limits{
		Rate:    object.Rate{Requests: api.RateLimit.Requests, Per: api.RateLimit.Per},
		Counter: limit.New(shared, time.Now),
		MaxBody: int64(api.MaxBody), Timeout: api.Timeout, Stall: api.Stall, KeepKeys: api.Idempotency.Keep,
	}
}

// origins are which pages of other sites may call each app: its manifest, and
// the installation's changes.
func origins(cfg *config.Config, d declare.Declarations) map[string]web.CORS {
	all := map[string]web.CORS{}
	for name, m := range d.Manifests {
		c := cfg.Apps[name].CORS.On(m.CORS)
		if len(c.Origins) > 0 {
			all[name] = web.CORS{Origins: c.Origins, Methods: c.Methods, Headers: c.Headers, MaxAge: c.MaxAge}
		}
	}
	return all
}

// sweepKeys removes the answers whose time is over, from all databases.
func (s *Server) sweepKeys(ctx context.Context) error {
	before := time.Now().Add(-s.cfg.API.Idempotency.Keep)
	var errs []error
	for _, st := range s.engine.Stores() {
		_, err := idempotency.Sweep(ctx, st.DB, before)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
