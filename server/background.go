package server

import (
	"context"
	"log"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// background keeps house while the server runs: figures roll over, edges and
// logs are looked after. What one node does for all is a chore. What it returns ends it.
func (s *Server) background(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	var systems sync.WaitGroup
	systems.Go(func() { s.systems.Run(ctx) })
	systems.Go(func() { s.settings.board.Run(ctx) })
	systems.Go(func() { s.webhooks.Run(ctx) })
	go func() {
		defer close(done)
		defer systems.Wait()
		minute, day := time.NewTicker(time.Minute), time.NewTicker(24*time.Hour)
		defer minute.Stop()
		defer day.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-minute.C:
				s.metrics.Rotate()
				s.noteErr("writing the dependency files", s.edges.Flush())
			case <-day.C:
				_, err := s.logs.Clean(ctx)
				s.noteErr("cleaning the logs up", err)
			}
		}
	}()
	return func() { cancel(); <-done }
}

func (s *Server) noteErr(doing string, err error) {
	if err != nil {
		s.warn(doing + ": " + err.Error())
	}
}

// httpErrors is where net/http complains, for example about broken handshakes.
func (s *Server) httpErrors() *log.Logger {
	return slog.NewLogLogger(s.logs.Handler(slog.LevelDebug), slog.LevelWarn)
}

// metricsHandler serves the figures, or is nil when they are turned off.
func (s *Server) metricsHandler() http.Handler {
	if !s.cfg.Monitoring.Metrics.Enabled {
		return nil
	}
	drops := func() map[string]float64 {
		all := map[string]float64{}
		for category, n := range s.logs.Dropped() {
			all[category.String()] = float64(n)
		}
		return all
	}
	pool := func() map[string]float64 {
		st := s.db.Stats()
		return map[string]float64{"reader": float64(st.Readers), "writer": float64(st.Writers), "busy": float64(st.Busy)}
	}
	statements := func() map[string]float64 {
		st := s.db.Stats()
		return map[string]float64{"query": float64(st.Queries), "exec": float64(st.Execs), "commit": float64(st.Commits), "rollback": float64(st.Rollbacks)}
	}
	s.noteErr("metrics", s.exporter.Counters("appos_log_entries_dropped_total", "Log entries that were lost, by category.", "category", drops))
	s.noteErr("metrics", s.exporter.Register(s.jobs))
	s.noteErr("metrics", s.exporter.Gauges("appos_db_connections", "Connections to the database, by kind.", "kind", pool))
	s.noteErr("metrics", s.exporter.Counters("appos_db_statements_total", "Statements run, by kind.", "kind", statements))
	s.noteErr("metrics", s.exporter.Counters("appos_webhook_deliveries_total", "Attempts to deliver events of webhooks, by how they ended.", "result", s.webhooks.Counts))
	s.noteErr("metrics", s.exporter.Gauges("appos_connected_system_up", "Whether a connected system can be used, as far as is known.", "system", s.systemsUp))
	s.noteErr("metrics", s.exporter.Gauge("appos_change_streams", "Streams of changes that clients hold open.", func() float64 {
		if s.site == nil {
			return 0
		}
		return float64(s.site.OpenStreams())
	}))
	s.noteErr("metrics", s.exporter.Gauge("appos_cache_up", "Whether the cache answers.", func() float64 {
		if s.cache.Health().State == "up" {
			return 1
		}
		return 0
	}))
	return s.exporter.Handler()
}
