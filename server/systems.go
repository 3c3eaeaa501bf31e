package server

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/apposengine/appos/internal/declare"
	"github.com/apposengine/appos/internal/logs"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/system"
	"github.com/apposengine/appos/internal/web"
)

// openSystems opens the ring of keys and reads the settings of connected systems.
// It connects to none of them.
func (s *Server) openSystems(ctx context.Context, d declare.Declarations) (err error) {
	if s.ring, err = openRing(ctx, s.cfg, s.db); err != nil {
		return err
	}
	m := s.cfg.Monitoring.Systems
	s.systems, err = system.New(ctx, system.Options{
		DB: s.db, Registry: d.Registry, Ring: s.ring, Env: s.cfg.Platform.Environment, Environ: os.Environ(),
		Interval: m.Interval, Timeout: m.Timeout, Prepare: s.prepareSystem, Audit: s.security.Audit, Changed: s.systemChanged,
	})
	if err != nil {
		return err
	}
	s.close = append(s.close, s.systems.Close)
	return nil
}

// keyFile is where the ring is that encrypts credentials, unless the
// configuration says otherwise.
func keyFile(data string) string { return filepath.Join(data, "keys", "master.json") }

// joinDatabases returns the databases of connected systems, for records, and makes
// the platform's one of those that transactions tell apart.
func (s *Server) joinDatabases(reg *object.Registry) func(*object.Object) store.DB {
	systems := reg.Of("", object.KindConnectedSystem)
	if len(systems) == 0 {
		return nil
	}
	group := store.NewGroup()
	s.db = group.Join("the platform's database", s.db)
	return func(o *object.Object) store.DB { return group.Join(o.Ref, s.systems.Database(o)) }
}

// prepareSystem brings the tables of a connected database up to what is declared.
func (s *Server) prepareSystem(ctx context.Context, o *object.Object, db store.DB) error {
	if s.bare {
		return nil
	}
	set, err := connectedMigrationSet(db)
	if err := s.migrate(ctx, set, err); err != nil {
		return err
	}
	set, err = migrationSet(s.cfg, systemSet(o), db, projectTables(s.engine.TablesIn(o)))
	return s.migrate(ctx, set, err)
}

// systemChanged writes to the log when a system goes down, and when it is back.
func (s *Server) systemChanged(o *object.Object, err error) {
	if s.logs == nil {
		return // a command, whose user is told by its error
	}
	entry := logs.Entry{Time: time.Now(), Kind: logs.KindOf(o), Category: logs.Execution, Level: slog.LevelInfo, App: o.App.Name, Object: o.Ref, Message: "it answers again"}
	if err != nil {
		entry.Level, entry.Message = slog.LevelError, "it cannot be used: "+err.Error()
	}
	s.logs.Log(entry)
}

// systemCheck is what /ready says of connected systems: one that is down takes
// nothing else with it.
func (s *Server) systemCheck() web.Check {
	return web.Check{Name: "connected_systems", Ask: func(context.Context) error {
		for _, x := range s.systems.Systems() {
			if err := x.Reachable(); err != nil {
				return fmt.Errorf("%s is down", x.Object().Ref)
			}
		}
		return nil
	}}
}

// systemsUp are the figures of connected systems.
func (s *Server) systemsUp() map[string]float64 {
	all := map[string]float64{}
	for _, x := range s.systems.Systems() {
		all[x.Object().Ref] = 1
		if x.Reachable() != nil {
			all[x.Object().Ref] = 0
		}
	}
	return all
}
