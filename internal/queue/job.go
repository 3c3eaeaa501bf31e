package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/apposengine/appos/internal/store"
)

// Job is one attempt of a job, for the function that runs it.
type Job struct {
	ID          int64
	Kind, Queue string
	Attempt     int // from 1
	MaxAttempts int
	User        int64 // 0: the system
	Note        string
	EnqueuedAt  time.Time

	q   *Queue
	row *rivertype.JobRow
}

// ErrFenced is what an attempt ends in that is not the job's any more: its node was
// taken for dead, and the job was given to another.
var ErrFenced = errors.New("the job was given to another node")

// Complete ends the job in the transaction of ctx: what the transaction stores and
// that the job is done are one. The function then returns nil. It is ErrFenced when
// the job has been given to another node meanwhile, and the transaction must be
// given up.
func (j *Job) Complete(ctx context.Context) error {
	if !j.q.db.InTx(ctx) {
		return &store.Error{Kind: store.Invalid, Text: "a job is completed in a transaction"}
	}
	var mine int64
	err := j.q.db.QueryRow(ctx, []any{&mine}, j.q.sql.owned, j.ID, j.Attempt, j.q.node)
	if errors.Is(err, store.ErrNoRows) {
		return ErrFenced
	}
	if err != nil {
		return err
	}
	err = j.q.river.complete(ctx, j.row)
	if errors.Is(err, rivertype.ErrNotFound) {
		return ErrFenced
	}
	return err
}

// Snooze is the error of an attempt that is to be made again after d, such as
// because what it waits for is not there yet. It does not count as an attempt.
func Snooze(d time.Duration) error { return river.JobSnooze(max(d, 0)) }

// Cancel is the error of an attempt after which there is no use in another.
func Cancel(err error) error { return river.JobCancel(err) }

// maxError is how much of an error is kept with a job, in bytes. What happened is
// in the log.
const maxError = 500

// brief is an error with a short text. River and errors.Is look at the whole.
type brief struct{ error }

func (e brief) Error() string { return clip(e.error.Error(), maxError) }
func (e brief) Unwrap() error { return e.error }

// clip cuts a text that is too long, at a character.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && text[most]&0xC0 == 0x80 {
		most--
	}
	return text[:most] + "…"
}

// Panic is the failure of a function that panicked.
type Panic struct {
	Value any
	Stack []byte
}

func (p *Panic) Error() string { return fmt.Sprintf("panic: %v", p.Value) }
