package store

import (
	"context"
	"fmt"
	"sync"
)

// transaction is one that is under way. It belongs to one goroutine; what another
// does with its context meanwhile is refused.
type transaction struct {
	d *sqlite

	mu    sync.Mutex
	busy  bool  // a statement is under way, or its rows are open
	rows  *rows // of the last query, while they are open
	ended bool
	err   error // why it cannot be stored any more
	after []func()
}

// transactionKey finds the transaction of one database in a context.
type transactionKey struct{ d *sqlite }

func (d *sqlite) tx(ctx context.Context) *transaction {
	t, _ := ctx.Value(transactionKey{d}).(*transaction)
	return t
}

func (d *sqlite) InTx(ctx context.Context) bool {
	t := d.tx(ctx)
	return t != nil && !t.over()
}

func (d *sqlite) AfterCommit(ctx context.Context, f func()) {
	if t := d.tx(ctx); t != nil && t.afterwards(f) {
		return
	}
	f()
}

func (d *sqlite) Tx(ctx context.Context, f func(context.Context) error) error {
	if t := d.tx(ctx); t != nil {
		return t.join(ctx, f)
	}
	t := &transaction{d: d}
	if err := t.run(ctx, f); err != nil {
		return err
	}
	for _, hook := range t.after {
		hook()
	}
	return nil
}

// run has the writer's turn from begin to commit.
func (t *transaction) run(ctx context.Context, f func(context.Context) error) error {
	d := t.d
	if err := d.ready(ctx); err != nil {
		return err
	}
	if err := d.write.take(ctx); err != nil {
		return err
	}
	defer d.write.release()
	if err := d.write.patiently(ctx, func() error {
		_, err := d.write.exec(ctx, "BEGIN IMMEDIATE", nil)
		return err
	}); err != nil {
		// a begin that was interrupted may have begun
		d.write.abandon()
		return err
	}
	defer func() { // also when f panics
		if !t.over() {
			t.rollback()
		}
	}()
	if err := f(context.WithValue(ctx, transactionKey{d}, t)); err != nil {
		return err
	}
	if err := t.finish(ctx); err != nil {
		return err
	}
	// from here on the transaction is stored or not, it cannot be given up
	if _, err := d.write.exec(context.WithoutCancel(ctx), "COMMIT", nil); err != nil {
		return d.fail(ctx, err)
	}
	t.end()
	d.commits.Add(1)
	return nil
}

// finish says whether the transaction may be stored. When it may, no statement
// runs in it any more.
func (t *transaction) finish(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.busy:
		return &Error{Kind: Invalid, Text: "rows were left open at the end of the transaction, or another goroutine still uses it"}
	case t.err != nil:
		return &Error{Kind: Aborted, Text: "nothing was stored", Err: t.err}
	}
	if err := canceled(ctx); err != nil {
		return err
	}
	t.busy = true
	return nil
}

// end refuses everything from now on, and returns the rows that are open.
func (t *transaction) end() *rows {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = true
	return t.rows
}

func (t *transaction) over() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ended
}

// afterwards keeps f for after the commit; it is false when that is over.
func (t *transaction) afterwards(f func()) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return false
	}
	t.after = append(t.after, f)
	return true
}

func (t *transaction) rollback() {
	open := t.end()
	t.d.rollbacks.Add(1)
	if open != nil {
		open.Close() // they hold the connection
	}
	// SQLite rolls back by itself when it runs out of space or is interrupted,
	// and then has nothing to roll back: a fresh connection is right either way
	if _, err := t.d.write.exec(context.Background(), "ROLLBACK", nil); err != nil {
		t.d.write.abandon()
	}
}

// join runs f within the transaction.
func (t *transaction) join(ctx context.Context, f func(context.Context) error) (err error) {
	if err := t.enter(ctx); err != nil {
		return err
	}
	t.leave() // what f does enters for itself
	done := false
	defer func() {
		switch {
		case !done:
			t.doom(fmt.Errorf("an inner transaction panicked"))
		case err != nil:
			t.doom(err)
		}
	}()
	err = f(ctx)
	done = true
	return err
}

// enter lets one statement in at a time, and none after the end or after one that
// failed. What it lets in is ended by leave.
func (t *transaction) enter(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.ended:
		return &Error{Kind: Aborted, Text: "the transaction has ended; its context was used after it"}
	case t.err != nil:
		return &Error{Kind: Aborted, Err: t.err}
	case t.busy:
		return &Error{Kind: Invalid, Text: "the rows of the transaction's last query are still open, or another goroutine uses it; close them first, and use it in one goroutine"}
	}
	if err := t.d.ready(ctx); err != nil {
		return err
	}
	t.busy = true
	return nil
}

// leave ends a statement: at once, or when its rows are closed.
func (t *transaction) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.busy, t.rows = false, nil
}

// hold keeps the transaction busy until the rows are closed.
func (t *transaction) hold(r *rows) *rows {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rows = r
	return r
}

// doom keeps the transaction from being stored.
func (t *transaction) doom(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err == nil {
		t.err = err
	}
}
