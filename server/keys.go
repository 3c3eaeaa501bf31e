package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/internal/declare"
	"github.com/apposengine/appos/internal/engine"
	"github.com/apposengine/appos/internal/record"
	"github.com/apposengine/appos/internal/secret"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/system"
	"github.com/apposengine/appos/internal/webhook"
)

func keysCommand(apps []*appos.App) *cobra.Command {
	c := &cobra.Command{
		Use:   "keys",
		Short: "The keys that credentials and fields of records are encrypted with",
		Args:  knownSubcommand,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(keysStatusCommand(), keysRotateCommand(apps))
	return c
}

// knownSubcommand refuses what is the name of no command below.
func knownSubcommand(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("unknown command %q", args[0])}
	}
	return nil
}

func keysStatusCommand() *cobra.Command {
	var o runOptions
	c := &cobra.Command{
		Use:   "status",
		Short: "Say where the keys are, which of them seals, and whether a rotation was cut off",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withRing(c.Context(), o, func(r *secret.Ring, _ store.DB) error { return describeRing(c.OutOrStdout(), r) })
		},
	}
	o.dataFlag(c.Flags())
	return c
}

func keysRotateCommand(apps []*appos.App) *cobra.Command {
	var o runOptions
	c := &cobra.Command{
		Use:   "rotate",
		Short: "Make a new key, encrypt everything with it, and disable the old ones",
		Long: `Make a new key, encrypt everything with it, and disable the old ones. Servers
may run meanwhile; those that share the key file notice by themselves. The
databases of connected systems that have encrypted fields must be up. Cut off at
any point, the command goes on where it stopped when it is run again.

Keys in APPOS_KEYS itself cannot be written by the command. It prints them: set
them on every node, run the command again, and set what it prints then. Keep a
copy of the key file apart from backups of the database.`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			done, err := rotate(c.Context(), o, apps)
			if err != nil {
				return err
			}
			return describeRotation(c.OutOrStdout(), c.ErrOrStderr(), done)
		},
	}
	o.dataFlag(c.Flags())
	return c
}

// rotate seals everything anew that a project keeps encrypted.
func rotate(ctx context.Context, o runOptions, apps []*appos.App) (done secret.Rotation, err error) {
	cfg, err := load(o)
	if err != nil {
		return done, err
	}
	s := &Server{cfg: cfg, apps: apps, bare: true}
	if err := s.openDatabase(ctx); err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	d := declare.Read(apps)
	databases := s.joinDatabases(d.Registry)
	own, err := platformMigrationSet(s.db)
	if err != nil {
		return done, err
	}
	if err := runner(cfg).Start(ctx, own); err != nil {
		return done, err
	}
	if err := s.openSystems(ctx, d); err != nil {
		return done, err
	}
	records, faults := record.Across(s.db, databases, d.Registry, nil)
	if len(faults) > 0 {
		return done, engine.Faults(faults)
	}
	for _, x := range records.Sealed() { // where tables are not as declared, this says what to do
		name := mainSet
		if x.System != nil {
			name = systemSet(x.System)
		}
		set, err := migrationSet(cfg, name, x.DB, projectTables(records.TablesIn(x.System)))
		if err != nil {
			return done, err
		}
		if err := runner(cfg).Start(ctx, set); err != nil {
			return done, err
		}
	}
	return s.ring.Rotate(ctx, s.db, time.Now(), system.Credentials(s.db), webhook.Secrets(s.db), records.Vault())
}

// withRing opens the database and the ring of a project.
func withRing(ctx context.Context, o runOptions, use func(*secret.Ring, store.DB) error) (err error) {
	cfg, err := load(o)
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, databaseURL(cfg), store.Options{MaxConns: 4})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	own, err := platformMigrationSet(db)
	if err != nil {
		return err
	}
	if err := runner(cfg).Start(ctx, own); err != nil {
		return err
	}
	r, err := openRing(ctx, cfg, db)
	if err != nil {
		return err
	}
	return use(r, db)
}

func openRing(ctx context.Context, cfg *config.Config, db store.DB) (*secret.Ring, error) {
	return secret.Open(ctx, secret.Options{DB: db, Keys: cfg.Security.Keys.Reveal(), Path: keyFile(cfg.Platform.Data)})
}

func describeRing(out io.Writer, r *secret.Ring) error {
	s, err := r.Status()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "keys in %s\n", s.From)
	for _, k := range s.Keys {
		state := "disabled"
		switch {
		case k.Primary:
			state = "encrypts and decrypts"
		case k.Enabled:
			state = "decrypts"
		}
		fmt.Fprintf(out, "%d\t%s\n", k.ID, state)
	}
	if s.Unfinished() {
		_, err = fmt.Fprintln(out, "a rotation was cut off; run keys rotate to finish it")
	}
	return err
}

func describeRotation(out, errs io.Writer, done secret.Rotation) error {
	if done.Keyset != nil { // apart from what is said about it, so that it can be piped
		next := "Set APPOS_KEYS to this on every node, then run keys rotate again."
		if done.Done {
			next = "Everything is encrypted with the new key. Set APPOS_KEYS to this on every node; the old keys are disabled in it."
		}
		fmt.Fprintln(errs, next)
		_, err := fmt.Fprintf(out, "%s\n", done.Keyset)
		return err
	}
	resumed := ""
	if done.Resumed {
		resumed = " (an earlier rotation was finished)"
	}
	_, err := fmt.Fprintf(out, "%d values are encrypted with the new key %d, the old keys are disabled%s\n", done.Values, done.Primary, resumed)
	return err
}
