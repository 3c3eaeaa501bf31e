package webhook

import (
	"context"
	"fmt"

	"github.com/apposengine/appos/internal/queue"
	"github.com/apposengine/appos/internal/store"
)

// move is the job that moves events from the outbox of a connected database.
type move struct {
	System string `json:"system"`
}

// Kind implements queue.Args.
func (move) Kind() string { return "move_webhook_events" }

// movesDue has this node enqueue the jobs that move.
func (s *Service) movesDue() {
	select {
	case s.moves <- struct{}{}:
	default: // it will, and finds this too
	}
}

// enqueueMoves enqueues the jobs of all connected databases. One that sees its last
// event and ends while another is stored leaves that to the next, or to the schedule.
func (s *Service) enqueueMoves(ctx context.Context) error {
	for _, at := range s.o.Engine.Stores() {
		if at.System == nil {
			continue
		}
		if _, err := s.o.Queue.Enqueue(ctx, move{at.System.Ref}, queue.Opts{Unique: true}); err != nil {
			return err
		}
	}
	return nil
}

// outboxPart is how many events are moved in one transaction.
const outboxPart = 200

// drain moves what waits in the outbox of a system. Cut off between the two
// databases it moves the same events again, which are known by their ids.
func (s *Service) drain(ctx context.Context, system string) error {
	db := s.outsideDB(system)
	if db == nil {
		return queue.Cancel(fmt.Errorf("no records are stored in %s any more", system))
	}
	for {
		ids, rows, err := s.outbox(ctx, db)
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := s.o.DB.Tx(ctx, func(ctx context.Context) error { return s.take(ctx, rows) }); err != nil {
			return err
		}
		if _, err := db.Exec(ctx, `DELETE FROM appos_webhook_outbox WHERE id IN (`+marks(len(ids))+`)`, ids...); err != nil {
			return err
		}
		if len(ids) < outboxPart {
			return nil
		}
	}
}

func (s *Service) outsideDB(system string) store.DB {
	for _, at := range s.o.Engine.Stores() {
		if at.System != nil && at.System.Ref == system {
			return at.DB
		}
	}
	return nil
}

// outbox reads the oldest events: their ids, and the arguments of an insert.
func (s *Service) outbox(ctx context.Context, db store.DB) (ids []any, events [][]any, err error) {
	rows, err := db.Query(ctx, `SELECT id, `+eventNames+` FROM appos_webhook_outbox ORDER BY id LIMIT ?`, outboxPart)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var e Delivery
		if err := rows.Scan(&id, &e.Webhook, &e.Event, &e.Type, &e.Record, &e.Row, &e.Version, &e.Body, &e.CreatedAt); err != nil {
			return nil, nil, err
		}
		ids = append(ids, id)
		events = append(events, []any{e.Webhook, e.Event, e.Type, e.Record, e.Row, e.Version, e.Body, e.CreatedAt})
	}
	return ids, events, rows.Err()
}

// take stores events that came from an outbox, but for those that it had before.
func (s *Service) take(ctx context.Context, events [][]any) error {
	for _, args := range events {
		if _, err := s.o.DB.Exec(ctx, `INSERT INTO appos_webhook_delivery (`+eventNames+`, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'waiting') ON CONFLICT DO NOTHING`, args...); err != nil {
			return err
		}
	}
	s.o.DB.AfterCommit(ctx, s.due)
	return nil
}
