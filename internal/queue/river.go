package queue

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"

	"github.com/apposengine/appos/internal/store"
)

// engine is River on one database, without the type of that database's
// transactions.
type engine interface {
	// insert and complete work in the store's transaction of ctx.
	insert(context.Context, []river.InsertManyParams) ([]*rivertype.JobInsertResult, error)
	complete(context.Context, *rivertype.JobRow) error
	// wake has this node look for jobs at once.
	wake(queues []string)

	start(context.Context) error
	stop(ctx context.Context, now bool) error

	get(ctx context.Context, id int64) (*rivertype.JobRow, error)
	list(context.Context, *river.JobListParams) ([]*rivertype.JobRow, error)
	retry(ctx context.Context, id int64) error
	cancel(ctx context.Context, id int64) error
	pause(ctx context.Context, queue string, on bool) error
}

// on is the engine for transactions of type T.
type on[T any] struct {
	client *river.Client[T]
	inTx   func(context.Context, func(T) error) error
	local  *outbox // of SQLite, or nil
}

// connections is how many PostgreSQL connections River has for itself at most: to
// fetch, to note what was done, to keep house, and one to listen.
const connections = 4

// open makes the engine. It talks to no database.
func (q *Queue) open(c *river.Config) (engine, error) {
	if q.db.Dialect() == store.PostgreSQL {
		pool, err := store.PgxPool(context.Background(), q.db, connections)
		if err != nil {
			return nil, err
		}
		client, err := river.NewClient[pgx.Tx](&postgresDriver{riverpgxv5.New(pool), q}, c)
		if err != nil {
			return nil, err
		}
		return &on[pgx.Tx]{client: client, inTx: func(ctx context.Context, f func(pgx.Tx) error) error {
			return store.PgxTx(ctx, q.db, f)
		}}, nil
	}
	pool, err := store.SQLPool(q.db)
	if err != nil {
		return nil, err
	}
	local := newOutbox(q.db)
	client, err := river.NewClient[*sql.Tx](&sqliteDriver{riversqlite.New(pool), q, local}, c)
	if err != nil {
		return nil, err
	}
	return &on[*sql.Tx]{client: client, local: local, inTx: func(ctx context.Context, f func(*sql.Tx) error) error {
		return store.SQLTx(ctx, q.db, f)
	}}, nil
}

func (o *on[T]) insert(ctx context.Context, jobs []river.InsertManyParams) (made []*rivertype.JobInsertResult, err error) {
	err = o.inTx(ctx, func(tx T) error {
		made, err = o.client.InsertManyTx(ctx, tx, jobs)
		return err
	})
	return made, err
}

func (o *on[T]) complete(ctx context.Context, row *rivertype.JobRow) error {
	return o.inTx(ctx, func(tx T) error {
		job := &river.Job[message]{JobRow: row, Args: message{name: row.Kind}}
		_, err := river.JobCompleteTx[riverdriver.Driver[T]](ctx, tx, job)
		return err
	})
}

func (o *on[T]) wake(queues []string) {
	if o.local != nil && len(queues) > 0 {
		o.local.tell(queues)
	}
}

func (o *on[T]) start(ctx context.Context) error { return o.client.Start(ctx) }

func (o *on[T]) stop(ctx context.Context, now bool) error {
	if now {
		return o.client.StopAndCancel(ctx)
	}
	return o.client.Stop(ctx)
}

func (o *on[T]) get(ctx context.Context, id int64) (*rivertype.JobRow, error) {
	return o.client.JobGet(ctx, id)
}

func (o *on[T]) list(ctx context.Context, p *river.JobListParams) ([]*rivertype.JobRow, error) {
	found, err := o.client.JobList(ctx, p)
	if err != nil {
		return nil, err
	}
	return found.Jobs, nil
}

func (o *on[T]) retry(ctx context.Context, id int64) error {
	_, err := o.client.JobRetry(ctx, id)
	return err
}

func (o *on[T]) cancel(ctx context.Context, id int64) error {
	_, err := o.client.JobCancel(ctx, id)
	return err
}

func (o *on[T]) pause(ctx context.Context, queue string, on bool) error {
	if on {
		return o.client.QueuePause(ctx, queue, nil)
	}
	return o.client.QueueResume(ctx, queue, nil)
}

// insertPayload is how River says that a queue has new jobs.
func insertPayload(queue string) string {
	text, _ := json.Marshal(map[string]string{"queue": queue}) // never fails
	return string(text)
}
