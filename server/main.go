package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/apposengine/appos"
)

// Main runs the command line of a project's program and exits: 0 when all went
// well, 1 when something failed, 2 when the command was wrong.
func Main(apps ...*appos.App) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := Execute(ctx, stop, os.Args[1:], os.Stdout, os.Stderr, apps...)
	stop()
	os.Exit(code)
}

// Execute runs one command and returns the program's exit code. The context ends
// what runs, gracefully; forget restores the default action of signals, so that
// a second one ends the program at once.
func Execute(ctx context.Context, forget func(), args []string, out, errs io.Writer, apps ...*appos.App) int {
	root := &cobra.Command{
		Use:           "appos",
		Short:         "Business applications, declared in Go",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          knownCommand,

		DisableFlagsInUseLine:      true,
		SuggestionsMinimumDistance: 2,

		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	if len(os.Args) > 0 {
		root.Use = programName(os.Args[0])
	}
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errs)
	root.CompletionOptions.HiddenDefaultCmd = true
	usage := func(_ *cobra.Command, err error) error { return usageError{err} }
	root.SetFlagErrorFunc(usage)
	root.AddCommand(runCommand(apps, forget), importCommand(apps), exportCommand(apps), seedCommand(apps), checkCommand(apps), routesCommand(apps), openapiCommand(apps), backupCommand(apps), restoreCommand(apps), keysCommand(apps), apiKeyCommand(apps), migrateCommand(apps), versionCommand())

	err := root.ExecuteContext(ctx)
	var wrong usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &wrong):
		fmt.Fprintf(errs, "%v\nRun '%s --help' for how it is used.\n", err, root.Use)
		return 2
	}
	fmt.Fprintln(errs, err)
	return 1
}

// knownCommand refuses what is the name of no command.
func knownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	text := fmt.Sprintf("unknown command %q", args[0])
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		text += fmt.Sprintf("; did you mean %q?", near[0])
	}
	return usageError{errors.New(text)}
}

// usageError is a command that was given wrongly.
type usageError struct{ error }

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of AppOS and of Go",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(c.OutOrStdout(), "AppOS %s\n", Version())
			return err
		},
	}
}

// Version is the version of AppOS and of Go that the program was built with,
// such as "v1.2.0 (go1.26.8)".
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	version := info.Main.Version
	for _, dep := range info.Deps {
		if dep.Path == "github.com/apposengine/appos" {
			version = dep.Version
		}
	}
	if version == "" || version == "(devel)" {
		version = "development"
	}
	return version + " (" + info.GoVersion + ")"
}
