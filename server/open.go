package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/admin"
	"github.com/apposengine/appos/internal/cache"
	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/internal/declare"
	"github.com/apposengine/appos/internal/engine"
	"github.com/apposengine/appos/internal/feed"
	"github.com/apposengine/appos/internal/graph"
	"github.com/apposengine/appos/internal/logs"
	"github.com/apposengine/appos/internal/metrics"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/queue"
	"github.com/apposengine/appos/internal/secret"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/system"
	"github.com/apposengine/appos/internal/web"
	"github.com/apposengine/appos/internal/webhook"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/ui"
)

// Server is everything that serves apps: opened together, closed together.
type Server struct {
	cfg      *config.Config
	apps     []*appos.App
	db       store.DB
	cache    cache.Cache
	feed     *feed.Feed
	logs     *logs.Pipeline
	metrics  *metrics.Objects
	exporter *metrics.Exporter
	edges    *graph.Observed
	security *security.Service
	ring     *secret.Ring
	systems  *system.Registry
	queue    *queue.Queue
	settings settings
	jobs     *queueMetrics
	webhooks *webhook.Service
	engine   *engine.Engine
	site     *web.Site

	bare          bool // it serves nothing: schemas are left as they are
	throwaway     bool // its database is made from the declarations, without migrations
	started       time.Time
	adminPassword string // generated at the first start; printed once
	close         []func() error
}

// Open opens a server: configuration, database, permissions, records, apps. The
// error is an engine.Faults when declarations are wrong. Close what it returns.
func Open(ctx context.Context, cfg *config.Config, apps ...*appos.App) (*Server, error) {
	return open(ctx, &Server{cfg: cfg, apps: apps, started: time.Now()})
}

