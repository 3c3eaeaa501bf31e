package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"time"
)

// The queues that every node serves, unless its configuration says otherwise.
const (
	Default      = "default"
	ProcessSteps = "process_steps"
	Scheduled    = "scheduled"
	Webhooks     = "webhooks"
)

// QueueNames are the queues in the order of screens.
func QueueNames() []string { return []string{Default, ProcessSteps, Scheduled, Webhooks} }

// Args are the arguments of a job, a struct that JSON can write and read. They
// never hold a secret.
type Args interface {
	// Kind is the name of the kind of job, such as "deliver_webhook". It stays as it
	// is: jobs that wait are known by it.
	Kind() string
}

// Kind says how jobs of one kind are run. What is zero has its default.
type Kind struct {
	// Queue is where they wait; the default is Default.
	Queue string
	// Priority goes from 1, which is first, to 4; the default is 2.
	Priority int
	// MaxAttempts is how often a job that fails is run at all; the default is 10.
	MaxAttempts int
	// Timeout is how long one attempt may take before its context ends; the default
	// is a minute. There is always one: work that never ends is never found.
	Timeout time.Duration
	// Backoff is how long to wait before the next attempt when failures have failed,
	// from 1; the default is Backoff(time.Second, time.Hour). The queue adds jitter.
	Backoff func(failures int) time.Duration
}

// work is the function of a kind, its type erased.
type work func(ctx context.Context, j *Job, args []byte) error

type kind struct {
	Kind
	name string
	work work
}

// The limits of settings.
const (
	maxAttempts = 10_000
	maxTimeout  = 24 * time.Hour
)

var kindForm = regexp.MustCompile(`^[a-z][a-z0-9_]{1,62}$`)

// Register says what runs the jobs whose arguments are of type A: once per kind,
// on every node, before Start. The function is called for one attempt; an error,
// or a panic, makes it fail. It panics where the declaration is wrong.
func Register[A Args](q *Queue, k Kind, f func(ctx context.Context, j *Job, args A) error) {
	var blank A
	q.register(blank.Kind(), k, func(ctx context.Context, j *Job, raw []byte) error {
		var args A
		if err := json.Unmarshal(raw, &args); err != nil {
			return Cancel(fmt.Errorf("the arguments cannot be read: %w", err))
		}
		return f(ctx, j, args)
	})
}

// complete fills defaults in.
func (k *Kind) complete() error {
	if k.Queue == "" {
		k.Queue = Default
	}
	if k.Priority == 0 {
		k.Priority = 2
	}
	if k.MaxAttempts == 0 {
		k.MaxAttempts = 10
	}
	if k.Timeout == 0 {
		k.Timeout = time.Minute
	}
	if k.Backoff == nil {
		k.Backoff = Backoff(time.Second, time.Hour)
	}
	switch {
	case k.Priority < 1 || k.Priority > 4:
		return fmt.Errorf("the priority is %d; it is from 1 to 4", k.Priority)
	case k.MaxAttempts < 1 || k.MaxAttempts > maxAttempts:
		return fmt.Errorf("the attempts are %d; there are 1 to %d", k.MaxAttempts, maxAttempts)
	case k.Timeout < 0 || k.Timeout > maxTimeout:
		return fmt.Errorf("the timeout is %s; it is above zero and at most %s", k.Timeout, maxTimeout)
	}
	return nil
}

// Backoff doubles the time to wait from first up to most.
func Backoff(first, most time.Duration) func(int) time.Duration {
	return func(failures int) time.Duration {
		d := first
		for i := 1; i < failures && d < most; i++ {
			d *= 2
		}
		return min(d, most)
	}
}
