package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/riverqueue/river"

	"github.com/apposengine/appos/internal/store"
)

// Options are what a queue stands on. DB is needed, the rest has defaults.
type Options struct {
	// DB has the tables of this package; see Tables and Migrations.
	DB store.DB
	// Queues are the queues that this node serves, and how many jobs of each it runs
	// at once. Every node of a database has the same names.
	Queues map[string]int
	// Dead is how long a node may be silent before its jobs are given to others; the
	// default is three seconds.
	Dead time.Duration
	// Keep is how long jobs that have ended are kept, by how they ended.
	Keep Keep
	// Begin returns the context that a job runs in as a user; 0 is the system.
	Begin func(ctx context.Context, user int64) (context.Context, error)
	// Observe is told of every attempt that has ended, in its context.
	Observe func(context.Context, Outcome)
	// Logger is told what goes wrong around jobs.
	Logger *slog.Logger
	// Version is what the program calls itself in the list of nodes.
	Version string
	Now     func() time.Time
}

// Keep is how long jobs that have ended are kept. The defaults are a day, a day
// and 30 days.
type Keep struct{ Completed, Canceled, Discarded time.Duration }

// The defaults of Options.
const (
	defaultDead = 3 * time.Second
	// what one node runs at once of a queue that nothing is said about
	defaultConcurrency = 10
)

// Queue is background jobs on one database. It enqueues without Start; what is
// started also runs them. All methods may be called from several goroutines, but
// Register and Every only before Start.
type Queue struct {
	options Options
	db      store.DB
	now     func() time.Time
	sql     dialect
	kinds   map[string]*kind
	workers *river.Workers
	river   engine
	figures figures
	beat    beat

	node, host string
	schedules  []*schedule

	mu    sync.Mutex
	end   context.CancelFunc // of what Start has begun; nil: it does not run
	ended sync.WaitGroup
}

// New makes a queue. It uses nothing of the database before something is enqueued
// or Start is called.
func New(o Options) (*Queue, error) {
	if o.Queues == nil {
		o.Queues = map[string]int{}
		for _, name := range QueueNames() {
			o.Queues[name] = defaultConcurrency
		}
	}
	if o.Dead == 0 {
		o.Dead = defaultDead
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	q := &Queue{options: o, db: o.DB, now: o.Now, sql: dialectOf(o.DB), kinds: map[string]*kind{}, workers: river.NewWorkers()}
	q.node, q.host = newNode()
	q.beat.dead = o.Dead
	var err error
	q.river, err = q.open(q.config())
	if err != nil {
		return nil, fmt.Errorf("background jobs: %w", err)
	}
	return q, nil
}

// config is River's.
func (q *Queue) config() *river.Config {
	queues := map[string]river.QueueConfig{}
	for name, n := range q.options.Queues {
		queues[name] = river.QueueConfig{MaxWorkers: n}
	}
	day := 24 * time.Hour
	keep := func(d, otherwise time.Duration) time.Duration {
		if d == 0 {
			return otherwise
		}
		return d
	}
	return &river.Config{
		ID: q.node, Logger: q.options.Logger, Workers: q.workers, Queues: queues,
		// news wakes a node at once; this is the least time between two looks
		FetchCooldown: 2 * time.Millisecond,
		// and this is for what no news tells, such as an attempt that is due again
		FetchPollInterval:           time.Second,
		JobTimeout:                  time.Minute,
		RescueStuckJobsAfter:        maxTimeout + time.Hour, // the heartbeat is faster, and knows who is alive
		CompletedJobRetentionPeriod: keep(q.options.Keep.Completed, day),
		CancelledJobRetentionPeriod: keep(q.options.Keep.Canceled, day),
		DiscardedJobRetentionPeriod: keep(q.options.Keep.Discarded, 30*day),
		// rebuilding indexes at midnight is for the database's own administrator
		ReindexerIndexNames: []string{},
	}
}

func (q *Queue) register(name string, k Kind, f work) {
	err := k.complete()
	switch {
	case err != nil:
	case !kindForm.MatchString(name):
		err = errors.New(`its name is not lower-case letters, digits and underscores, such as "deliver_webhook"`)
	case q.kinds[name] != nil:
		err = errors.New("it is registered twice")
	case !q.serves(k.Queue):
		err = fmt.Errorf("there is no queue %q", k.Queue)
	}
	if err != nil {
		panic(fmt.Sprintf("queue: the kind %q: %v", name, err))
	}
	own := &kind{Kind: k, name: name, work: f}
	q.kinds[name] = own
	river.AddWorkerArgs(q.workers, message{name: name}, &worker{q: q, k: own})
}

func (q *Queue) serves(queue string) bool {
	_, ok := q.options.Queues[queue]
	return ok
}

func (q *Queue) queueNames() []string { return slices.Sorted(maps.Keys(q.options.Queues)) }

// Node is the id of this process in the list of nodes.
func (q *Queue) Node() string { return q.node }

// Start begins to run jobs, until Stop.
func (q *Queue) Start(ctx context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.end != nil {
		return errors.New("the queue runs already")
	}
	if len(q.kinds) == 0 {
		return errors.New("no kind of job is registered")
	}
	if err := q.appear(ctx); err != nil {
		return err
	}
	// jobs that run outlive ctx: Stop ends them
	ctx, end := context.WithCancel(context.WithoutCancel(ctx))
	if err := q.river.start(ctx); err != nil {
		end()
		return err
	}
	q.end = end
	q.ended.Go(func() { q.live(ctx) })
	return nil
}

// Stop takes no more jobs, and waits for those that run until ctx ends. Those that
// have not ended then are given back, to be run again by another node or later; it
// waits a moment for them to notice, and its error says that there were some.
func (q *Queue) Stop(ctx context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.end == nil {
		return nil
	}
	err := q.river.stop(ctx, false)
	if err != nil {
		err = errors.New("jobs that ran were cut off when the time to drain was over; they run again")
		hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), cutOff)
		defer cancel()
		_ = q.river.stop(hard, true) // what does not end now is taken from a node that is gone
	}
	q.end()
	q.ended.Wait()
	q.end = nil
	leave, cancel := context.WithTimeout(context.WithoutCancel(ctx), cutOff)
	defer cancel()
	return errors.Join(err, q.vanish(leave))
}

// cutOff is how long jobs that are cut off have to notice.
const cutOff = 2 * time.Second
