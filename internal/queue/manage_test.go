package queue_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/queue"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
)

func openOther(t *testing.T) store.DB { return storetest.Open(t, "sqlite::memory:") }

func TestComplete(t *testing.T) {
	each(t, func(t *testing.T, db store.DB, _ string) {
		q := open(t, queue.Options{DB: db})
		fail := errors.New("no")
		queue.Register(q, queue.Kind{Backoff: quick}, func(ctx context.Context, j *queue.Job, a echo) error {
			err := db.Tx(ctx, func(ctx context.Context) error {
				if _, err := db.Exec(ctx, `INSERT INTO effect (what) VALUES (?)`, a.Text); err != nil {
					return err
				}
				if err := j.Complete(ctx); err != nil {
					return err
				}
				if j.Attempt == 1 {
					return fail // the effect and the end of the job go together
				}
				return nil
			})
			return err
		})
		start(t, q)
		j := state(t, q, enqueue(t, q, echo{"once"}, queue.Opts{}), queue.Done)
		var n int64
		if err := db.QueryRow(t.Context(), []any{&n}, `SELECT COUNT(*) FROM effect`); err != nil || n != 1 || j.Attempt != 2 {
			t.Errorf("%d effects after %d attempts, %v", n, j.Attempt, err)
		}
	})
}

func TestManage(t *testing.T) {
	each(t, func(t *testing.T, db store.DB, _ string) {
		ctx := t.Context()
		q := open(t, queue.Options{DB: db})
		began := make(chan struct{}, 10)
		queue.Register(q, queue.Kind{MaxAttempts: 1}, func(ctx context.Context, j *queue.Job, a echo) error {
			switch a.Text {
			case "waits":
				began <- struct{}{}
				<-ctx.Done()
				return ctx.Err()
			case "fails":
				return errors.New("no")
			}
			return nil
		})
		start(t, q)

		running := enqueue(t, q, echo{"waits"}, queue.Opts{})
		<-began
		for _, err := range []error{q.Retry(ctx, running), q.Discard(ctx, running)} {
			if !errors.Is(err, queue.ErrState) {
				t.Errorf("with a job that runs it is %v", err)
			}
		}
		if err := q.Cancel(ctx, running); err != nil {
			t.Fatal(err)
		}
		state(t, q, running, queue.Stopped)
		if err := q.Cancel(ctx, running); !errors.Is(err, queue.ErrState) {
			t.Errorf("cancelled again it is %v", err)
		}
		if err := q.Retry(ctx, running); err != nil {
			t.Fatal(err)
		}
		<-began
		if err := q.Cancel(ctx, running); err != nil {
			t.Fatal(err)
		}
		state(t, q, running, queue.Stopped)

		delayed := enqueue(t, q, echo{"later"}, queue.Opts{Delay: time.Hour})
		if err := q.Discard(ctx, delayed); err != nil {
			t.Fatal(err)
		}
		state(t, q, delayed, queue.Dead)
		if err := q.Retry(ctx, delayed); err != nil {
			t.Fatal(err)
		}
		state(t, q, delayed, queue.Done)
		delayed = enqueue(t, q, echo{"later"}, queue.Opts{Delay: time.Hour})
		if err := q.Cancel(ctx, delayed); err != nil {
			t.Fatal(err)
		}
		state(t, q, delayed, queue.Stopped)

		if err := q.Pause(ctx, queue.Webhooks); err != nil {
			t.Fatal(err)
		}
		within(t, "the queue is paused", func() bool { return overview(t, q, queue.Webhooks).Paused })
		var held int64
		within(t, "the node knows of it, which looks every quarter of a second", func() bool {
			time.Sleep(500 * time.Millisecond)
			held = enqueue(t, q, echo{"held"}, queue.Opts{Queue: queue.Webhooks})
			time.Sleep(100 * time.Millisecond)
			return overview(t, q, queue.Webhooks).Counts[queue.Waiting] == 1
		})
		free := enqueue(t, q, echo{"free"}, queue.Opts{})
		state(t, q, free, queue.Done)
		if o := overview(t, q, queue.Webhooks); o.Counts[queue.Waiting] != 1 || o.Oldest.IsZero() || time.Since(o.Oldest) > time.Minute {
			t.Errorf("the paused queue is %+v", o)
		}
		if o := overview(t, q, queue.Default); o.Minute < 1 {
			t.Errorf("the other is %+v", o)
		}
		if err := q.Resume(ctx, queue.Webhooks); err != nil {
			t.Fatal(err)
		}
		state(t, q, held, queue.Done)

		failed := state(t, q, enqueue(t, q, echo{"fails"}, queue.Opts{}), queue.Dead)
		found, err := q.Jobs(ctx, queue.Query{State: queue.Dead, Queue: queue.Default, Kind: "echo"})
		if err != nil || len(found) != 1 || found[0].ID != failed.ID {
			t.Errorf("found %+v, %v", found, err)
		}
		if older, err := q.Jobs(ctx, queue.Query{Before: failed.ID, Limit: 2}); err != nil || len(older) != 2 || older[0].ID <= older[1].ID || older[0].ID >= failed.ID {
			t.Errorf("found %+v, %v", older, err)
		}
		for name, err := range map[string]error{
			"Retry": q.Retry(ctx, 1<<40), "Cancel": q.Cancel(ctx, 1<<40), "Discard": q.Discard(ctx, 1<<40), "Pause": q.Pause(ctx, "nowhere"),
		} {
			if !errors.Is(err, queue.ErrNotFound) {
				t.Errorf("%s of nothing is %v", name, err)
			}
		}
		nodes, err := q.Nodes(ctx)
		if err != nil || len(nodes) != 1 || nodes[0].ID != q.Node() || !nodes[0].Alive {
			t.Errorf("the nodes are %+v, %v", nodes, err)
		}
	})
}

