package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/internal/declare"
	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// migrateOptions are the flags of migrate and its commands.
type migrateOptions struct {
	runOptions
	database  string
	dryRun    bool
	allowDrop bool
	data      bool
	asJSON    bool
}

func migrateCommand(apps []*appos.App) *cobra.Command {
	var o migrateOptions
	c := &cobra.Command{
		Use:   "migrate",
		Short: "Change the schemas of the databases, by reviewed files",
		Long: `Run the migrations that the databases lack: the platform's own, and those of the
project in its folder migrations. Every file is run once, whole or not at all;
a second migrate that is started meanwhile waits.

In the environments dev and test, or where database.migrate is auto, it then
follows declarations that are ahead of the files, as every start does.`,
		Example: "  migrate new add_credit               write the files of what was changed in the code\n" +
			"  migrate --dry-run                    print the SQL that would run\n" +
			"  migrate                              run what is pending\n" +
			"  migrate status",
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return o.withSets(c.Context(), apps, func(p *project, sets []migrate.Set) error {
				return o.run(c, p, sets)
			})
		},
	}
	o.dataFlag(c.PersistentFlags())
	c.PersistentFlags().StringVar(&o.database, "database", "", "only the database with the `NAME`: main, platform, queue, or that of a connected system")
	c.PersistentFlags().BoolVar(&o.allowDrop, "allow-drop", false, "allow changes that lose data")
	c.Flags().BoolVar(&o.dryRun, "dry-run", false, "print the SQL that would run, and run nothing")
	c.AddCommand(migrateNewCommand(apps, &o), migrateStatusCommand(apps, &o), migrateHashCommand(apps, &o))
	return c
}

// project is what the declarations say, read from a server that is thrown away.
type project struct {
	cfg     *config.Config
	tables  []store.Table // of the records in the platform's database
	systems []systemTables
	server  *Server // closed; its registry tells where things are declared
}

// systemTables are the tables of a connected system of type database.
type systemTables struct {
	of     *object.Object
	tables []store.Table
}

// readProject reads the declarations.
func readProject(ctx context.Context, apps []*appos.App, o runOptions) (*project, error) {
	cfg, err := load(o)
	if err != nil {
		return nil, err
	}
	p := &project{cfg: cfg}
	return p, inspect(ctx, apps, func(s *Server) error {
		p.server, p.tables = s, projectTables(s.engine.Tables())
		for _, o := range s.engine.Registry().Of("", object.KindConnectedSystem) {
			if tables := projectTables(s.engine.TablesIn(o)); len(tables) > 0 {
				p.systems = append(p.systems, systemTables{o, tables})
			}
		}
		return nil
	})
}

