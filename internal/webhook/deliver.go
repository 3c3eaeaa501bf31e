package webhook

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/queue"
)

// Deliver is the job that sends one event, as often as it takes.
type Deliver struct {
	Delivery int64 `json:"delivery"`
}

// Kind implements queue.Args.
func (Deliver) Kind() string { return "deliver_webhook" }

// recommended is how long to wait before the next attempt.
var recommended = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// backoff is the time before the next attempt when tries have failed, with up to a
// fifth more: what failed together does not come together again.
func (s *Service) backoff(tries int) time.Duration {
	d := s.o.Schedule[min(max(tries, 1), len(s.o.Schedule))-1]
	return d + time.Duration(rand.Int64N(int64(d)/5+1))
}

// register says what runs the jobs of webhooks, and when those come that nobody
// asks for.
func (s *Service) register() {
	q := s.o.Queue
	// an error is one of this server's, such as a database that is away: a target
	// that fails is no failure of the job, which is put off
	queue.Register(q, queue.Kind{Queue: queue.Webhooks, MaxAttempts: 1000, Timeout: s.o.Timeout + time.Minute, Backoff: queue.Backoff(time.Second, time.Minute)},
		func(ctx context.Context, j *queue.Job, args Deliver) error { return s.deliver(ctx, j, args.Delivery) })
	house := queue.Kind{Queue: queue.Scheduled, Priority: 3, MaxAttempts: 5, Timeout: 10 * time.Minute}
	queue.Register(q, house, func(ctx context.Context, _ *queue.Job, _ sweep) error { return s.Sweep(ctx) })
	q.Every("webhook_log", time.Hour, sweep{})
	queue.Register(q, house, func(ctx context.Context, _ *queue.Job, args move) error { return s.drain(ctx, args.System) })
	for _, at := range s.o.Engine.Stores() {
		if at.System != nil {
			q.Every("webhooks of "+at.System.Ref, 30*time.Second, move{at.System.Ref})
		}
	}
}

// deliver makes one attempt at a delivery that waits.
func (s *Service) deliver(ctx context.Context, j *queue.Job, id int64) error {
	d, err := s.Delivery(ctx, id)
	if errors.Is(err, object.NotFound) {
		return nil
	}
	if err != nil || d.State != Waiting {
		return err
	}
	w, err := s.Webhook(ctx, d.Webhook)
	if errors.Is(err, object.NotFound) {
		return nil // what waited goes with it
	}
	if err != nil {
		return err
	}
	if held, err := s.holds(ctx, w, d); held || err != nil {
		return err
	}
	now := s.now()
	if next := later(d.NextAt, w.HeldUntil); next.After(now.Add(time.Second)) {
		return queue.Snooze(next.Sub(now))
	}
	key, old, err := s.secrets(ctx, w.ID)
	if err != nil {
		return err
	}
	leave, wait := s.pace.enter(ctx, w.ID, now)
	if leave == nil {
		return queue.Snooze(wait)
	}
	began := time.Now()
	secrets := []string{key}
	if old != "" {
		secrets = append(secrets, old)
	}
	a := s.post(ctx, w.Target, d.Event, []byte(d.Body), secrets...)
	leave(time.Since(began))
	if ctx.Err() != nil && a.Status == 0 {
		return ctx.Err() // this server stops: another makes the attempt
	}
	return s.record(context.WithoutCancel(ctx), j, w, d, a)
}

// holds says whether a delivery is not to be sent now, and does what follows from
// it. What a paused webhook keeps has no job, until the webhook is active again.
func (s *Service) holds(ctx context.Context, w *Webhook, d *Delivery) (bool, error) {
	switch {
	case w.State == Disabled:
		return true, s.end(ctx, d.ID, gaveUp)
	case len(w.Environments) > 0 && !slices.Contains(w.Environments, s.o.Env):
		return true, s.end(ctx, d.ID, "the webhook is off in the environment "+s.o.Env)
	case w.State == Paused:
		return true, s.park(ctx, d.ID)
	}
	_, err := s.o.UserByID(ctx, w.AccountID)
	if errors.Is(err, object.Denied) || errors.Is(err, object.NotFound) {
		s.stop(w.ID, Paused, "its account "+quoted(w.Account)+" is not active")
		return true, s.park(ctx, d.ID)
	}
	return false, err
}

