package webhook

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apposengine/appos/internal/engine"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/queue"
	"github.com/apposengine/appos/internal/secret"
	"github.com/apposengine/appos/internal/store"
)

// Options are what a Service stands on. All but Logger and what has a default is
// needed.
type Options struct {
	DB     store.DB // the platform's; it has Tables
	Engine *engine.Engine
	Queue  *queue.Queue
	Ring   *secret.Ring
	Env    string // such as "prod"
	// UserByID and UserNamed return active users.
	UserByID  func(ctx context.Context, id int64) (*object.User, error)
	UserNamed func(ctx context.Context, name string) (*object.User, error)
	// Audit notes what is changed, in the transaction of ctx.
	Audit func(ctx context.Context, action, subject string, before, after any) error

	// Allow are networks beside the public ones that targets may be in, on any port.
	Allow []netip.Prefix
	// Ports are those of targets at public addresses.
	Ports []int
	// Plain allows http to public addresses, too.
	Plain bool
	// Connect is how long a connection may take, Timeout an attempt in all. The
	// defaults are 5 and 15 seconds.
	Connect, Timeout time.Duration
	// Attempts is how often an event is sent until it is given up; the default is 10.
	Attempts int
	// Schedule is how long to wait before further attempts, the last for all that
	// follow; the default is what the Standard Webhooks specification recommends.
	Schedule []time.Duration
	// PerTarget is how many events a node sends to a webhook at once; the default is 4.
	PerTarget int
	// DisableAfter is how long a target fails before its webhook is disabled; the
	// default is five days.
	DisableAfter time.Duration
	// Keep is how long deliveries that have ended are kept, and how long a paused
	// webhook keeps what waits; the default is 30 days.
	Keep time.Duration

	Logger *slog.Logger
	Now    func() time.Time
}

// overlap is how long an old secret signs beside a new one.
const overlap = 24 * time.Hour

// Service keeps webhooks, notes events and delivers them. All methods may be called
// from several goroutines.
type Service struct {
	o       Options
	guard   *guard
	client  http.RoundTripper
	current atomic.Pointer[snapshot]
	reading sync.Mutex // one reads the snapshot anew
	pace    pace
	figures figures
	waits   chan struct{} // a delivery has no job yet
	moves   chan struct{} // something was put into an outbox
}

// New reads the webhooks, says what runs the jobs of their deliveries, and has the
// engine tell of changes. Call it before the queue starts.
func New(ctx context.Context, o Options) (*Service, error) {
	for _, d := range []struct {
		v    *time.Duration
		zero time.Duration
	}{{&o.Connect, 5 * time.Second}, {&o.Timeout, 15 * time.Second}, {&o.DisableAfter, 5 * 24 * time.Hour}, {&o.Keep, 30 * 24 * time.Hour}} {
		if *d.v == 0 {
			*d.v = d.zero
		}
	}
	if o.Attempts == 0 {
		o.Attempts = 10
	}
	if o.Schedule == nil {
		o.Schedule = recommended
	}
	if o.PerTarget == 0 {
		o.PerTarget = 4
	}
	if o.Ports == nil {
		o.Ports = []int{80, 443, 8080, 8443}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Service{o: o, guard: newGuard(o.Allow, o.Ports, o.Plain), waits: make(chan struct{}, 1), moves: make(chan struct{}, 1)}
	s.client = newClient(s.guard, o)
	s.pace.limit = o.PerTarget
	s.register()
	if err := s.reload(ctx); err != nil {
		return nil, err
	}
	o.Engine.Watch(s)
	return s, nil
}

// Close lets go of connections.
func (s *Service) Close() error {
	if t, ok := s.client.(*client); ok {
		t.close()
	}
	return nil
}

func (s *Service) now() time.Time { return s.o.Now().UTC().Truncate(time.Microsecond) }

// refresh is how often a node looks whether another changed a webhook, or left
// deliveries without a job.
const refresh = 2 * time.Second

// Run gives deliveries their jobs, and keeps what this node knows of webhooks up to
// date, until ctx ends.
func (s *Service) Run(ctx context.Context) {
	t := time.NewTicker(refresh)
	defer t.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-s.waits:
			err = s.dispatch(ctx)
		case <-s.moves:
			err = s.enqueueMoves(ctx)
		case <-t.C:
			err = errors.Join(s.refresh(ctx), s.dispatch(ctx))
		}
		if err != nil && ctx.Err() == nil {
			s.o.Logger.Warn("webhooks: " + err.Error())
		}
	}
}

// snapshot is the webhooks that changes are looked up in.
type snapshot struct {
	version [3]int64
	records [][]*hook // by object.Object.Index
}

// hook is a webhook that takes notice of changes on this server.
type hook struct {
	*Webhook
	on      [object.Deleted + 1]bool
	account atomic.Pointer[account]
	reading sync.Mutex // one reads the account anew because of its age
}

// account is the user of a webhook as it was read.
type account struct {
	user   *object.User
	absent error // why there is none
	epoch  int64 // of the permissions
	at     time.Time
}

// reload reads the webhooks.
func (s *Service) reload(ctx context.Context) error {
	s.reading.Lock()
	defer s.reading.Unlock()
	version, err := s.version(ctx)
	if err != nil {
		return err
	}
	all, err := s.Webhooks(ctx)
	if err != nil {
		return err
	}
	reg := s.o.Engine.Registry()
	next := &snapshot{version: version, records: make([][]*hook, len(reg.Objects))}
	for _, w := range all {
		if w.State == Disabled || len(w.Environments) > 0 && !slices.Contains(w.Environments, s.o.Env) {
			continue
		}
		h := &hook{Webhook: w}
		for on, name := range operations {
			h.on[on] = len(w.Operations) == 0 || slices.Contains(w.Operations, name)
		}
		for _, ref := range w.Records {
			if o := reg.ByRef(ref); o != nil && o.Record != nil { // one that is gone changes no more
				next.records[o.Index] = append(next.records[o.Index], h)
			}
		}
	}
	s.current.Store(next)
	return nil
}

// refresh reloads what another node has changed.
func (s *Service) refresh(ctx context.Context) error {
	v, err := s.version(ctx)
	if err != nil || v == s.current.Load().version {
		return err
	}
	return s.reload(ctx)
}

// version tells one state of the table from others.
func (s *Service) version(ctx context.Context) (v [3]int64, err error) {
	err = s.o.DB.QueryRow(ctx, []any{&v[0], &v[1], &v[2]}, `SELECT count(*), coalesce(sum(revision), 0), coalesce(max(id), 0) FROM appos_webhook`)
	return v, err
}
