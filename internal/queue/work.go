package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// Outcome is how an attempt ended, for logs and figures.
type Outcome struct {
	Job      *Job
	Began    time.Time
	Duration time.Duration
	Result   Result
	Err      error // of Failed, Discarded and Canceled
}

// Result is how an attempt ended.
type Result string

// The results.
const (
	Completed Result = "completed"
	Snoozed   Result = "snoozed"
	Failed    Result = "failed"    // it is tried again
	Discarded Result = "discarded" // it was the last attempt
	Canceled  Result = "cancelled"
	Returned  Result = "returned" // the node stops; another makes the attempt again
)

// worker runs the jobs of one kind for River.
type worker struct {
	river.WorkerDefaults[message]
	q *Queue
	k *kind
}

// Timeout implements river.Worker.
func (w *worker) Timeout(*river.Job[message]) time.Duration { return w.k.Timeout }

// NextRetry implements river.Worker.
func (w *worker) NextRetry(j *river.Job[message]) time.Time {
	return w.q.now().Add(jitter(w.k.Backoff(len(j.Errors) + 1)))
}

// jitter spreads what failed together: up to a fifth later.
func jitter(d time.Duration) time.Duration {
	return d + time.Duration(rand.Int64N(int64(max(d, 0)/5)+1))
}

// Work implements river.Worker.
func (w *worker) Work(ctx context.Context, rj *river.Job[message]) error {
	q := w.q
	j := newJob(q, rj.JobRow)
	began := q.now()
	q.figures.began(j.Queue)
	ctx, err := q.begin(ctx, j)
	if err == nil {
		err = contained(func() error { return w.k.work(ctx, j, rj.Args.args) })
	}
	o := Outcome{Job: j, Began: began, Duration: q.now().Sub(began), Result: j.result(ctx, err), Err: err}
	q.figures.ended(o)
	q.observe(ctx, o)
	if err != nil {
		return brief{err}
	}
	return nil
}

func newJob(q *Queue, row *rivertype.JobRow) *Job {
	var n note
	_ = json.Unmarshal(row.Metadata, &n) // it is ours
	return &Job{
		ID: row.ID, Kind: row.Kind, Queue: row.Queue, Attempt: row.Attempt, MaxAttempts: row.MaxAttempts,
		User: n.User, Note: n.Text, EnqueuedAt: row.CreatedAt, q: q, row: row,
	}
}

// contained makes a panic an error.
func contained(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &Panic{p, debug.Stack()}
		}
	}()
	return f()
}

// result says what River makes of an attempt's error.
func (j *Job) result(ctx context.Context, err error) Result {
	var snooze *rivertype.JobSnoozeError
	var cancel *rivertype.JobCancelError
	switch {
	case err == nil:
		return Completed
	case errors.As(err, &snooze):
		return Snoozed
	case errors.As(err, &cancel), errors.Is(context.Cause(ctx), rivertype.ErrJobCancelledRemotely):
		return Canceled
	case errors.Is(err, context.Canceled) && ctx.Err() != nil && !errors.Is(context.Cause(ctx), context.DeadlineExceeded):
		return Returned
	case j.Attempt >= j.MaxAttempts:
		return Discarded
	}
	return Failed
}

// begin is the context that a job runs in.
func (q *Queue) begin(ctx context.Context, j *Job) (context.Context, error) {
	if q.options.Begin == nil {
		return ctx, nil
	}
	in, err := q.options.Begin(ctx, j.User)
	if err != nil {
		return ctx, fmt.Errorf("the job cannot run as its user: %w", err)
	}
	return in, nil
}

func (q *Queue) observe(ctx context.Context, o Outcome) {
	if q.options.Observe != nil {
		q.options.Observe(ctx, o)
	}
}
