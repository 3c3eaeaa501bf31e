package store

import (
	"context"
	"database/sql/driver"
)

// besideConn is a second connection that writes: it takes the writer's turn for
// every statement that changes something, and for every transaction. SQLite's own
// lock would do, but whoever meets it sleeps and tries again, and may be unlucky
// for seconds; turns are in the order of asking.
type besideConn struct {
	*joinedConn
	turn *writer
	inTx bool // the turn is held until its end
}

// take waits for the turn. Whoever holds it already would wait for himself.
func (c *besideConn) take(ctx context.Context) error {
	if c.turn.d.InTx(ctx) {
		return &Error{Kind: Invalid, Text: "a change beside the open transaction, which would wait for its end"}
	}
	return c.turn.queue(ctx)
}

// ExecContext implements driver.ExecerContext.
func (c *besideConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	if !c.inTx {
		if err := c.take(ctx); err != nil {
			return nil, err
		}
		defer c.turn.release()
	}
	return c.joinedConn.ExecContext(ctx, text, args)
}

// QueryContext implements driver.QueryerContext. The turn is over when the rows are
// closed.
func (c *besideConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	if c.inTx || plainSelect(text) {
		return c.joinedConn.QueryContext(ctx, text, args)
	}
	if err := c.take(ctx); err != nil {
		return nil, err
	}
	rows, err := c.joinedConn.QueryContext(ctx, text, args)
	if err != nil {
		c.turn.release()
		return nil, err
	}
	return &turnRows{Rows: rows, turn: c.turn}, nil
}

// BeginTx implements driver.ConnBeginTx.
func (c *besideConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	if err := c.take(ctx); err != nil {
		return nil, err
	}
	tx, err := c.joinedConn.BeginTx(ctx, o)
	if err != nil {
		c.turn.release()
		return nil, err
	}
	c.inTx = true
	return &turnTx{Tx: tx, conn: c}, nil
}

// PrepareContext implements driver.ConnPrepareContext. What is prepared would pass
// the turns by.
func (c *besideConn) PrepareContext(context.Context, string) (driver.Stmt, error) {
	return nil, &Error{Kind: Invalid, Text: "statements are not prepared on this connection"}
}

// turnRows are rows of a change; they hold the turn.
type turnRows struct {
	driver.Rows
	turn *writer
	over bool
}

// Close implements driver.Rows.
func (r *turnRows) Close() error {
	err := r.Rows.Close()
	if !r.over {
		r.over = true
		r.turn.release()
	}
	return err
}

// turnTx is a transaction that holds the turn.
type turnTx struct {
	driver.Tx
	conn *besideConn
}

// Commit implements driver.Tx.
func (t *turnTx) Commit() error {
	defer t.end()
	return t.Tx.Commit()
}

// Rollback implements driver.Tx.
func (t *turnTx) Rollback() error {
	defer t.end()
	return t.Tx.Rollback()
}

func (t *turnTx) end() {
	t.conn.inTx = false
	t.conn.turn.release()
}
