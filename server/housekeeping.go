package server

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/apposengine/appos/internal/queue"
)

// chore is something that is done again and again, by one node for all.
type chore struct {
	name  string
	every time.Duration
	do    func(context.Context) error
}

// chores are those of the platform. What is about files or figures of one node is
// not here, but in background.
func (s *Server) chores() []chore {
	return []chore{
		{"expired_sessions", time.Hour, func(ctx context.Context) error { return s.security.Sweep(ctx) }},
		{"idempotency_keys", time.Hour, s.sweepKeys},
	}
}

// housekeeping is the job of a chore.
type housekeeping struct {
	Chore string `json:"chore"`
}

// Kind implements queue.Args.
func (housekeeping) Kind() string { return "housekeeping" }

// registerJobs says what runs the platform's own jobs, and when.
func (s *Server) registerJobs() {
	chores := s.chores()
	k := queue.Kind{Queue: queue.Scheduled, Priority: 3, MaxAttempts: 3, Timeout: 10 * time.Minute}
	queue.Register(s.queue, k, func(ctx context.Context, _ *queue.Job, args housekeeping) error {
		i := slices.IndexFunc(chores, func(c chore) bool { return c.name == args.Chore })
		if i < 0 {
			return queue.Cancel(fmt.Errorf("there is no chore %q", args.Chore))
		}
		return chores[i].do(ctx)
	})
	for _, c := range chores {
		s.queue.Every(c.name, c.every, housekeeping{c.name})
	}
}
