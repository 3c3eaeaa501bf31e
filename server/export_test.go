package server

import (
	"context"

	"github.com/apposengine/appos/internal/openapi"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/web"
)

// TuneGC is what the program does to itself before it serves; benchmarks measure
// what the program would.
var TuneGC = tuneGC

// Routes are what the server answers.
func (s *Server) Routes() []web.Route { return s.site.Routes() }

// Stats are figures about the platform's database.
func (s *Server) Stats() store.Stats { return s.db.Stats() }

// Describe is the description of what the user of ctx may call over HTTP.
func (s *Server) Describe(ctx context.Context) *openapi.Document { return s.site.Describe(ctx) }
