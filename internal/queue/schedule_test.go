package queue_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/queue"
	"github.com/apposengine/appos/internal/store"
)

// TestSchedule: a periodic job is enqueued once however many nodes there are, and
// times that passed while none ran are skipped.
func TestSchedule(t *testing.T) {
	each(t, func(t *testing.T, db store.DB, _ string) {
		ctx := t.Context()
		begin := time.Now().Truncate(time.Microsecond)
		var ahead atomic.Int64
		now := func() time.Time { return begin.Add(time.Duration(ahead.Load())) }
		var ran atomic.Int64
		var nodes []*queue.Queue
		for range 2 {
			q := open(t, queue.Options{DB: db, Now: now, Dead: 300 * time.Millisecond})
			queue.Register(q, queue.Kind{}, func(context.Context, *queue.Job, echo) error { ran.Add(1); return nil })
			q.Every("hourly", time.Hour, echo{"hourly"})
			start(t, q)
			nodes = append(nodes, q)
		}
		one := func() queue.ScheduleInfo {
			all, err := nodes[0].Schedules(ctx)
			if err != nil || len(all) != 1 {
				t.Fatal(all, err)
			}
			return all[0]
		}
		within(t, "the schedule is in the database", func() bool { return !one().Next.IsZero() })
		next := one().Next
		if next.Before(begin.Add(59 * time.Minute)) {
			t.Errorf("it is first at %s", next)
		}
		for i, step := range []time.Duration{90 * time.Minute, time.Hour, 5 * time.Hour} {
			ahead.Add(int64(step))
			within(t, "its next time is read", func() bool { return one().Next.After(now()) })
			within(t, "it ran", func() bool { return ran.Load() >= int64(i+1) })
			time.Sleep(300 * time.Millisecond) // three looks of every node
			if n := ran.Load(); n != int64(i+1) {
				t.Errorf("it ran %d times, want %d", n, i+1)
			}
			s := one()
			if got := s.Next.Sub(next) % time.Hour; got != 0 || s.Last.IsZero() || s.LastJob == 0 {
				t.Errorf("it is %+v", s)
			}
			state(t, nodes[0], s.LastJob, queue.Done) // one that has not ended has the next time skipped
		}
		r, err := nodes[1].RunNow(ctx, "hourly")
		if err != nil {
			t.Fatal(err)
		}
		state(t, nodes[0], r.ID, queue.Done)
		if _, err := nodes[0].RunNow(ctx, "nothing"); !errors.Is(err, queue.ErrNotFound) {
			t.Errorf("it is %v", err)
		}
	})
}
