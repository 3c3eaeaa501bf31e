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
	kept map[string]*keptStmt
}

// keptStmt is a statement that is kept compiled. Its rows, while they are open, have
// it alone.
type keptStmt struct {
	driver.Stmt
	busy bool
}

// keptBeside bounds the statements that are kept compiled: a library has a few
// dozen. What is above is compiled each time.
const keptBeside = 128

// statement returns the text compiled, or nil where it is run as text: compiling
// takes as long as running.
func (c *besideConn) statement(ctx context.Context, text string) (*keptStmt, error) {
	if k, ok := c.kept[text]; ok {
		if k.busy {
			return nil, nil
		}
		return k, nil
	}
	if len(c.kept) == keptBeside || !keepsPrepared(text) {
		return nil, nil
	}
	st, err := c.joinedConn.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	if c.kept == nil {
		c.kept = map[string]*keptStmt{}
	}
	k := &keptStmt{Stmt: st}
	c.kept[text] = k
	return k, nil
}

// exec runs a statement without rows.
func (c *besideConn) exec(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	k, err := c.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	if k == nil {
		return c.joinedConn.ExecContext(ctx, text, args)
	}
	return k.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
}

// query runs a statement with rows; done is called when they are closed, and at
// once when there are none.
func (c *besideConn) query(ctx context.Context, text string, args []driver.NamedValue, done func()) (driver.Rows, error) {
	k, err := c.statement(ctx, text)
	var rows driver.Rows
	switch {
	case err != nil:
	case k == nil:
		rows, err = c.joinedConn.QueryContext(ctx, text, args)
	default:
		rows, err = k.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	}
	if err != nil {
		done()
		return nil, err
	}
	if k != nil {
		k.busy = true
	}
	return &besideRows{Rows: rows, stmt: k, done: done}, nil
}

// Close implements driver.Conn.
func (c *besideConn) Close() error {
	for _, k := range c.kept {
		k.Close() // the connection goes either way
	}
	return c.joinedConn.Close()
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
	return c.exec(ctx, text, args)
}

// QueryContext implements driver.QueryerContext. The turn is over when the rows are
// closed.
func (c *besideConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	if c.inTx || plainSelect(text) {
		return c.query(ctx, text, args, func() {})
	}
	if err := c.take(ctx); err != nil {
		return nil, err
	}
	return c.query(ctx, text, args, c.turn.release)
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

// besideRows are rows that have a statement, and may hold the turn.
type besideRows struct {
	driver.Rows
	stmt *keptStmt
	done func() // nil once they are closed
}

// Close implements driver.Rows.
func (r *besideRows) Close() error {
	err := r.Rows.Close()
	if r.done != nil {
		if r.stmt != nil {
			r.stmt.busy = false
		}
		r.done()
		r.done = nil
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
