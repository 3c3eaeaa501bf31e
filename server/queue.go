package server

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/internal/logs"
	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/queue"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/internal/store"
)

// queueMigrationSet is the set of River's tables in the platform's database.
func queueMigrationSet(db store.DB) (migrate.Set, error) {
	f, err := migrate.Read(queue.Migrations, "migrations", "of background jobs")
	return migrate.Set{Name: queueSet, DB: db, Folder: f}, err
}

// openQueue makes the queue of background jobs. Nothing runs before startQueue.
func (s *Server) openQueue(ctx context.Context) error {
	set, err := queueMigrationSet(s.db)
	if err := s.migrate(ctx, set, err); err != nil {
		return err
	}
	w := s.cfg.Workers
	s.queue, err = queue.New(queue.Options{
		DB: s.db, Queues: concurrency(w), Dead: w.DeadAfter, Version: Version(), Now: time.Now,
		Keep:  queue.Keep{Completed: w.Keep.Completed, Canceled: w.Keep.Completed, Discarded: w.Keep.Discarded},
		Begin: s.beginJob, Observe: s.jobEnded, Logger: slog.New(s.logs.Handler(slog.LevelWarn)),
	})
	if err != nil {
		return err
	}
	s.jobs = newQueueMetrics(s.queue)
	s.close = append(s.close, func() error { return s.queue.Stop(context.Background()) })
	s.registerJobs()
	return nil
}

// startQueue has this node run jobs, unless it only serves.
func (s *Server) startQueue(ctx context.Context) error {
	if !s.cfg.Workers.Enabled {
		return nil
	}
	return s.queue.Start(ctx)
}

func concurrency(w config.Workers) map[string]int {
	return map[string]int{
		queue.Default:      w.Queues.Default.Concurrency,
		queue.ProcessSteps: w.Queues.ProcessSteps.Concurrency,
		queue.Scheduled:    w.Queues.Scheduled.Concurrency,
		queue.Webhooks:     w.Queues.Webhooks.Concurrency,
	}
}

// beginJob is the context that a job runs in.
func (s *Server) beginJob(ctx context.Context, user int64) (context.Context, error) {
	if user == 0 {
		return s.As(ctx, security.SystemUser)
	}
	u, err := s.security.UserByID(ctx, user)
	if err != nil {
		return nil, err
	}
	return s.engine.Begin(ctx, u, ""), nil
}

// jobEnded counts an attempt and writes it to the log.
func (s *Server) jobEnded(ctx context.Context, o queue.Outcome) {
	s.jobs.observe(o)
	entry := logs.Entry{Kind: logs.System, Category: logs.Execution, Duration: o.Duration, Message: "job " + o.Job.Kind + " " + string(o.Result)}
	if f := object.FrameOf(ctx); f != nil {
		entry.ExecutionID, entry.User = f.Exec.ID, f.Exec.User.Name
	}
	entry.Add(logs.Int("job", o.Job.ID), logs.String("queue", o.Job.Queue), logs.Int("attempt", int64(o.Job.Attempt)))
	switch o.Result {
	case queue.Failed, queue.Discarded:
		entry.Level = slog.LevelError
		var code object.Code
		if errors.As(o.Err, &code) {
			entry.Code = code
		}
		entry.Message += ": " + o.Err.Error()
	case queue.Canceled:
		entry.Level = slog.LevelWarn
		if o.Err != nil {
			entry.Message += ": " + o.Err.Error()
		}
	}
	s.logs.Log(entry)
}
