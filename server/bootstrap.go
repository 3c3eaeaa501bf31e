package server

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/apposengine/appos/internal/declare"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/internal/store"
)

// firstStartTable remembers which apps have been set up and seeded in this database.
var firstStartTable = store.Table{
	Name: "appos_first_start",
	Columns: []store.Column{
		{Name: "app", Type: store.Text},
		{Name: "part", Type: store.Text},
		{Name: "at", Type: store.Time},
	},
	Key: []string{"app", "part"},
}

// The parts of a first start.
const (
	partSetup = "setup"
	partSeed  = "seed"
)

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
func (s *Server) bootstrap(ctx context.Context, d declare.Declarations, hashed *security.PendingHash) (err error) {
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
	if _, err := s.security.Permissions().Sync(ctx, d.Defaults()); err != nil {
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
// database does not know yet: each once, whatever comes later. Both run at the
// same time: the ones hash passwords while the others write.
func (s *Server) FirstStart(ctx context.Context, seeds bool) error {
	ctx, err := s.As(ctx, security.SystemUser)
	if err != nil {
		return err
	}
	setup := func() error {
		return s.first(ctx, partSetup, func(app *object.App) error {
			// passwords are hashed outside of a transaction, so that others can write
			if err := all(ctx, app.Setups); err != nil {
				return err
			}
			_, err := s.note(ctx, app, partSetup)
			return err
		})
	}
	began := make(chan error, 1)
	go func() { began <- setup() }()
	seeded := s.first(ctx, partSeed, func(app *object.App) error {
		db := s.engine.DBOf(app)
		return db.Tx(ctx, func(ctx context.Context) error {
			mine, err := s.note(ctx, app, partSeed)
			if err != nil || !mine || !seeds {
				return err
			}
			return all(ctx, app.Seeds)
		})
	})
	err = <-began
	if kind, ok := store.KindOf(err); ok && kind == store.Busy && seeded == nil {
		err = setup() // the seeds wrote for longer than a write waits
	}
	return errors.Join(seeded, err)
}

// first runs one part of the first start of every app that has not had it.
func (s *Server) first(ctx context.Context, part string, run func(*object.App) error) error {
	for _, a := range s.apps {
		var known int64
		err := s.noted(part, a.Descriptor()).QueryRow(ctx, []any{&known}, `SELECT COUNT(*) FROM appos_first_start WHERE app = ? AND part = ?`, a.Name(), part)
		if err == nil && known > 0 {
			continue
		}
		if err == nil {
			err = run(a.Descriptor())
		}
		if outage := (*object.Outage)(nil); errors.As(err, &outage) && outage.System != "" {
			// the others can start; this one's turn comes with the next start
			s.warn(fmt.Sprintf("the first start of %s: %s: %v", a.Name(), part, err))
			continue
		}
		if err != nil {
			return fmt.Errorf("the first start of %s: %s: %w", a.Name(), part, err)
		}
	}
	return nil
}

func all(ctx context.Context, steps []func(context.Context) error) error {
	for _, step := range steps {
		if err := contained(ctx, step); err != nil {
			return err
		}
	}
	return nil
}

// contained makes a panic of an app's function an error.
func contained(ctx context.Context, step func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return step(ctx)
}

// noted is the database that remembers whether an app has had a part: for seeds
// that of its records, so that both are stored or none.
func (s *Server) noted(part string, app *object.App) store.DB {
	if part == partSeed {
		return s.engine.DBOf(app)
	}
	return s.db
}

// note remembers that the app has had the part; false says that another node was
// first.
func (s *Server) note(ctx context.Context, app *object.App, part string) (mine bool, err error) {
	n, err := s.noted(part, app).Exec(ctx, `INSERT INTO appos_first_start (app, part, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, app.Name, part, time.Now())
	return n > 0, err
}
