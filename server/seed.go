package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
)

func seedCommand(apps []*appos.App) *cobra.Command {
	var o runOptions
	var app string
	var again bool
	c := &cobra.Command{
		Use:   "seed",
		Short: "Fill the database with the apps' example data",
		Long: `Fill the database with the apps' example data, as the first start of a server does
unless it is told --no-seed. An app that was seeded, or was left without, is not
seeded a second time unless --again is given: its seed then adds to what is there,
or fails where that is in its way, and nothing of it is stored.`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			cfg, err := load(o)
			if err != nil {
				return err
			}
			s, err := Open(c.Context(), cfg, apps...)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, s.Close()) }()
			done, err := s.Seed(c.Context(), app, again)
			for _, line := range done {
				fmt.Fprintln(c.OutOrStdout(), line)
			}
			return err
		},
	}
	c.Flags().StringVar(&app, "app", "", "only the `APP` with this name")
	c.Flags().BoolVar(&again, "again", false, "seed also what was seeded before")
	o.dataFlag(c.Flags())
	return c
}

// Seed runs the seeds of all apps, or of the one that is named, in the order of
// their declaration, each app in one transaction. Apps that were seeded, or that
// the first start left without seeds, are passed over unless again. It returns what
// it did, a sentence an app.
func (s *Server) Seed(ctx context.Context, only string, again bool) (done []string, err error) {
	ctx, err = s.As(ctx, security.SystemUser)
	if err != nil {
		return nil, err
	}
	var names []string
	known := false
	for _, a := range s.apps {
		names = append(names, a.Name())
		if only != "" && a.Name() != only {
			continue
		}
		known = true
		text, err := s.seed(ctx, a.Descriptor(), again)
		if err != nil {
			return done, fmt.Errorf("%s was not seeded: %w", a.Name(), err)
		}
		done = append(done, text)
	}
	if !known && only != "" {
		hint := ""
		if near := object.Nearest(only, names); near != "" {
			hint = fmt.Sprintf("; did you mean %q?", near)
		}
		return nil, usageError{fmt.Errorf("no app is named %q%s", only, hint)}
	}
	return done, nil
}

func (s *Server) seed(ctx context.Context, app *object.App, again bool) (string, error) {
	if len(app.Seeds) == 0 {
		return app.Name + " has no seeds", nil
	}
	text := app.Name + " is seeded"
	db := s.noted(partSeed, app)
	err := db.Tx(ctx, func(ctx context.Context) error {
		mine, err := s.note(ctx, app, partSeed)
		if err != nil {
			return err
		}
		if !mine && !again {
			var at time.Time
			if err := db.QueryRow(ctx, []any{&at}, `SELECT at FROM appos_first_start WHERE app = ? AND part = ?`, app.Name, partSeed); err != nil {
				return err
			}
			text = fmt.Sprintf("%s had its turn on %s; --again seeds it once more", app.Name, at.Format("2006-01-02 15:04 UTC"))
			return nil
		}
		return all(ctx, app.Seeds)
	})
	return text, err
}
