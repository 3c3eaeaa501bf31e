package platform

import (
	"context"
	"errors"
	"fmt"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/queue"
	"github.com/apposengine/appos/internal/security"
)

// RetryJob has a background job that waits for its time, failed for good or was
// done run again at once.
type RetryJob struct {
	appos.Returns[appos.None]

	Job int64 `validate:"required"`
}

// CancelJob ends a background job that waits, or asks one that runs to end.
type CancelJob struct {
	appos.Returns[appos.None]

	Job int64 `validate:"required"`
}

// DiscardJob gives a background job that waits up, as if it had failed for good.
type DiscardJob struct {
	appos.Returns[appos.None]

	Job int64 `validate:"required"`
}

// PauseQueue has no node take background jobs of a queue any more. Those that run
// end.
type PauseQueue struct {
	appos.Returns[appos.None]

	Queue string `validate:"required"` // such as "default"
}

// ResumeQueue ends the pause of a queue.
type ResumeQueue struct {
	appos.Returns[appos.None]

	Queue string `validate:"required"`
}

// RunSchedule enqueues the job of a schedule now, beside its times.
type RunSchedule struct {
	appos.Returns[appos.None]

	Schedule string `validate:"required"` // such as "expired_sessions"
}

func declareJobs(app *appos.App, service func() *security.Service, jobs func() *queue.Queue) {
	// done notes what was done to a job or a queue, or says why it was not
	done := func(ctx context.Context, action, subject string, err error) error {
		switch {
		case errors.Is(err, queue.ErrNotFound):
			return appos.Errorf(appos.NotFound, "there is no %s", subject)
		case errors.Is(err, queue.ErrState):
			return appos.Errorf(appos.Conflict, "the state of %s does not allow it; look at it again", subject)
		case err != nil:
			return err
		}
		return service().Audit(ctx, action, subject, nil, nil)
	}
	job := func(id int64) string { return fmt.Sprintf("job:%d", id) }
	rule(app, func(ctx context.Context, _ *object.User, in RetryJob) error {
		return done(ctx, "job.retry", job(in.Job), jobs().Retry(ctx, in.Job))
	})
	rule(app, func(ctx context.Context, _ *object.User, in CancelJob) error {
		return done(ctx, "job.cancel", job(in.Job), jobs().Cancel(ctx, in.Job))
	})
	rule(app, func(ctx context.Context, _ *object.User, in DiscardJob) error {
		return done(ctx, "job.discard", job(in.Job), jobs().Discard(ctx, in.Job))
	})
	rule(app, func(ctx context.Context, _ *object.User, in PauseQueue) error {
		return done(ctx, "queue.pause", "queue:"+in.Queue, jobs().Pause(ctx, in.Queue))
	})
	rule(app, func(ctx context.Context, _ *object.User, in ResumeQueue) error {
		return done(ctx, "queue.resume", "queue:"+in.Queue, jobs().Resume(ctx, in.Queue))
	})
	rule(app, func(ctx context.Context, _ *object.User, in RunSchedule) error {
		_, err := jobs().RunNow(ctx, in.Schedule)
		return done(ctx, "schedule.run", "schedule:"+in.Schedule, err)
	})
}
