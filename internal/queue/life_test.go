package queue_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/queue"
	"github.com/apposengine/appos/internal/store"
)

// seen collects what ran, and how it ended.
type seen struct {
	mu       sync.Mutex
	texts    []string
	outcomes []queue.Outcome
}

func (s *seen) add(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.texts = append(s.texts, text)
}

func (s *seen) observe(_ context.Context, o queue.Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outcomes = append(s.outcomes, o)
}

func (s *seen) results() (all []queue.Result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.outcomes {
		all = append(all, o.Result)
	}
	return all
}

func (s *seen) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.texts)
}

// state waits until a job has a state.
func state(t *testing.T, q *queue.Queue, id int64, want queue.State) (got queue.Info) {
	t.Helper()
	within(t, fmt.Sprintf("job %d is %s", id, want), func() bool {
		var err error
		if got, err = q.Find(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		return got.State == want
	})
	return got
}

func enqueue(t *testing.T, q *queue.Queue, args queue.Args, o queue.Opts) int64 {
	t.Helper()
	r, err := q.Enqueue(t.Context(), args, o)
	if err != nil {
		t.Fatal(err)
	}
	return r.ID
}

func quick(int) time.Duration { return time.Millisecond }

func TestOrder(t *testing.T) {
	each(t, func(t *testing.T, db store.DB, _ string) {
		var s seen
		q := open(t, queue.Options{DB: db, Queues: map[string]int{queue.Default: 1}})
		queue.Register(q, queue.Kind{}, func(_ context.Context, _ *queue.Job, a echo) error { s.add(a.Text); return nil })
		for _, j := range []queue.Insert{
			{Args: echo{"second"}}, {Args: echo{"third"}}, {Args: echo{"last"}, Opts: queue.Opts{Priority: 4}}, {Args: echo{"first"}, Opts: queue.Opts{Priority: 1}},
		} {
			enqueue(t, q, j.Args, j.Opts)
		}
		start(t, q)
		within(t, "all ran", func() bool { return len(s.all()) == 4 })
		if got := s.all(); !slices.Equal(got, []string{"first", "second", "third", "last"}) {
			t.Errorf("they ran as %v", got)
		}
	})
}

func TestAttempts(t *testing.T) {
	each(t, func(t *testing.T, db store.DB, _ string) {
		var s seen
		q := open(t, queue.Options{DB: db, Observe: s.observe, Begin: func(ctx context.Context, user int64) (context.Context, error) {
			if user == 7 {
				return nil, errors.New("the account is not active")
			}
			return ctx, nil
		}})
		long := strings.Repeat("ä", 4000)
		fail := errors.New("it " + long)
		queue.Register(q, queue.Kind{MaxAttempts: 3, Backoff: quick, Timeout: 200 * time.Millisecond}, func(ctx context.Context, j *queue.Job, a echo) error {
			switch {
			case a.Text == "panics":
				panic("out of order")
			case a.Text == "fails":
				return fail
			case a.Text == "recovers" && j.Attempt < 3:
				return fail
			case a.Text == "snoozes" && j.Attempt == 1 && time.Since(j.EnqueuedAt) < 150*time.Millisecond:
				return queue.Snooze(200 * time.Millisecond)
			case a.Text == "gives up":
				return queue.Cancel(errors.New("there is no use"))
			case a.Text == "hangs":
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		})
		start(t, q)
		for _, c := range []struct {
			text     string
			opts     queue.Opts
			state    queue.State
			attempts int
			results  []queue.Result
			failure  string
		}{
			{"works", queue.Opts{Note: "about it"}, queue.Done, 1, []queue.Result{queue.Completed}, ""},
			{"fails", queue.Opts{}, queue.Dead, 3, []queue.Result{queue.Failed, queue.Failed, queue.Discarded}, "it ä"},
			{"fails", queue.Opts{MaxAttempts: 1}, queue.Dead, 1, []queue.Result{queue.Discarded}, "it ä"},
			{"recovers", queue.Opts{}, queue.Done, 3, []queue.Result{queue.Failed, queue.Failed, queue.Completed}, "it ä"},
			{"panics", queue.Opts{MaxAttempts: 1}, queue.Dead, 1, []queue.Result{queue.Discarded}, "panic: out of order"},
			{"snoozes", queue.Opts{}, queue.Done, 1, []queue.Result{queue.Snoozed, queue.Completed}, ""},
			{"gives up", queue.Opts{}, queue.Stopped, 1, []queue.Result{queue.Canceled}, "there is no use"},
			{"hangs", queue.Opts{MaxAttempts: 1}, queue.Dead, 1, []queue.Result{queue.Discarded}, "deadline exceeded"},
			{"works", queue.Opts{User: 7, MaxAttempts: 1}, queue.Dead, 1, []queue.Result{queue.Discarded}, "the account is not active"},
		} {
			t.Run(c.text, func(t *testing.T) {
				s.mu.Lock()
				s.outcomes = nil
				s.mu.Unlock()
				j := state(t, q, enqueue(t, q, echo{c.text}, c.opts), c.state)
				if got := s.results(); j.Attempt != c.attempts || !slices.Equal(got, c.results) {
					t.Errorf("%d attempts ended as %v, want %d as %v", j.Attempt, got, c.attempts, c.results)
				}
				if j.Note != c.opts.Note || j.User != c.opts.User || j.Args == "" || j.EndedAt.IsZero() || j.Node != q.Node() {
					t.Errorf("it is %+v", j)
				}
				if c.failure == "" != (len(j.Failures) == 0) {
					t.Fatalf("it has the failures %+v", j.Failures)
				}
				for _, f := range j.Failures {
					if !strings.Contains(f.Text, c.failure) || len(f.Text) > 600 || f.At.IsZero() {
						t.Errorf("a failure is %+v", f)
					}
				}
			})
		}
	})
}

func TestUnique(t *testing.T) {
	each(t, func(t *testing.T, db store.DB, _ string) {
		q := open(t, queue.Options{DB: db})
		queue.Register(q, queue.Kind{}, func(context.Context, *queue.Job, echo) error { return nil })
		one := queue.Opts{Unique: true}
		first := enqueue(t, q, echo{"a"}, one)
		again, err := q.Enqueue(t.Context(), echo{"a"}, one)
		if err != nil || again != (queue.Receipt{ID: first, Existed: true}) {
			t.Errorf("again it is %+v, %v", again, err)
		}
		if other := enqueue(t, q, echo{"b"}, one); other == first {
			t.Error("other arguments are the same job")
		}
		start(t, q)
		state(t, q, first, queue.Done)
		if later := enqueue(t, q, echo{"a"}, one); later == first {
			t.Error("a job that was done keeps the next from being made")
		}
	})
}

func TestDelay(t *testing.T) {
	each(t, func(t *testing.T, db store.DB, _ string) {
		q := open(t, queue.Options{DB: db})
		queue.Register(q, queue.Kind{}, func(context.Context, *queue.Job, echo) error { return nil })
		start(t, q)
		soon := enqueue(t, q, echo{"soon"}, queue.Opts{Delay: time.Second})
		late := enqueue(t, q, echo{"late"}, queue.Opts{At: time.Now().Add(time.Hour)})
		j := state(t, q, soon, queue.Done)
		if waited := j.EndedAt.Sub(j.EnqueuedAt); waited < 900*time.Millisecond {
			t.Errorf("it waited %s", waited)
		}
		state(t, q, late, queue.Delayed)
	})
}

func TestRefused(t *testing.T) {
	each(t, func(t *testing.T, db store.DB, _ string) {
		q := open(t, queue.Options{DB: db})
		queue.Register(q, queue.Kind{}, func(context.Context, *queue.Job, echo) error { return nil })
		for _, c := range []struct {
			args queue.Args
			o    queue.Opts
			want string
		}{
			{unknown{}, queue.Opts{}, "nothing runs it"},
			{echo{strings.Repeat("x", 70_000)}, queue.Opts{}, "are kept"},
			{echo{}, queue.Opts{Priority: 5}, "from 1 to 4"},
			{echo{}, queue.Opts{Priority: -1}, "from 1 to 4"},
			{echo{}, queue.Opts{MaxAttempts: -1}, "the attempts"},
			{echo{}, queue.Opts{Queue: "nowhere"}, `no queue "nowhere"`},
			{echo{}, queue.Opts{Delay: -time.Second}, "a delay"},
			{echo{}, queue.Opts{Delay: time.Second, At: time.Now()}, "beside a time"},
		} {
			if _, err := q.Enqueue(t.Context(), c.args, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%T %+v: %v, want %q", c.args, c.o, err, c.want)
			}
		}
		// a job of another database would not go with the transaction
		group := store.NewGroup()
		here, other := group.Join("here", db), group.Join("there", openOther(t))
		far := open(t, queue.Options{DB: here})
		queue.Register(far, queue.Kind{}, func(context.Context, *queue.Job, echo) error { return nil })
		err := other.Tx(t.Context(), func(ctx context.Context) error {
			_, err := far.Enqueue(ctx, echo{}, queue.Opts{})
			return err
		})
		if kind, _ := store.KindOf(err); kind != store.Elsewhere {
			t.Errorf("in a transaction elsewhere it is %v", err)
		}
	})
}

func TestDeclarations(t *testing.T) {
	work := func(context.Context, *queue.Job, echo) error { return nil }
	for name, declare := range map[string]func(*queue.Queue){
		"no queue":   func(q *queue.Queue) { queue.Register(q, queue.Kind{Queue: "nowhere"}, work) },
		"above zero": func(q *queue.Queue) { queue.Register(q, queue.Kind{Timeout: -1}, work) },
		"twice":      func(q *queue.Queue) { queue.Register(q, queue.Kind{}, work); queue.Register(q, queue.Kind{}, work) },
		"letters": func(q *queue.Queue) {
			queue.Register(q, queue.Kind{}, func(context.Context, *queue.Job, unknown) error { return nil })
		},
		"not registe": func(q *queue.Queue) { q.Every("x", time.Hour, echo{}) },
		"shortest":    func(q *queue.Queue) { queue.Register(q, queue.Kind{}, work); q.Every("x", time.Millisecond, echo{}) },
	} {
		t.Run(name, func(t *testing.T) {
			q := open(t, queue.Options{DB: openOther(t)})
			defer func() {
				if p := fmt.Sprint(recover()); !strings.Contains(p, name) {
					t.Errorf("it says %s", p)
				}
			}()
			declare(q)
		})
	}
}

// unknown is a job that nothing runs, with a name that is none.
type unknown struct{}

func (unknown) Kind() string { return "Un known" }