func open(ctx context.Context, s *Server) (_ *Server, err error) {
	cfg, apps := s.cfg, s.apps
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
			s = nil
		}
	}()
	if err := s.openLogs(); err != nil {
		return s, err
	}
	if err := s.openDatabase(ctx); err != nil {
		return s, err
	}
	if err := s.openCache(); err != nil {
		return s, err
	}
	rules := platform.New(s.platformDeps)
	console := admin.New(s.consoleDeps)
	d := declare.Read(apps, rules, console)
	d.Faults = append(d.Faults, system.Check(d.Registry, cfg.Platform.Environment, os.Environ())...)
	databases := s.joinDatabases(d.Registry)

	set, err := platformMigrationSet(s.db)
	if err := s.migrate(ctx, set, err); err != nil {
		return s, fmt.Errorf("the platform's tables: %w", err)
	}
	s.security, err = security.New(ctx, security.Options{
		DB: s.db, Registry: d.Registry, Cache: s.cache, CachedSessions: cfg.Redis.Sessions && cfg.Redis.URL.Set(), Sink: s.sink(),
		TTL: cfg.Security.CacheTTL, MinPassword: cfg.Security.Password.MinLength,
		Session: security.SessionOptions{
			Absolute: cfg.Security.Session.Absolute, Idle: cfg.Security.Session.Idle,
			MaxPerUser: cfg.Security.Session.MaxPerUser, Token: cfg.Security.Token.Lifetime, MaxTokens: cfg.Security.Token.MaxPerUser,
		},
		Keys:  security.KeyOptions{Lifetime: time.Duration(cfg.Security.APIKeys.LifetimeDays) * 24 * time.Hour, MaxPerUser: cfg.Security.APIKeys.MaxPerUser},
		Login: security.LoginOptions{Attempts: cfg.Security.Login.Attempts, Lockout: cfg.Security.Login.Lockout},
	})
	if err != nil {
		return s, err
	}
	s.close = append(s.close, s.security.Close)
	if err := s.openQueue(ctx); err != nil {
		return s, fmt.Errorf("background jobs: %w", err)
	}
	hashed := s.hashAdminPassword() // runs beside what follows
	if err := s.openSystems(ctx, d); err != nil {
		return s, err
	}
	s.openSettings(d)
	s.metrics = metrics.NewObjects(metrics.Config{Objects: d.Registry.Objects})
	s.exporter = metrics.NewExporter(s.metrics)
	s.edges, err = graph.NewObserved(graph.Config{Objects: d.Registry.Objects, Dir: filepath.Join(cfg.Platform.Data, "runtime", "dependencies")})
	if err != nil {
		s.warn("edges of earlier runs could not be read: " + err.Error())
	}
	s.openFeed()
	s.engine, err = engine.New(engine.Config{
		Registry: d.Registry, DB: s.db, Systems: databases, Ring: s.ring, Permissions: s.security.Permissions(), Logs: s.logs, Metrics: s.metrics, Edges: s.edges, Cache: s.cache,
		Env: cfg.Platform.Environment, Language: cfg.Platform.Language, Now: time.Now, Groups: d.Groups, LogLevel: level(cfg.Logging.Level), Changed: s.feed.Changed,
		Constants: s.settings.constants, Texts: s.settings.texts,
	}, d.Faults...)
	if err != nil {
		return s, err
	}
	if err := s.settings.board.Refresh(ctx); err != nil {
		return s, fmt.Errorf("the constants and texts that were changed: %w", err)
	}
	set, err = migrationSet(cfg, mainSet, s.db, projectTables(s.engine.Tables()))
	if err := s.migrate(ctx, set, err); err != nil {
		return s, fmt.Errorf("the tables of the records: %w", err)
	}
	if s.engine.Sealed() {
		if err := s.ring.Mark(ctx, s.db); err != nil {
			return s, fmt.Errorf("the keys: %w", err)
		}
	}
	if err := s.openWebhooks(ctx); err != nil {
		return s, fmt.Errorf("webhooks: %w", err)
	}
	if err := s.bootstrap(ctx, d, hashed); err != nil {
		return s, err
	}
	s.site, err = web.New(web.Config{
		Engine: s.engine, Security: s.security, Texts: s.settings.texts, Logs: s.logs, Product: cfg.Platform.Name, PublicURL: cfg.Platform.PublicURL, Apps: looks(cfg, d),
		Metrics: s.metricsHandler(), MetricsAccess: cfg.Monitoring.Metrics.Access, Checks: s.checks(),
		Secure: cfg.Platform.Environment == "prod" || strings.HasPrefix(cfg.Platform.PublicURL, "https:"), OwnKeys: cfg.Security.APIKeys.Own, Proxies: networks(cfg.Platform.TrustedProxies), Now: time.Now,
		Limits: s.limits(), Seal: s.sealPayload, CORS: origins(cfg, d),
		Data: cfg.Platform.Data, MaxImport: int64(cfg.Import.MaxSize),
		Feed: s.feed, StreamLimits: web.StreamLimits{
			Total: cfg.Realtime.MaxStreams, PerAccount: cfg.Realtime.MaxPerAccount, Heartbeat: cfg.Realtime.Heartbeat, Recheck: cfg.Realtime.Recheck,
		},
	})
	if err != nil {
		return s, err
	}
	s.close = append(s.close, s.site.Close)
	return s, nil
}

// Handler answers the server's requests.
func (s *Server) Handler() http.Handler { return s.site }

// EndStreams ends the streams of events, which are never over by themselves: call
// it before waiting until requests are answered.
func (s *Server) EndStreams() { s.site.EndStreams() }

// Close ends everything in the order opposite to opening. Entries that wait are
// written.
func (s *Server) Close() error {
	var errs []error
	if s.edges != nil {
		errs = append(errs, s.edges.Close())
	}
	for _, f := range slices.Backward(s.close) {
		errs = append(errs, f())
	}
	s.close = nil
	return errors.Join(errs...)
}

