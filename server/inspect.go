package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/internal/web"
)

// inspect opens a server over a database that is thrown away, for commands that
// ask what there is without touching the project's data.
func inspect(ctx context.Context, apps []*appos.App, use func(*Server) error) (err error) {
	dir, err := os.MkdirTemp("", "appos-inspect-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	cfg, err := config.Load(config.Options{})
	if err != nil {
		return err
	}
	cfg.Platform.Data = dir
	cfg.Database.URL = config.NewSecret("sqlite:" + filepath.Join(dir, "appos.db"))
	cfg.Redis.URL = config.Secret{}
	cfg.AdminPassword = config.Secret{}
	s, err := open(ctx, &Server{cfg: cfg, apps: apps, started: time.Now(), throwaway: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return use(s)
}

func checkCommand(apps []*appos.App) *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Report everything that is wrong with the declarations and the configuration",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return inspect(c.Context(), apps, func(s *Server) error {
				if err := s.checkMigrations(); err != nil {
					return err
				}
				reg := s.engine.Registry()
				_, err := fmt.Fprintf(c.OutOrStdout(), "%d objects in %d apps: no faults\n", len(reg.Objects), len(reg.Apps))
				return err
			})
		},
	}
}

func routesCommand(apps []*appos.App) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "routes",
		Short:   "List everything that the server answers, and the permission it takes",
		Example: "  routes\n  routes --json | jq '.[] | select(.api) | .path'",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return inspect(c.Context(), apps, func(s *Server) error {
				routes := describeRoutes(s.site.Routes())
				if asJSON {
					return printJSON(c.OutOrStdout(), routes)
				}
				table := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
				for _, r := range routes {
					needs := r.Guard
					if r.Object != "" {
						needs = r.Permission + " " + r.Object
					}
					fmt.Fprintf(table, "%s\t%s\t%s\n", r.Method, r.Path, needs)
				}
				return table.Flush()
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// routeInfo is a route as the command prints it.
type routeInfo struct {
	Method     string `json:"method"`
	Path       string `json:"path"`
	Object     string `json:"object,omitempty"`
	Permission string `json:"permission,omitempty"`
	Guard      string `json:"guard,omitempty"`
	API        bool   `json:"api"`
}

func describeRoutes(routes []web.Route) []routeInfo {
	all := make([]routeInfo, len(routes))
	for i, r := range routes {
		all[i] = routeInfo{Method: r.Method, Path: r.Path, Guard: r.Guard, API: r.API}
		if r.Object != nil {
			all[i].Object, all[i].Permission = r.Object.Ref, r.Permission.String()
		}
	}
	return all
}