func overview(t *testing.T, q *queue.Queue, name string) queue.Overview {
	t.Helper()
	all, err := q.Overviews(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range all {
		if o.Name == name {
			return o
		}
	}
	t.Fatalf("there is no queue %q", name)
	return queue.Overview{}
}

func TestStop(t *testing.T) {
	each(t, func(t *testing.T, db store.DB, _ string) {
		began, goOn := make(chan string, 10), make(chan struct{})
		work := func(ctx context.Context, j *queue.Job, a echo) error {
			began <- a.Text
			if a.Text == "ends" {
				<-goOn
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		}
		first, err := queue.New(queue.Options{DB: db})
		if err != nil {
			t.Fatal(err)
		}
		queue.Register(first, queue.Kind{MaxAttempts: 1}, work)
		start(t, first)
		ends := enqueue(t, first, echo{"ends"}, queue.Opts{})
		<-began
		stopped := make(chan error, 1)
		go func() { stopped <- first.Stop(context.Background()) }()
		close(goOn)
		if err := <-stopped; err != nil {
			t.Fatal(err)
		}
		late := enqueue(t, first, echo{"late"}, queue.Opts{}) // enqueueing needs no worker
		state(t, first, ends, queue.Done)

		second, err := queue.New(queue.Options{DB: db})
		if err != nil {
			t.Fatal(err)
		}
		queue.Register(second, queue.Kind{MaxAttempts: 1}, work)
		start(t, second)
		if got := <-began; got != "late" {
			t.Fatalf("%q began", got)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := second.Stop(ctx); err == nil {
			t.Error("a job that was cut off is not told")
		}
		// what was cut off runs again although it had one attempt: nothing of it failed
		var s seen
		third := open(t, queue.Options{DB: db})
		queue.Register(third, queue.Kind{}, func(_ context.Context, j *queue.Job, a echo) error { s.add(a.Text); return nil })
		start(t, third)
		state(t, third, late, queue.Done)
		if nodes, err := third.Nodes(t.Context()); err != nil || len(nodes) != 1 {
			t.Errorf("the nodes are %+v, %v", nodes, err)
		}
	})
}

// A job that does not notice that its node has stopped runs on another: how it ends
// here does not end it there.
func TestStopped(t *testing.T) {
	each(t, func(t *testing.T, db store.DB, _ string) {
		began, goOn, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
		first, err := queue.New(queue.Options{DB: db, Dead: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		queue.Register(first, queue.Kind{}, func(context.Context, *queue.Job, echo) error {
			close(began)
			<-goOn
			defer close(ended)
			return nil
		})
		start(t, first)
		id := enqueue(t, first, echo{"deaf"}, queue.Opts{})
		<-began
		over, cancel := context.WithCancel(t.Context())
		cancel()
		if err := first.Stop(over); err == nil {
			t.Fatal("a job that goes on is not told")
		}
		second := open(t, queue.Options{DB: db, Dead: 300 * time.Millisecond})
		again, hold := make(chan struct{}), make(chan struct{})
		queue.Register(second, queue.Kind{}, func(context.Context, *queue.Job, echo) error {
			close(again)
			<-hold
			return nil
		})
		start(t, second)
		<-again
		close(goOn)
		<-ended
		<-first.Gone()
		if j, err := second.Find(t.Context(), id); err != nil || j.State != queue.Working {
			t.Errorf("it was ended by a node that had stopped: %+v %v", j, err)
		}
		close(hold)
		state(t, second, id, queue.Done)
	})
}

// A machine that slept asks whose its jobs are, although its monotonic clock knows
// nothing of it, and when its clock was set back later, too.
func TestSleep(t *testing.T) {
	c := queue.NewClock(time.Hour)
	c.Beat()
	if !c.Fresh() {
		t.Fatal("a node that was just heard asks")
	}
	c.Sleep(2 * time.Hour)
	if c.Fresh() {
		t.Error("after a sleep it does not ask")
	}
	c.Beat()
	if c.Fresh() {
		t.Error("nor of the jobs from before, once it is heard again")
	}
	c = queue.NewClock(time.Hour)
	c.Sleep(time.Minute)
	c.Beat()
	c.Sleep(-2 * time.Minute)
	if c.Fresh() {
		t.Error("it trusts a clock that was set back")
	}
}