func (s *Server) openLogs() (err error) {
	l := s.cfg.Logging
	day := func(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
	s.logs, err = logs.Open(logs.Config{
		Dir: filepath.Join(s.cfg.Platform.Data, "logs"), FlushEvery: l.FlushInterval, FlushEntries: l.FlushEntries,
		RotateBytes: int64(l.RotationSize), CompressAfter: day(l.CompressAfterDays),
		Retention: map[logs.Category]time.Duration{
			logs.Execution: day(l.RetentionDays.Execution), logs.Performance: day(l.RetentionDays.Performance), logs.Security: day(l.RetentionDays.Security),
		},
	})
	if err == nil {
		s.close = append(s.close, s.logs.Close)
	}
	return err
}

func (s *Server) openDatabase(ctx context.Context) (err error) {
	p := s.cfg.Database.Pool
	if s.db, err = store.Open(ctx, databaseURL(s.cfg), store.Options{
		Readers: s.cfg.Database.Readers, MinConns: p.Min, MaxConns: p.Max,
		IdleTimeout: p.IdleTimeout, MaxLifetime: p.MaxLifetime, ConnectTimeout: p.ConnectTimeout,
		ApplicationName: s.cfg.Platform.Name,
	}); err != nil {
		return err
	}
	s.close = append(s.close, s.db.Close)
	return nil
}

func (s *Server) openCache() error {
	r := s.cfg.Redis
	if !r.URL.Set() {
		s.cache = cache.NewMemory(cache.MemoryOptions{})
	} else {
		redis, err := cache.NewRedis(cache.RedisOptions{URL: r.URL.Reveal(), Deadline: r.Timeout, Failures: r.BreakerFailures, Window: r.BreakerWindow})
		if err != nil {
			return err
		}
		s.cache = redis
	}
	s.close = append(s.close, func() error { s.cache.Close(); return nil })
	return nil
}

// looks says how each app looks: its manifest, the installation's changes, the
// platform's theme.
func looks(cfg *config.Config, d declare.Declarations) map[string]ui.App {
	all := map[string]ui.App{}
	for name, m := range d.Manifests {
		theme := m.Theme.On(cfg.UI.Theme)
		theme = cfg.Apps[name].Theme.On(theme)
		title := m.Name
		if title == "" {
			title = object.Humanize(name)
		}
		all[name] = ui.App{
			Name: name, Title: title, Tagline: m.Description, Icon: m.Icon, Path: "/" + name,
			Theme: ui.Theme{Hue: theme.Hue, Chroma: theme.Chroma, Radius: theme.Radius, Dense: theme.Dense},
		}
	}
	delete(all, platform.Name) // it has no screens
	return all
}

func level(name string) slog.Level {
	var l slog.Level
	if err := l.UnmarshalText([]byte(name)); err != nil {
		return slog.LevelInfo
	}
	return l
}

// sink writes security's events to the log that is never dropped.
func (s *Server) sink() security.Sink {
	return security.SinkFunc(func(ctx context.Context, e security.Event) {
		entry := logs.Entry{Time: e.At, Kind: logs.System, Category: logs.Security, Level: slog.LevelInfo, User: e.User, Object: e.Object, Message: e.Detail}
		if f := object.FrameOf(ctx); f != nil {
			entry.ExecutionID = f.Exec.ID
		}
		entry.Add(logs.String("event", e.Name), logs.String("address", e.Address))
		s.logs.Log(entry)
	})
}

func (s *Server) warn(text string) {
	s.logs.Log(logs.Entry{Kind: logs.System, Level: slog.LevelWarn, Message: text})
}

// checks are what /ready asks.
func (s *Server) checks() []web.Check {
	return []web.Check{
		{Name: "database", Needed: true, Ask: s.db.Ping},
		{Name: "cache", Ask: func(context.Context) error {
			if h := s.cache.Health(); h.State != cache.Up {
				return fmt.Errorf("%s is %s", h.Kind, h.State)
			}
			return nil
		}},
		{Name: "logs", Ask: func(context.Context) error {
			if h := s.logs.Health(); h.Degraded {
				return errors.New(h.Reason)
			}
			return nil
		}},
		s.systemCheck(),
		s.queueCheck(),
	}
}

// consoleDeps is what the console shows.
func (s *Server) consoleDeps() admin.Deps {
	return admin.Deps{
		Security: s.security, Engine: s.engine, Metrics: s.metrics, Edges: s.edges, Logs: s.logs, Cache: s.cache, Systems: s.systems, Queue: s.queue, Webhooks: s.webhooks, DB: s.db,
		Board: s.settings.board, Constants: s.settings.constants, Texts: s.settings.texts,
		Unseal: s.unsealPayload, Describe: s.site.Describe, Product: s.cfg.Platform.Name, URL: s.cfg.Platform.PublicURL, Version: Version(), Env: s.cfg.Platform.Environment, Started: s.started, Now: time.Now,
	}
}
