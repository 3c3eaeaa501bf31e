package webhook

import (
	"context"

	"github.com/apposengine/appos/internal/queue"
	"github.com/apposengine/appos/internal/store"
)

// due has this node give jobs to the deliveries that have none. Their events are
// stored in the transactions of changes, which are not held up by jobs: these are
// made afterwards, many at once, by whichever node comes first.
func (s *Service) due() {
	select {
	case s.waits <- struct{}{}:
	default: // it will, and finds this too
	}
}

// part is how many deliveries are given their jobs in one transaction.
const part = 200

// withoutJob are deliveries that wait for a first job, or one after a pause. Those of
// webhooks that are gone or disabled are among them: their jobs end them.
const withoutJob = `state = 'waiting' AND next_at IS NULL AND webhook NOT IN (SELECT id FROM appos_webhook WHERE state = 'paused')`

// dispatch gives jobs to the deliveries that have none.
func (s *Service) dispatch(ctx context.Context) error {
	for {
		ids, err := store.Integers(ctx, s.o.DB, `SELECT id FROM appos_webhook_delivery WHERE `+withoutJob+` ORDER BY id LIMIT ?`, part)
		if err != nil || len(ids) == 0 {
			return err
		}
		err = s.o.DB.Tx(ctx, func(ctx context.Context) error {
			args := []any{s.now()}
			for _, id := range ids {
				args = append(args, id)
			}
			mine, err := store.Integers(ctx, s.o.DB, `UPDATE appos_webhook_delivery SET next_at = ? WHERE id IN (`+marks(len(ids))+`) AND state = 'waiting' AND next_at IS NULL RETURNING id`, args...)
			if err != nil {
				return err
			}
			return s.enqueue(ctx, mine, queue.Opts{})
		})
		if err != nil || len(ids) < part {
			return err
		}
	}
}

func (s *Service) enqueue(ctx context.Context, deliveries []int64, o queue.Opts) error {
	jobs := make([]queue.Insert, len(deliveries))
	for i, id := range deliveries {
		jobs[i] = queue.Insert{Args: Deliver{id}, Opts: o}
	}
	_, err := s.o.Queue.EnqueueMany(ctx, jobs)
	return err
}
