package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/config"
)

// runOptions are the flags of run.
type runOptions struct {
	addr, data string
	noSeed     bool
}

func (o *runOptions) dataFlag(flags *pflag.FlagSet) {
	flags.StringVar(&o.data, "data", "", "the `FOLDER` of everything that is kept (APPOS_DATA, default .appos)")
}

func runCommand(apps []*appos.App, forget func()) *cobra.Command {
	var o runOptions
	c := &cobra.Command{
		Use:   "run",
		Short: "Serve the apps",
		Long: `Serve the apps until the program is told to stop: SIGINT or SIGTERM ends it once
running requests are answered, a second one at once.

Flags go before environment variables, which go before appos.yaml.`,
		Example: "  run                                  on http://127.0.0.1:8080, data in .appos\n" +
			"  run --addr 127.0.0.1:9000 --data /var/lib/shop\n" +
			"  APPOS_ENV=prod APPOS_ADMIN_PASSWORD=… run --no-seed",
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := load(o)
			if err != nil {
				return err
			}
			return serve(c.Context(), cfg, apps, !o.noSeed, forget, c.OutOrStdout())
		},
	}
	c.Flags().StringVar(&o.addr, "addr", "", "`HOST:PORT` to listen on; port 0 takes a free one (APPOS_ADDR, default 127.0.0.1:8080)")
	o.dataFlag(c.Flags())
	c.Flags().BoolVar(&o.noSeed, "no-seed", false, "leave a new database without example data")
	return c
}

func noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("unexpected argument %q", args[0])}
	}
	return nil
}

// load reads the configuration; flags win.
func load(o runOptions) (*config.Config, error) {
	cfg, err := config.Load(config.Options{})
	if err != nil {
		return nil, err
	}
	if o.addr != "" {
		if _, _, err := net.SplitHostPort(o.addr); err != nil {
			return nil, usageError{fmt.Errorf("--addr is %q; it must be HOST:PORT, such as 127.0.0.1:8080", o.addr)}
		}
		cfg.Platform.Addr = o.addr
	}
	if o.data != "" {
		cfg.Platform.Data = o.data
	}
	return cfg, nil
}

// serve opens everything, says so, and answers until ctx ends.
func serve(ctx context.Context, cfg *config.Config, apps []*appos.App, seeds bool, forget func(), out io.Writer) (err error) {
	began := time.Now()
	tuneGC()
	// the address first: a port that is taken is found before anything is written
	listener, err := net.Listen("tcp", cfg.Platform.Addr)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w; choose another with --addr", cfg.Platform.Addr, errors.Unwrap(err))
	}
	defer listener.Close()
	if err := os.MkdirAll(cfg.Platform.Data, 0o700); err != nil {
		return fmt.Errorf("the data folder cannot be made: %w; choose another with --data", err)
	}
	s, err := Open(ctx, cfg, apps...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if s.adminPassword != "" {
		fmt.Fprintf(out, "The administrator is \"admin\", the password %s\nIt is not shown again; change it in the console.\n", s.adminPassword)
	}
	if err := s.FirstStart(ctx, seeds); err != nil {
		return err
	}
	stop := s.background(ctx)
	defer stop()
	if err := s.startQueue(ctx); err != nil {
		return fmt.Errorf("background jobs: %w", err)
	}

	httpServer := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: min(10*time.Second, cfg.API.Stall),
		ReadTimeout:       60 * time.Second,
		WriteTimeout:      120 * time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          s.httpErrors(),
	}
	httpServer.RegisterOnShutdown(s.site.EndStreams)
	go settle()
	failed := make(chan error, 1)
	go func() { failed <- httpServer.Serve(listener) }()
	fmt.Fprintf(out, "AppOS is ready on http://%s (%s, data in %s, %d ms)\n",
		reachable(listener.Addr()), cfg.Platform.Environment, filepath.Clean(cfg.Platform.Data), time.Since(began).Milliseconds())

	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	forget() // a second signal ends the program at once
	fmt.Fprintf(out, "Stopping: answering what was asked, for %s at most\n", cfg.Shutdown.DrainTimeout)
	drain, cancel := context.WithTimeout(context.Background(), cfg.Shutdown.DrainTimeout)
	defer cancel()
	if err := httpServer.Shutdown(drain); err != nil {
		s.warn("requests were cut off when the time to drain was over")
		_ = httpServer.Close()
	}
	if err := s.queue.Stop(drain); err != nil {
		s.warn(err.Error())
	}
	return nil
}

// tuneGC has the garbage collector run half as often as Go would have it, unless
// GOGC says otherwise: the heap of a server is small, a dozen megabytes, and most
// of what a request allocates is gone with it.
func tuneGC() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
}

// reachable is an address that a browser on this machine can open.
func reachable(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// programName is how the program was called.
func programName(arg0 string) string {
	return strings.TrimSuffix(filepath.Base(arg0), ".exe")
}
