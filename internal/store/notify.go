package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
)

// Notifier is a database that carries messages between the processes that use
// it. PostgreSQL is one.
type Notifier interface {
	// Notify sends a message of less than 8,000 bytes, without NUL characters, to
	// all that listen to the channel. In a transaction it is sent with it.
	Notify(ctx context.Context, channel, message string) error
	// Listen calls heard for every message of the channel, those of this process
	// too, until ctx ends. It has a connection of its own, beside the pool's, and
	// makes another when that is lost: messages of the time between are lost.
	// state is told when there is a connection, and when there is none.
	Listen(ctx context.Context, channel string, heard func(message string), state func(connected bool))
}

// NotifierOf is the database as one that carries messages, nil when it is none.
func NotifierOf(db DB) Notifier {
	if m, ok := db.(*member); ok {
		return NotifierOf(m.DB)
	}
	n, _ := db.(Notifier)
	return n
}

const (
	// A connection that has heard nothing for so long is asked whether it lives.
	quiet = 30 * time.Second
	// So long after one was lost another is tried.
	again = time.Second
)

// Notify implements Notifier.
func (d *postgres) Notify(ctx context.Context, channel, message string) error {
	_, err := d.Exec(ctx, "SELECT pg_notify(?, ?)", channel, message)
	return err
}

// Listen implements Notifier.
func (d *postgres) Listen(ctx context.Context, channel string, heard func(string), state func(bool)) {
	for ctx.Err() == nil && !d.closed.Load() {
		_ = d.listen(ctx, channel, heard, state)
		state(false)
		select {
		case <-ctx.Done():
		case <-time.After(again):
		}
	}
}

// listen listens on one connection until it is lost.
func (d *postgres) listen(ctx context.Context, channel string, heard func(string), state func(bool)) error {
	config := d.pool.Config().ConnConfig
	// who stops listening closes the connection: there is no statement to cancel
	config.BuildContextWatcherHandler = func(pg *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.DeadlineContextWatcherHandler{Conn: pg.Conn()}
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer func() {
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), again)
		defer cancel()
		_ = conn.Close(limited)
	}()
	if _, err := conn.Exec(ctx, "LISTEN "+Quote(channel)); err != nil {
		return err
	}
	state(true)
	for {
		waiting, cancel := context.WithTimeout(ctx, quiet)
		n, err := conn.WaitForNotification(waiting)
		cancel()
		switch {
		case err == nil:
			heard(n.Payload)
		case ctx.Err() != nil || waiting.Err() == nil || conn.IsClosed():
			return err
		default: // nothing was heard
			limited, cancel := context.WithTimeout(ctx, config.ConnectTimeout)
			err := conn.Ping(limited)
			cancel()
			if err != nil {
				return err
			}
		}
	}
}
