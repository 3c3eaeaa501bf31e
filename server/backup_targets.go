package server

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/backup"
	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/internal/declare"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/system"
)

// databases are the databases of a project that are asked for, by the names that
// migrations have for them too; none asked for are all.
func databases(ctx context.Context, cfg *config.Config, apps []*appos.App, only []string) ([]backup.Target, error) {
	all := []backup.Target{{Name: mainSet, URL: databaseURL(cfg)}}
	reg := declare.Read(apps).Registry
	if connected(reg) {
		more, err := connectedTargets(ctx, cfg, reg)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return chosenTargets(all, only)
}

// connectedTargets are the databases of connected systems, as the console, the
// environment and the code say how to reach them.
func connectedTargets(ctx context.Context, cfg *config.Config, reg *object.Registry) (_ []backup.Target, err error) {
	s := &Server{cfg: cfg, bare: true}
	if err := s.openDatabase(ctx); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.openSystems(ctx, declare.Declarations{Registry: reg}); err != nil {
		return nil, err
	}
	return addresses(s.systems)
}

func addresses(r *system.Registry) (all []backup.Target, err error) {
	for _, x := range r.Systems() {
		if r.Database(x.Object()) == nil {
			continue
		}
		url, err := x.Address()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", x.Object().Ref, err)
		}
		all = append(all, backup.Target{Name: systemSet(x.Object()), URL: url})
	}
	return all, nil
}

// restorable are the databases that a backup can go back to. While there is no
// main database yet, only the code and the environment say how to reach the
// others.
func restorable(ctx context.Context, cfg *config.Config, apps []*appos.App) (all []backup.Target, err error) {
	main := backup.Target{Name: mainSet, URL: databaseURL(cfg)}
	reg := declare.Read(apps).Registry
	if !connected(reg) {
		return []backup.Target{main}, nil
	}
	if has, err := backup.HasTables(ctx, main); err != nil {
		return nil, err
	} else if has {
		all, err = connectedTargets(ctx, cfg, reg)
		return append(all, main), err
	}
	err = inspect(ctx, apps, func(s *Server) error {
		all, err = addresses(s.systems)
		return err
	})
	return append(all, main), err
}

func connected(reg *object.Registry) bool {
	return len(reg.Of("", object.KindConnectedSystem)) > 0
}

func chosenTargets(all []backup.Target, only []string) ([]backup.Target, error) {
	if len(only) == 0 {
		return all, nil
	}
	var names []string
	for _, t := range all {
		names = append(names, t.Name)
	}
	for _, name := range only {
		if !slices.Contains(names, name) {
			return nil, usageError{fmt.Errorf("--database is %q; this project has %s", name, strings.Join(names, ", "))}
		}
	}
	return slices.DeleteFunc(all, func(t backup.Target) bool { return !slices.Contains(only, t.Name) }), nil
}

// databaseURL is where the platform's database is.
func databaseURL(cfg *config.Config) string {
	if url := cfg.Database.URL.Reveal(); url != "" {
		return url
	}
	return "sqlite:" + filepath.Join(cfg.Platform.Data, "appos.db")
}
