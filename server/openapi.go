package server

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/security"
)

func openapiCommand(apps []*appos.App) *cobra.Command {
	var o runOptions
	var user, out string
	c := &cobra.Command{
		Use:   "openapi",
		Short: "Print what can be called over HTTP, in OpenAPI 3.1",
		Long: `Print the description of the HTTP API, for generators of clients and for other
tools. Without --user it is of everything that there is, and asks no database;
with it of what that user may call now, as the server itself answers at
/api/openapi.json. The account of those who have not signed in is public.`,
		Example: "  openapi --out openapi.json\n  openapi --user partner | jq '.paths | keys'",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			print := func(s *Server, user string) error { return s.printOpenAPI(c.Context(), c.OutOrStdout(), user, out) }
			if user == "" {
				return inspect(c.Context(), apps, func(s *Server) error { return print(s, security.SystemUser) })
			}
			cfg, err := load(o)
			if err != nil {
				return err
			}
			s, err := Open(c.Context(), cfg, apps...)
			if err != nil {
				return err
			}
			return errors.Join(print(s, user), s.Close())
		},
	}
	o.dataFlag(c.Flags())
	c.Flags().StringVar(&user, "user", "", "whose API it is, by sign-in name")
	c.Flags().StringVar(&out, "out", "", "the file to write; none is the standard output")
	return c
}

// printOpenAPI writes the description of what a user may call to a file, or to w
// where none is named.
func (s *Server) printOpenAPI(ctx context.Context, w io.Writer, user, file string) error {
	ctx, err := s.As(ctx, user)
	if err != nil {
		return err
	}
	body, err := json.MarshalIndent(s.site.Describe(ctx), "", "  ")
	if err != nil {
		return err
	}
	body = append(body, '\n')
	if file != "" {
		return os.WriteFile(file, body, 0o644)
	}
	_, err = w.Write(body)
	return err
}
