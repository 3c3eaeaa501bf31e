package webhook

import (
	"context"
	"time"

	"github.com/apposengine/appos/internal/queue"
	"github.com/apposengine/appos/internal/store"
)

// sweep is the job that removes what is old and finds what was lost.
type sweep struct{}

// Kind implements queue.Args.
func (sweep) Kind() string { return "sweep_webhooks" }

// Sweep removes deliveries that are older than Options.Keep and those of webhooks
// that are gone, and secrets that do not sign any more; it makes jobs for deliveries
// that should have had theirs long ago.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.now()
	if err := s.remove(ctx, `d.webhook NOT IN (SELECT id FROM appos_webhook)`); err != nil {
		return err
	}
	if err := s.remove(ctx, `d.created_at < ? AND (d.state <> 'waiting' OR d.webhook NOT IN (SELECT id FROM appos_webhook WHERE state = 'active'))`, now.Add(-s.o.Keep)); err != nil {
		return err
	}
	if _, err := s.o.DB.Exec(ctx, `UPDATE appos_webhook SET old_secret = NULL, old_until = NULL WHERE old_until < ?`, now); err != nil {
		return err
	}
	return s.enqueueLate(ctx, now.Add(-10*time.Minute))
}

// enqueueLate makes jobs for deliveries whose jobs somebody ended.
func (s *Service) enqueueLate(ctx context.Context, late time.Time) error {
	for after := int64(0); ; {
		ids, err := store.Integers(ctx, s.o.DB, `SELECT d.id FROM appos_webhook_delivery d JOIN appos_webhook w ON w.id = d.webhook
			WHERE d.state = 'waiting' AND d.next_at < ? AND w.state = 'active' AND d.id > ? ORDER BY d.id LIMIT ?`, late, after, part)
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := s.enqueue(ctx, ids, queue.Opts{Unique: true}); err != nil {
			return err
		}
		after = ids[len(ids)-1]
	}
}

// remove deletes deliveries in parts that nobody waits for long.
func (s *Service) remove(ctx context.Context, condition string, args ...any) error {
	for {
		n, err := s.o.DB.Exec(ctx, `DELETE FROM appos_webhook_delivery WHERE id IN (SELECT d.id FROM appos_webhook_delivery d WHERE `+condition+` LIMIT 1000)`, args...)
		if err != nil || n == 0 {
			return err
		}
	}
}
