package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"time"
)

// writer is the one connection that writes. Who holds its turn has it alone.
type writer struct {
	d    *sqlite
	db   *sql.DB
	turn chan struct{}

	// of whoever has the turn
	conn  *sql.Conn
	stmts *statements
}

func newWriter(d *sqlite, db *sql.DB) *writer {
	return &writer{d: d, db: db, turn: make(chan struct{}, 1)}
}

// queue waits for the turn; give it back with release.
func (w *writer) queue(ctx context.Context) error {
	select {
	case w.turn <- struct{}{}:
	default:
		timer := time.NewTimer(busyTimeout)
		defer timer.Stop()
		select {
		case w.turn <- struct{}{}:
		case <-ended(ctx):
			return canceled(ctx)
		case <-timer.C:
			return &Error{Kind: Busy, Text: "another transaction of this process has not ended; does a call inside a transaction use the context from outside?"}
		}
	}
	if w.d.closed.Load() {
		w.release()
		return &Error{Kind: Gone, Text: "it was closed"}
	}
	return nil
}

// take waits for the turn and has the connection ready.
func (w *writer) take(ctx context.Context) error {
	if err := w.queue(ctx); err != nil {
		return err
	}
	if w.conn == nil {
		if err := w.connect(ctx); err != nil {
			w.release()
			return err
		}
	}
	return nil
}

func (w *writer) release() { <-w.turn }

func (w *writer) taken() bool { return len(w.turn) > 0 }

// connect opens the connection. Changing a new file to WAL does not wait for
// other processes that do the same, so it is tried until the timeout.
func (w *writer) connect(ctx context.Context) error {
	return w.patiently(ctx, func() error {
		conn, err := w.db.Conn(context.WithoutCancel(ctx))
		if err != nil {
			return err
		}
		w.conn = conn
		w.stmts = newStatements(preparedPerPool, func(ctx context.Context, text string) (*sql.Stmt, error) {
			w.d.prepared.Add(1)
			return conn.PrepareContext(ctx, text)
		})
		return nil
	})
}

// patiently runs f again while another process holds the lock.
func (w *writer) patiently(ctx context.Context, f func() error) error {
	start := time.Now()
	for {
		err := w.d.fail(ctx, f())
		if kind, _ := KindOf(err); err == nil || kind != Busy || time.Since(start) > busyTimeout {
			return err
		}
		w.d.retries.Add(1)
		select {
		case <-ended(ctx):
			return canceled(ctx)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// abandon closes a connection in an unknown state; the next turn opens another.
func (w *writer) abandon() {
	w.stmts.close()
	// to close a connection gives it back to the pool; a bad one is thrown away
	_ = w.conn.Raw(func(any) error { return driver.ErrBadConn })
	w.conn.Close()
	w.conn = nil
}

// close waits for the turn and keeps it.
func (w *writer) close() error {
	w.turn <- struct{}{}
	if w.conn != nil {
		w.abandon()
	}
	err := w.db.Close()
	w.release()
	return err
}

// exec runs a statement of whoever has the turn.
func (w *writer) exec(ctx context.Context, text string, args []any) (sql.Result, error) {
	if !keepsPrepared(text) {
		return w.conn.ExecContext(ctx, text, args...)
	}
	st, err := w.stmts.take(ctx, text)
	if err != nil {
		return nil, err
	}
	defer w.stmts.done(st)
	return st.ExecContext(ctx, args...)
}

// query runs a statement with rows of whoever has the turn.
func (w *writer) query(ctx context.Context, text string, args []any) (*sql.Rows, error) {
	if !keepsPrepared(text) {
		return w.conn.QueryContext(ctx, text, args...)
	}
	st, err := w.stmts.take(ctx, text)
	if err != nil {
		return nil, err
	}
	defer w.stmts.done(st)
	return st.QueryContext(ctx, args...)
}
