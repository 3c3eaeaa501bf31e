package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"
)

// beside makes the pool beside our own.
func (d *postgres) beside(ctx context.Context, max int) (*pgxpool.Pool, error) {
	d.besideMu.Lock()
	defer d.besideMu.Unlock()
	if d.closed.Load() {
		return nil, &Error{Kind: Gone, Text: "it was closed"}
	}
	if d.besides == nil {
		config := d.pool.Config() // a copy
		config.MaxConns, config.MinConns = int32(max), 0
		config.AfterConnect = nil
		// who listens is always interrupted while the server does nothing, which
		// asking the server to stop does not end
		config.ConnConfig.BuildContextWatcherHandler = func(pg *pgconn.PgConn) ctxwatch.Handler {
			return &pgconn.DeadlineContextWatcherHandler{Conn: pg.Conn()}
		}
		pool, err := pgxpool.NewWithConfig(ctx, config)
		if err != nil {
			return nil, d.fail(ctx, err)
		}
		d.besides = pool
	}
	return d.besides, nil
}

// pgxTx is the transaction under way on a connection, as pgx has it. Somebody else
// ends it.
type pgxTx struct {
	on     *pgx.Conn
	depth  int  // of a savepoint; 0 is the transaction
	closed bool // of a savepoint
}

var _ pgx.Tx = (*pgxTx)(nil)

// Begin implements pgx.Tx, with a savepoint.
func (t *pgxTx) Begin(ctx context.Context) (pgx.Tx, error) {
	inner := &pgxTx{on: t.on, depth: t.depth + 1}
	if _, err := t.Exec(ctx, "SAVEPOINT "+inner.name()); err != nil {
		return nil, err
	}
	return inner, nil
}

// Commit implements pgx.Tx.
func (t *pgxTx) Commit(ctx context.Context) error { return t.end(ctx, "RELEASE SAVEPOINT ") }

// Rollback implements pgx.Tx.
func (t *pgxTx) Rollback(ctx context.Context) error { return t.end(ctx, "ROLLBACK TO SAVEPOINT ") }

func (t *pgxTx) end(ctx context.Context, how string) error {
	if t.depth == 0 {
		return nil
	}
	if t.closed {
		return pgx.ErrTxClosed
	}
	t.closed = true
	_, err := t.Exec(ctx, how+t.name())
	return err
}

func (t *pgxTx) name() string { return fmt.Sprintf("appos_%d", t.depth) }

// The rest of pgx.Tx is the connection's.

func (t *pgxTx) Conn() *pgx.Conn { return t.on }

func (t *pgxTx) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	return t.on.Exec(ctx, sql, args...)
}

func (t *pgxTx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return t.on.Query(ctx, sql, args...)
}

func (t *pgxTx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return t.on.QueryRow(ctx, sql, args...)
}

func (t *pgxTx) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	return t.on.SendBatch(ctx, b)
}

func (t *pgxTx) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error) {
	return t.on.CopyFrom(ctx, table, columns, rows)
}

func (t *pgxTx) Prepare(ctx context.Context, name, sql string) (*pgconn.StatementDescription, error) {
	return t.on.Prepare(ctx, name, sql)
}

func (t *pgxTx) LargeObjects() pgx.LargeObjects { return pgx.LargeObjects{} }
