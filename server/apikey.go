package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/platform"
)

// keyOptions are the flags that the commands of API keys have in common.
type keyOptions struct {
	runOptions
	asJSON bool
}

func apiKeyCommand(apps []*appos.App) *cobra.Command {
	c := &cobra.Command{
		Use:     "api-key",
		Aliases: []string{"key"},
		Short:   "The API keys of accounts",
		Args:    knownSubcommand,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(apiKeyCreateCommand(apps), apiKeyListCommand(apps), apiKeyRotateCommand(apps), apiKeyRevokeCommand(apps))
	return c
}

// run opens the server's data, which another process may be serving, and does
// something there as the platform itself.
func (o *keyOptions) run(c *cobra.Command, apps []*appos.App, do func(ctx context.Context) error) (err error) {
	cfg, err := load(o.runOptions)
	if err != nil {
		return err
	}
	s, err := Open(c.Context(), cfg, apps...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	ctx, err := s.As(c.Context(), security.SystemUser)
	if err != nil {
		return err
	}
	return do(ctx)
}

func (o *keyOptions) flags(c *cobra.Command) *cobra.Command {
	o.dataFlag(c.Flags())
	c.Flags().BoolVar(&o.asJSON, "json", false, "print JSON")
	return c
}

func apiKeyCreateCommand(apps []*appos.App) *cobra.Command {
	var o keyOptions
	var in platform.CreateAPIKey
	var service bool
	var groups, expires string
	c := &cobra.Command{
		Use:   "create --account NAME --name TEXT",
		Short: "Make an API key of an account, and print it once",
		Long: `Make an API key of an account. The key is printed to the standard output, once:
nothing can read it again. What is said about it goes to the standard error.`,
		Example: "  api-key create --account partner --name ci --groups api_consumers --expires 90d\n" +
			"  api-key create --account mailer --service --groups support --name outbox --expires never --json",
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			for flag, value := range map[string]string{"account": in.Account, "name": in.Name} {
				if value == "" {
					return usageError{fmt.Errorf("--%s is required", flag)}
				}
			}
			if in.Lifetime, in.Forever, err = lifetime(expires); err != nil {
				return err
			}
			for g := range strings.SplitSeq(groups, ",") {
				if g = strings.TrimSpace(g); g != "" {
					in.Groups = append(in.Groups, g)
				}
			}
			return o.run(c, apps, func(ctx context.Context) error {
				if service {
					_, err := appos.Call(ctx, platform.CreateServiceAccount{Name: in.Account, Groups: in.Groups})
					if err != nil && !errors.Is(err, appos.Conflict) {
						return err
					}
				}
				k, err := appos.Call(ctx, in)
				switch {
				case errors.Is(err, appos.NotFound) && !service:
					return fmt.Errorf("%w; --service --groups GROUPS makes a service account first", err)
				case err != nil:
					return err
				}
				return o.print(c, k)
			})
		},
	}
	c.Flags().StringVar(&in.Account, "account", "", "whose it is: the `NAME` of the account")
	c.Flags().StringVar(&in.Name, "name", "", "what it is for, in a few `WORDS`")
	c.Flags().StringVar(&groups, "groups", "", "narrow it to these `GROUPS` of the account, parted by commas (default: all)")
	c.Flags().StringVar(&expires, "expires", "", "how long it is good, such as `90d`, 12h or never (default: security.api_keys.lifetime_days)")
	c.Flags().BoolVar(&service, "service", false, "make a service account in these groups first, unless there is an account of the name")
	return o.flags(c)
}

// lifetime reads days, or what Go writes as a duration.
func lifetime(text string) (d time.Duration, forever bool, err error) {
	switch days, ok := strings.CutSuffix(text, "d"); {
	case text == "":
		return 0, false, nil
	case text == "never":
		return 0, true, nil
	case ok:
		var n int
		n, err = strconv.Atoi(days)
		d = time.Duration(n) * 24 * time.Hour
		if n > 36500 {
			d = 0
		}
	default:
		d, err = time.ParseDuration(text)
	}
	if err != nil || d <= 0 {
		return 0, false, usageError{fmt.Errorf("%q is no time; write it as 90d, 12h or never", text)}
	}
	return d, false, nil
}

// print writes a key that was made: the secret apart from what is said about it,
// so that it can be piped.
func (o *keyOptions) print(c *cobra.Command, k platform.IssuedAPIKey) error {
	if o.asJSON {
		return printJSON(c.OutOrStdout(), map[string]any{
			"key": k.Key, "secret": k.Secret, "account": k.Account, "name": k.Name, "groups": noNil(k.Groups), "expires_at": k.ExpiresAt,
		})
	}
	until := "does not expire"
	if k.ExpiresAt != nil {
		until = "expires on " + k.ExpiresAt.UTC().Format("2006-01-02 15:04 UTC")
	}
	fmt.Fprintf(c.ErrOrStderr(), "The key %s of %s %s. It is not shown again.\n", k.Key, k.Account, until)
	_, err := fmt.Fprintln(c.OutOrStdout(), k.Secret)
	return err
}

func apiKeyListCommand(apps []*appos.App) *cobra.Command {
	var o keyOptions
	var in platform.ListAPIKeys
	c := &cobra.Command{
		Use:   "list",
		Short: "List API keys, without their secrets",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			in.Limit = 500
			return o.run(c, apps, func(ctx context.Context) error {
				var all []platform.APIKey
				for {
					page, err := appos.Call(ctx, in)
					if err != nil {
						return err
					}
					all = append(all, page.Keys...)
					if in.After = page.Next; in.After == "" {
						return o.list(c.OutOrStdout(), all)
					}
				}
			})
		},
	}
	c.Flags().StringVar(&in.Account, "account", "", "only those of the account with the `NAME`")
	c.Flags().StringVar(&in.State, "state", "", "only those that are `STATE`: active, expiring, disabled, expired or revoked")
	return o.flags(c)
}

