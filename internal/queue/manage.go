package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/riverqueue/river/rivertype"
)

// Retry makes a job that waits for its time, failed for good or was done available
// at once. One that runs is left as it is: ErrState.
func (q *Queue) Retry(ctx context.Context, id int64) error {
	j, err := q.Find(ctx, id)
	if err != nil {
		return err
	}
	if j.State == Working || j.State == Waiting {
		return ErrState
	}
	if err := q.river.retry(ctx, id); err != nil {
		return notFound(err)
	}
	q.river.wake([]string{j.Queue})
	return nil
}

// Cancel ends a job that waits, or the context of one that runs: it is then
// cancelled when its function returns an error.
func (q *Queue) Cancel(ctx context.Context, id int64) error {
	j, err := q.Find(ctx, id)
	if err != nil {
		return err
	}
	if j.ended() {
		return ErrState
	}
	return notFound(q.river.cancel(ctx, id))
}

// Discard gives up a job that waits, as if it had failed for good.
func (q *Queue) Discard(ctx context.Context, id int64) error {
	n, err := q.db.Exec(ctx, q.sql.discard, id)
	if err != nil || n > 0 {
		return err
	}
	if _, err := q.Find(ctx, id); err != nil {
		return err
	}
	return ErrState
}

func (i Info) ended() bool { return i.State == Done || i.State == Stopped || i.State == Dead }

func notFound(err error) error {
	if errors.Is(err, rivertype.ErrNotFound) {
		return ErrNotFound
	}
	return err
}

// Pause has no node take jobs of a queue any more; those that run end.
func (q *Queue) Pause(ctx context.Context, queue string) error { return q.pause(ctx, queue, true) }

// Resume ends a pause.
func (q *Queue) Resume(ctx context.Context, queue string) error { return q.pause(ctx, queue, false) }

func (q *Queue) pause(ctx context.Context, queue string, on bool) error {
	if !q.serves(queue) {
		return ErrNotFound
	}
	return notFound(q.river.pause(ctx, queue, on))
}

// RunNow enqueues the job of a schedule beside its times. It is ErrState while one
// of it has not ended.
func (q *Queue) RunNow(ctx context.Context, name string) (Receipt, error) {
	i := slices.IndexFunc(q.schedules, func(s *schedule) bool { return s.name == name })
	if i < 0 {
		return Receipt{}, fmt.Errorf("the schedule %q: %w", name, ErrNotFound)
	}
	s := q.schedules[i]
	var r Receipt
	err := q.db.Tx(ctx, func(ctx context.Context) (err error) {
		if r, err = q.Enqueue(ctx, s.args, Opts{Unique: true, Note: s.name}); err != nil || r.Existed {
			return err
		}
		_, err = q.db.Exec(ctx, `UPDATE appos_schedule SET last_at = ?, last_job = ? WHERE name = ?`, q.now(), r.ID, s.name)
		return err
	})
	if err == nil && r.Existed {
		err = ErrState
	}
	return r, err
}
