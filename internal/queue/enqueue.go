package queue

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// Opts say what is special about one job. What is zero is as its kind says.
type Opts struct {
	Queue       string
	Priority    int
	MaxAttempts int
	// Delay is how long to wait before the first attempt, and At is when it is;
	// both together are refused. To the second: a job that waits is looked for in
	// steps of a few seconds.
	Delay time.Duration
	At    time.Time
	// Unique makes no second job while one of the same kind and arguments has not
	// ended.
	Unique bool
	// User is the id of the user that the job runs as; 0 is the system.
	User int64
	// Note is what people read about the job in lists, such as a name. It is kept
	// with the job, and never holds a secret.
	Note string
}

// Receipt is what became of an enqueued job.
type Receipt struct {
	ID int64
	// Existed says that one of the same arguments was there already, and has the ID.
	Existed bool
}

// Insert is one of several jobs that are enqueued together.
type Insert struct {
	Args Args
	Opts Opts
}

// maxArgs is how long arguments may be, in bytes: they are read with every attempt.
const maxArgs = 64 << 10

// Enqueue adds a job. In a transaction of the queue's database it is added in it,
// otherwise in one of its own. In a transaction of another database the error is a
// *store.Error of kind Elsewhere: a job cannot be stored together with what is
// there.
func (q *Queue) Enqueue(ctx context.Context, args Args, o Opts) (Receipt, error) {
	all, err := q.EnqueueMany(ctx, []Insert{{args, o}})
	if err != nil {
		return Receipt{}, err
	}
	return all[0], nil
}

// EnqueueMany adds several jobs, all or none.
func (q *Queue) EnqueueMany(ctx context.Context, jobs []Insert) ([]Receipt, error) {
	if len(jobs) == 0 {
		return nil, nil
	}
	params := make([]river.InsertManyParams, len(jobs))
	for i, j := range jobs {
		p, err := q.params(j)
		if err != nil {
			return nil, err
		}
		params[i] = p
	}
	receipts := make([]Receipt, len(jobs))
	err := q.db.Tx(ctx, func(ctx context.Context) error {
		made, err := q.river.insert(ctx, params)
		if err != nil {
			return err
		}
		var due []string
		for i, m := range made {
			receipts[i] = Receipt{m.Job.ID, m.UniqueSkippedAsDuplicate}
			if !m.UniqueSkippedAsDuplicate && m.Job.State == rivertype.JobStateAvailable {
				due = append(due, m.Job.Queue)
			}
		}
		q.db.AfterCommit(ctx, func() { q.river.wake(due) })
		return nil
	})
	if err != nil {
		return nil, err
	}
	return receipts, nil
}

// params are a job as River has it.
func (q *Queue) params(j Insert) (river.InsertManyParams, error) {
	wrong := func(format string, args ...any) (river.InsertManyParams, error) {
		return river.InsertManyParams{}, fmt.Errorf("a job of the kind %q: "+format, append([]any{j.Args.Kind()}, args...)...)
	}
	k := q.kinds[j.Args.Kind()]
	if k == nil {
		return wrong("nothing runs it")
	}
	args, err := encode(j.Args)
	if err != nil {
		return wrong("the arguments cannot be written: %w", err)
	}
	if len(args) > maxArgs {
		return wrong("the arguments have %d bytes; %d are kept", len(args), maxArgs)
	}
	o := j.Opts
	set := Kind{Queue: cmp.Or(o.Queue, k.Queue), Priority: cmp.Or(o.Priority, k.Priority), MaxAttempts: cmp.Or(o.MaxAttempts, k.MaxAttempts)}
	if err := set.complete(); err != nil {
		return wrong("%w", err)
	}
	if !q.serves(set.Queue) {
		return wrong("there is no queue %q", set.Queue)
	}
	if o.Delay < 0 || o.Delay > 0 && !o.At.IsZero() {
		return wrong("a delay of %s beside a time %s", o.Delay, o.At.Format(time.RFC3339))
	}
	at := o.At
	if o.Delay > 0 {
		at = q.now().Add(o.Delay)
	}
	about, err := json.Marshal(note{User: o.User, Text: clip(o.Note, 200)})
	if err != nil {
		return wrong("%w", err)
	}
	insert := &river.InsertOpts{Queue: set.Queue, Priority: set.Priority, MaxAttempts: set.MaxAttempts, ScheduledAt: at, Metadata: about}
	if o.Unique {
		insert.UniqueOpts = river.UniqueOpts{ByArgs: true, ByState: unfinished}
	}
	return river.InsertManyParams{Args: message{name: k.name, args: args}, InsertOpts: insert}, nil
}

// encode is JSON for people too: < stays <.
func encode(args Args) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(args)
	return bytes.TrimSpace(b.Bytes()), err
}

// unfinished are the states of a job that may still run.
var unfinished = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
}

// note is what a job carries beside its arguments.
type note struct {
	User int64  `json:"appos_user,omitempty"`
	Text string `json:"appos_note,omitempty"`
}

// message is the arguments of any kind, as River carries them.
type message struct {
	name string
	args []byte
}

// Kind implements river.JobArgs.
func (m message) Kind() string { return m.name }

// MarshalJSON implements json.Marshaler.
func (m message) MarshalJSON() ([]byte, error) { return m.args, nil }

// UnmarshalJSON implements json.Unmarshaler.
func (m *message) UnmarshalJSON(text []byte) error {
	m.args = append([]byte(nil), text...)
	return nil
}