// withSets opens the databases and hands their sets on, one database after the
// other: how the systems are reached is in the platform's tables, which have to be
// there first.
func (o *migrateOptions) withSets(ctx context.Context, apps []*appos.App, use func(*project, []migrate.Set) error) (err error) {
	p, err := readProject(ctx, apps, o.runOptions)
	if err != nil {
		return err
	}
	if err := o.knows(p); err != nil {
		return err
	}
	if err := os.MkdirAll(p.cfg.Platform.Data, 0o700); err != nil {
		return fmt.Errorf("the data folder cannot be made: %w; choose another with --data", err)
	}
	s := &Server{cfg: p.cfg, bare: true}
	if err := s.openDatabase(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	own, err := platformMigrationSet(s.db)
	if err != nil {
		return err
	}
	jobs, err := queueMigrationSet(s.db)
	if err != nil {
		return err
	}
	main, err := migrationSet(p.cfg, mainSet, s.db, p.tables)
	if err != nil {
		return err
	}
	if err := use(p, o.chosen(own, jobs, main)); err != nil {
		return err
	}
	if pending, err := own.Check(ctx); err != nil || len(pending) > 0 || len(p.systems) == 0 {
		return err
	}
	if err := s.openSystems(ctx, declare.Declarations{Registry: p.server.engine.Registry()}); err != nil {
		return err
	}
	var sets []migrate.Set
	for _, x := range p.systems {
		db := s.systems.Database(x.of)
		own, err := connectedMigrationSet(db)
		if err != nil {
			return err
		}
		set, err := migrationSet(p.cfg, systemSet(x.of), db, x.tables)
		if err != nil {
			return err
		}
		sets = append(sets, own, set)
	}
	if sets = o.chosen(sets...); len(sets) == 0 {
		return nil
	}
	return use(p, sets)
}

// knows refuses the name of no database.
func (o *migrateOptions) knows(p *project) error {
	names := []string{platformSet, queueSet, mainSet}
	for _, x := range p.systems {
		names = append(names, systemSet(x.of))
	}
	if o.database == "" || slices.Contains(names, o.database) {
		return nil
	}
	return usageError{fmt.Errorf("there is no database %q; there are %s", o.database, strings.Join(names, ", "))}
}

// chosen leaves the sets that --database names.
func (o *migrateOptions) chosen(sets ...migrate.Set) []migrate.Set {
	return slices.DeleteFunc(sets, func(s migrate.Set) bool { return o.database != "" && s.Name != o.database })
}

// run applies what is pending, and shows it.
func (o *migrateOptions) run(c *cobra.Command, p *project, sets []migrate.Set) error {
	r := runner(p.cfg)
	r.AllowDrop = o.allowDrop
	out := c.OutOrStdout()
	if o.dryRun {
		return o.printSQL(c.Context(), r, p, sets, out)
	}
	for _, s := range sets {
		if ahead := s.Ahead(); ahead != nil && !r.Direct {
			return ahead
		}
	}
	r.Progress = func(step migrate.Step) {
		switch {
		case !step.Done:
			fmt.Fprintf(out, "%s: %s …\n", step.Set, step.Version)
		case step.Kind == migrate.Adopted:
			fmt.Fprintf(out, "%s: %s was there already\n", step.Set, step.Version)
		default:
			fmt.Fprintf(out, "%s: %s done in %s\n", step.Set, step.Version, step.Took.Round(time.Millisecond))
		}
	}
	for _, s := range sets {
		changed, err := r.Apply(c.Context(), s)
		if err != nil {
			return p.explain(err)
		}
		if !changed {
			fmt.Fprintf(out, "%s: up to date\n", s.Name)
		}
	}
	return nil
}

func (o *migrateOptions) printSQL(ctx context.Context, r migrate.Runner, p *project, sets []migrate.Set, out io.Writer) error {
	for _, s := range sets {
		planned, err := r.DryRun(ctx, s)
		if err != nil {
			return p.explain(err)
		}
		for _, one := range planned {
			fmt.Fprintf(out, "-- %s: %s\n%s\n", s.Name, one.Name, one.SQL)
		}
	}
	return nil
}

// explain gives problems the lines of their fields.
func (p *project) explain(err error) error {
	var refusal *migrate.Refusal
	if errors.As(err, &refusal) {
		p.server.locate(refusal)
	}
	return err
}

func migrateNewCommand(apps []*appos.App, o *migrateOptions) *cobra.Command {
	c := &cobra.Command{
		Use:   "new NAME",
		Short: "Write the next migration: what the code declares and the last one did not",
		Long: `Write the next migration into the folder migrations: the SQL for SQLite and for
PostgreSQL, and the schema that it makes as snapshot.json. No database is used.

Read the files, commit them with the code. When you change them, run migrate hash.`,
		Example: "  migrate new add_credit\n" +
			"  migrate new --empty fill_credit      files for statements of your own\n" +
			"  migrate new --allow-drop remove_fax  a change that loses data",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{fmt.Errorf("migrate new wants one name, such as add_credit")}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			p, err := readProject(c.Context(), apps, o.runOptions)
			if err != nil {
				return err
			}
			return o.write(c.OutOrStdout(), p, args[0])
		},
	}
	c.Flags().BoolVar(&o.data, "empty", false, "files without statements, for changing rows by your own")
	return c
}

// write writes the next migration of every database that has changed, or of the
// one that was named.
func (o *migrateOptions) write(out io.Writer, p *project, name string) error {
	if err := o.knows(p); err != nil {
		return err
	}
	if o.database == platformSet || o.database == queueSet {
		return usageError{fmt.Errorf("the migrations of the platform are part of AppOS")}
	}
	sets := []migrate.Set{{Name: mainSet, Tables: p.tables}}
	for _, x := range p.systems {
		sets = append(sets, migrate.Set{Name: systemSet(x.of), Tables: x.tables})
	}
	if o.data && o.database == "" {
		o.database = mainSet
	}
	written := false
	options := migrate.NewOptions{Options: migrate.Options{AllowDrop: o.allowDrop}, Data: o.data, Now: time.Now()}
	for _, s := range o.chosen(sets...) {
		dir := filepath.Join(p.cfg.Database.Migrations, s.Name)
		folder, err := migrate.Read(os.DirFS(p.cfg.Database.Migrations), s.Name, dir)
		if err != nil {
			return err
		}
		v, c, err := migrate.New(dir, folder, name, s.Tables, options)
		if errors.Is(err, migrate.ErrNothing) {
			continue
		}
		if err != nil {
			return p.explain(err)
		}
		written = true
		fmt.Fprintln(out, filepath.Join(dir, v.String()+".{sqlite,postgres}.sql"))
		for _, note := range c.Notes {
			fmt.Fprintf(out, "  %s\n", note)
		}
	}
	if !written {
		fmt.Fprintln(out, "Nothing to do: the migrations make what is declared.")
	}
	return nil
}

