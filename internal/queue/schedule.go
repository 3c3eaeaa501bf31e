package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/apposengine/appos/internal/store"
)

// schedule is a periodic job: its row in the database says when it is next.
type schedule struct {
	name  string
	every time.Duration
	args  Args
	next  time.Time // as last read; zero: unknown
}

// Every enqueues a job again and again, once in all however many nodes there are:
// the row of the schedule is changed in the transaction that enqueues. Times that
// passed while no node ran are skipped, and so is one at which the job of the time
// before has not ended. Call it before Start, on every node, after Register of the
// kind. It panics where the declaration is wrong.
func (q *Queue) Every(name string, every time.Duration, args Args) {
	switch {
	case q.kinds[args.Kind()] == nil:
		panic(fmt.Sprintf("queue: the schedule %q has jobs of the kind %q, which is not registered", name, args.Kind()))
	case every < time.Second:
		panic(fmt.Sprintf("queue: the schedule %q is every %s; the shortest is a second", name, every))
	case slices.ContainsFunc(q.schedules, func(s *schedule) bool { return s.name == name }):
		panic(fmt.Sprintf("queue: the schedule %q is declared twice", name))
	}
	q.schedules = append(q.schedules, &schedule{name: name, every: every, args: args})
}

// after is the first time of a schedule after now that is whole intervals from
// next.
func (s *schedule) after(next, now time.Time) time.Time {
	if next.After(now) {
		return next
	}
	return next.Add(s.every * (now.Sub(next)/s.every + 1))
}

// tick enqueues what is due.
func (q *Queue) tick(ctx context.Context) error {
	var errs []error
	for _, s := range q.schedules {
		if s.next.After(q.now()) {
			continue
		}
		if err := q.fire(ctx, s); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", s.name, err))
		}
	}
	return errors.Join(errs...)
}

// fire reads when a schedule is next, and enqueues its job when it is due.
func (q *Queue) fire(ctx context.Context, s *schedule) error {
	now := q.now()
	next, every, err := q.due(ctx, s, "")
	if errors.Is(err, store.ErrNoRows) {
		_, err = q.db.Exec(ctx, `INSERT INTO appos_schedule (name, every, next_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, s.name, s.every.String(), now.Add(s.every))
		return err // the next tick reads it
	}
	if err != nil {
		return err
	}
	if every == s.every.String() && next.After(now) {
		s.next = next
		return nil
	}
	return q.db.Tx(ctx, func(ctx context.Context) error {
		next, every, err := q.due(ctx, s, q.db.Dialect().Lock(store.ToUpdate))
		if err != nil {
			return err
		}
		switch {
		case every != s.every.String(): // the program has another interval now
			next = now.Add(s.every)
			_, err = q.db.Exec(ctx, `UPDATE appos_schedule SET every = ?, next_at = ? WHERE name = ?`, s.every.String(), next, s.name)
		case next.After(now): // another node was first
		default:
			next = s.after(next, now)
			err = q.run(ctx, s, next, now)
		}
		if err == nil {
			q.db.AfterCommit(ctx, func() { s.next = next })
		}
		return err
	})
}

// due reads the row of a schedule.
func (q *Queue) due(ctx context.Context, s *schedule, lock string) (next time.Time, every string, err error) {
	err = q.db.QueryRow(ctx, []any{&next, &every}, `SELECT next_at, every FROM appos_schedule WHERE name = ?`+lock, s.name)
	return next, every, err
}

// run enqueues the job of a schedule and notes it.
func (q *Queue) run(ctx context.Context, s *schedule, next, now time.Time) error {
	r, err := q.Enqueue(ctx, s.args, Opts{Unique: true, Note: s.name})
	if err != nil {
		return err
	}
	_, err = q.db.Exec(ctx, `UPDATE appos_schedule SET next_at = ?, last_at = ?, last_job = ? WHERE name = ?`, next, now, r.ID, s.name)
	return err
}
