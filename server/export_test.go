package server

import "github.com/apposengine/appos/internal/web"

// TuneGC is what the program does to itself before it serves; benchmarks measure
// what the program would.
var TuneGC = tuneGC

// Routes are what the server answers.
func (s *Server) Routes() []web.Route { return s.site.Routes() }