// end gives a delivery up without an attempt.
func (s *Service) end(ctx context.Context, id int64, why string) error {
	_, err := s.o.DB.Exec(ctx, `UPDATE appos_webhook_delivery SET state = 'failed', ended_at = ?, next_at = NULL, fault = ? WHERE id = ? AND state = 'waiting'`, s.now(), why, id)
	return err
}

// park leaves a delivery without a job.
func (s *Service) park(ctx context.Context, id int64) error {
	_, err := s.o.DB.Exec(ctx, `UPDATE appos_webhook_delivery SET next_at = NULL WHERE id = ? AND state = 'waiting'`, id)
	return err
}

// record stores how an attempt went, and says what becomes of the job.
func (s *Service) record(ctx context.Context, j *queue.Job, w *Webhook, d *Delivery, a answer) error {
	now := s.now()
	state, next := Delivered, time.Time{}
	switch {
	case a.Fault == "":
	case a.Status == 410, d.tries+1 >= s.o.Attempts:
		state = Failed
	default:
		state, next = Waiting, now.Add(max(s.backoff(d.tries+1), a.retryAfter))
	}
	err := s.o.DB.Tx(ctx, func(ctx context.Context) error {
		var nextAt, ended any
		if next.IsZero() {
			ended = now
		} else {
			nextAt = next
		}
		n, err := s.o.DB.Exec(ctx, `UPDATE appos_webhook_delivery SET state = ?, attempts = attempts + 1, tries = tries + 1, next_at = ?, ended_at = ?, status = ?, latency = ?, fault = ? WHERE id = ? AND attempts = ?`,
			string(state), nextAt, ended, int64(a.Status), a.Latency.Microseconds(), a.Fault, d.ID, d.Attempts)
		if err != nil {
			return err
		}
		if n == 0 {
			return errOvertaken
		}
		if _, err := s.o.DB.Exec(ctx, `INSERT INTO appos_webhook_attempt (delivery, at, latency, status, fault, answer) VALUES (?, ?, ?, ?, ?, ?)`,
			d.ID, a.At, a.Latency.Microseconds(), int64(a.Status), a.Fault, a.Answer); err != nil {
			return err
		}
		if err := s.noteHealth(ctx, w, a, now); err != nil {
			return err
		}
		if next.IsZero() {
			return j.Complete(ctx)
		}
		return nil
	})
	if errors.Is(err, errOvertaken) {
		return nil
	}
	if err != nil {
		return err
	}
	s.figures.count(state)
	switch {
	case a.Status == 410:
		s.stop(w.ID, Disabled, "the target answered 410: it is gone for good")
	case a.Fault != "" && !w.FailingSince.IsZero() && now.Sub(w.FailingSince) >= s.o.DisableAfter:
		s.stop(w.ID, Disabled, "the target has failed since "+w.FailingSince.Format("2006-01-02 15:04")+" UTC: "+a.Fault)
	}
	if !next.IsZero() {
		return queue.Snooze(next.Sub(now))
	}
	return nil
}

// errOvertaken is of a job that another of the same delivery was faster than, such
// as one that was put off before somebody had the event sent again: one goes on.
var errOvertaken = errors.New("another job made the attempt")

// noteHealth keeps since when a target fails, and how long it wants quiet. Of a
// target that does well nothing is written.
func (s *Service) noteHealth(ctx context.Context, w *Webhook, a answer, now time.Time) error {
	var err error
	switch {
	case a.Fault == "" && !w.FailingSince.IsZero():
		_, err = s.o.DB.Exec(ctx, `UPDATE appos_webhook SET failing_since = NULL, held_until = NULL WHERE id = ?`, w.ID)
	case a.Fault != "" && (w.FailingSince.IsZero() || a.retryAfter > 0):
		var held any
		if a.retryAfter > 0 {
			held = now.Add(a.retryAfter)
		}
		_, err = s.o.DB.Exec(ctx, `UPDATE appos_webhook SET failing_since = coalesce(failing_since, ?), held_until = coalesce(?, held_until) WHERE id = ?`, now, held, w.ID)
	}
	return err
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