func (o *keyOptions) list(out io.Writer, all []platform.APIKey) error {
	if o.asJSON {
		keys := make([]map[string]any, len(all))
		for i, k := range all {
			keys[i] = map[string]any{
				"key": k.Key, "account": k.Account, "name": k.Name, "groups": noNil(k.Groups), "state": k.State, "created_by": k.CreatedBy,
				"created_at": k.CreatedAt, "expires_at": k.ExpiresAt, "used_at": k.UsedAt, "used_from": k.UsedFrom,
			}
		}
		return printJSON(out, keys)
	}
	day := func(t *time.Time) string {
		if t == nil {
			return "never"
		}
		return t.UTC().Format(time.DateOnly)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "KEY\tACCOUNT\tNAME\tGROUPS\tSTATE\tEXPIRES\tLAST USED")
	for _, k := range all {
		groups := strings.Join(k.Groups, ",")
		if groups == "" {
			groups = "all"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k.Key, k.Account, k.Name, groups, k.State, day(k.ExpiresAt), day(k.UsedAt))
	}
	return w.Flush()
}

func apiKeyRotateCommand(apps []*appos.App) *cobra.Command {
	var o keyOptions
	var grace string
	c := &cobra.Command{
		Use:   "rotate KEY",
		Short: "Make a key that follows another, which is good for a while yet",
		Args:  oneKey,
		RunE: func(c *cobra.Command, args []string) error {
			in := platform.RotateAPIKey{Key: args[0]}
			if grace != "0" {
				var err error
				if in.Grace, _, err = lifetime(grace); err != nil {
					return err
				}
			}
			return o.run(c, apps, func(ctx context.Context) error {
				k, err := appos.Call(ctx, in)
				if err != nil {
					return err
				}
				return o.print(c, k)
			})
		},
	}
	c.Flags().StringVar(&grace, "grace", "24h", "how long the old key is good yet: a `TIME` such as 24h or 7d, at most 30d; 0 ends it at once")
	return o.flags(c)
}

func apiKeyRevokeCommand(apps []*appos.App) *cobra.Command {
	var o keyOptions
	c := &cobra.Command{
		Use:   "revoke KEY",
		Short: "End an API key at once",
		Args:  oneKey,
		RunE: func(c *cobra.Command, args []string) error {
			return o.run(c, apps, func(ctx context.Context) error {
				if _, err := appos.Call(ctx, platform.RevokeAPIKey{Key: args[0]}); err != nil {
					return err
				}
				_, err := fmt.Fprintf(c.OutOrStdout(), "The key %s is revoked.\n", args[0])
				return err
			})
		},
	}
	o.dataFlag(c.Flags())
	return c
}

// oneKey wants the id of a key. The key itself does not belong on a command line,
// where others see it.
func oneKey(_ *cobra.Command, args []string) error {
	switch {
	case len(args) != 1:
		return usageError{errors.New("name one key by its id; api-key list shows them")}
	case strings.HasPrefix(args[0], security.KeyPrefix):
		return usageError{errors.New("that is the key itself; name it by its id, the 12 characters after " + security.KeyPrefix)}
	}
	return nil
}

func noNil(names []string) []string {
	if names == nil {
		return []string{}
	}
	return names
}
