package server

import (
	"context"
	"fmt"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/internal/store"
)

// firstStartTable remembers which apps have been set up in this database.
var firstStartTable = store.Table{
	Name: "appos_first_start",
	Columns: []store.Column{
		{Name: "app", Type: store.Text},
		{Name: "at", Type: store.Time},
		{Name: "seeded", Type: store.Bool},
	},
	Key: []string{"app"},
}

// hashAdminPassword begins to hash the configured password, which takes a while,
// when there is one.
func (s *Server) hashAdminPassword() *security.PendingHash {
	if password := s.cfg.AdminPassword; password.Set() {
		return security.HashInBackground(password.Reveal())
	}
	return nil
}

// bootstrap makes sure of accounts and groups, and brings permissions up to what
// is declared.
func (s *Server) bootstrap(ctx context.Context, d Declarations, hashed *security.PendingHash) (err error) {
	groups := map[string]string{}
	for app, m := range d.Manifests {
		for _, g := range m.Groups {
			groups[g] = "A group of the app " + app
		}
	}
	s.adminPassword, err = s.security.Bootstrap(ctx, security.Bootstrap{
		AdminPassword: s.cfg.AdminPassword.Reveal(), AdminHash: hashed, Groups: groups,
	})
	if err != nil {
		return fmt.Errorf("the first accounts: %w", err)
	}
	if _, err := s.security.Permissions().Sync(ctx, d.manifestDefaults()); err != nil {
		return fmt.Errorf("the declared permissions: %w", err)
	}
	return nil
}

// As returns the context of a call by a user, for commands and jobs; "system" may
// do everything.
func (s *Server) As(ctx context.Context, name string) (context.Context, error) {
	u, err := s.security.UserNamed(ctx, name)
	if err != nil {
		return nil, err
	}
	return s.engine.Begin(ctx, u, ""), nil
}

// FirstStart runs the setups, and with seeds the seeds, of apps that this
// database does not know yet: each app once, whatever comes later.
func (s *Server) FirstStart(ctx context.Context, seeds bool) error {
	ctx, err := s.As(ctx, security.SystemUser)
	if err != nil {
		return err
	}
	var fresh []*object.App
	for _, a := range s.apps {
		var known int64
		app := a.Descriptor()
		if err := s.db.QueryRow(ctx, []any{&known}, `SELECT COUNT(*) FROM appos_first_start WHERE app = ?`, app.Name); err != nil {
			return err
		}
		if known == 0 {
			fresh = append(fresh, app)
		}
	}
	for _, app := range fresh {
		for _, setup := range app.Setups {
			if err := setup(ctx); err != nil {
				return fmt.Errorf("setting up %s: %w", app.Name, err)
			}
		}
	}
	for _, app := range fresh {
		err := s.db.Tx(ctx, func(ctx context.Context) error {
			if seeds {
				for _, seed := range app.Seeds {
					if err := seed(ctx); err != nil {
						return err
					}
				}
			}
			_, err := s.db.Exec(ctx, `INSERT INTO appos_first_start (app, at, seeded) VALUES (?, ?, ?)`, app.Name, time.Now(), seeds && len(app.Seeds) > 0)
			return err
		})
		if err != nil {
			return fmt.Errorf("seeding %s: %w", app.Name, err)
		}
	}
	return nil
}