func migrateStatusCommand(apps []*appos.App, o *migrateOptions) *cobra.Command {
	c := &cobra.Command{
		Use:     "status",
		Short:   "Show which migrations the databases have",
		Example: "  migrate status\n  migrate status --json | jq '.[] | select(.migrations[].state == \"pending\") | .database'",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			all := []migrate.Status{}
			err := o.withSets(c.Context(), apps, func(_ *project, sets []migrate.Set) error {
				for _, s := range sets {
					one, err := s.Status(c.Context())
					if err != nil {
						return err
					}
					all = append(all, one)
				}
				return nil
			})
			switch {
			case err != nil:
				return err
			case o.asJSON:
				return printJSON(c.OutOrStdout(), all)
			}
			return printStatus(c.OutOrStdout(), all)
		},
	}
	c.Flags().BoolVar(&o.asJSON, "json", false, "print JSON")
	return c
}

func printStatus(out io.Writer, all []migrate.Status) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "DATABASE\tMIGRATION\tSTATE\tAPPLIED\tTOOK\tBY")
	for _, s := range all {
		for _, v := range s.Versions {
			took := ""
			if v.AppliedAt != "" {
				took = (time.Duration(v.Took) * time.Millisecond).String()
			}
			fmt.Fprintf(table, "%s\t%s_%s\t%s\t%s\t%s\t%s\n", s.Set, v.Version, v.Name, v.State, v.AppliedAt, took, v.By)
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, s := range all {
		for _, p := range s.Problems {
			fmt.Fprintf(out, "%s: %s\n", s.Path, p)
		}
		if len(s.Ahead) > 0 {
			fmt.Fprintf(out, "%s: the declarations are ahead; write the next migration with \"appos migrate new NAME\":\n", s.Path)
			for _, note := range s.Ahead {
				fmt.Fprintf(out, "  %s\n", note)
			}
		}
	}
	return nil
}

func migrateHashCommand(apps []*appos.App, o *migrateOptions) *cobra.Command {
	return &cobra.Command{
		Use:   "hash",
		Short: "Accept migrations that were edited, added or merged by hand",
		Long: `Write the checksums of the migrations anew, after files were edited, added or
merged by hand. Files that the configured database has run already cannot be
edited any more, and are refused.`,
		Example: "  migrate hash",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			p, err := readProject(c.Context(), apps, o.runOptions)
			if err != nil {
				return err
			}
			if err := o.knows(p); err != nil {
				return err
			}
			database := cmp.Or(o.database, mainSet)
			if database == platformSet || database == queueSet {
				return usageError{fmt.Errorf("the migrations of the platform are part of AppOS")}
			}
			ran, err := o.ran(c.Context(), p, database)
			if err != nil {
				return fmt.Errorf("which migrations the database has run cannot be asked: %w", err)
			}
			dir := filepath.Join(p.cfg.Database.Migrations, database)
			changed, err := migrate.Hash(dir, dir, ran)
			if err != nil {
				return err
			}
			slices.Sort(changed)
			for _, name := range changed {
				fmt.Fprintln(c.OutOrStdout(), filepath.Join(dir, name))
			}
			if len(changed) == 0 {
				fmt.Fprintln(c.OutOrStdout(), "Nothing to do: the checksums are those of the files.")
			}
			return nil
		},
	}
}

// ran are the files of main that the configured database has run. A database that
// does not exist yet has run none, and is not made; those of connected systems are
// asked when their migrations run.
func (o *migrateOptions) ran(ctx context.Context, p *project, database string) (ran map[string]string, err error) {
	if _, err := os.Stat(p.cfg.Platform.Data); err != nil || database != mainSet {
		return nil, nil
	}
	s := &Server{cfg: p.cfg, bare: true}
	if err := s.openDatabase(ctx); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return migrate.Set{Name: mainSet, DB: s.db}.Ran(ctx)
}
