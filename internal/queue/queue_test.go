package queue_test

import (
	"context"
	"errors"
	"testing"

	"github.com/apposengine/appos/internal/queue"
	"github.com/apposengine/appos/internal/store"
)

func TestTransaction(t *testing.T) {
	each(t, func(t *testing.T, db store.DB, _ string) {
		ctx := t.Context()
		q := open(t, queue.Options{DB: db})
		ran := make(chan string, 10)
		queue.Register(q, queue.Kind{}, func(_ context.Context, j *queue.Job, a echo) error {
			ran <- a.Text
			return nil
		})
		start(t, q)
		fail := errors.New("no")
		err := db.Tx(ctx, func(ctx context.Context) error {
			if _, err := q.Enqueue(ctx, echo{"undone"}, queue.Opts{}); err != nil {
				t.Fatal(err)
			}
			return fail
		})
		if !errors.Is(err, fail) {
			t.Fatal(err)
		}
		err = db.Tx(ctx, func(ctx context.Context) error {
			if _, err := db.Exec(ctx, `INSERT INTO effect (what) VALUES (?)`, "before"); err != nil {
				return err
			}
			if _, err := q.Enqueue(ctx, echo{"stored"}, queue.Opts{}); err != nil {
				return err
			}
			_, err := db.Exec(ctx, `INSERT INTO effect (what) VALUES (?)`, "after")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := q.Enqueue(ctx, echo{"alone"}, queue.Opts{}); err != nil {
			t.Fatal(err)
		}
		got := map[string]bool{<-ran: true, <-ran: true}
		if !got["stored"] || !got["alone"] {
			t.Errorf("these ran: %v", got)
		}
		var n int64
		if err := db.QueryRow(ctx, []any{&n}, `SELECT COUNT(*) FROM effect`); err != nil || n != 2 {
			t.Errorf("%d effects, %v", n, err)
		}
	})
}
