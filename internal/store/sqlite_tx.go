package store

import (
	"context"
	"fmt"
)

// transaction is one that is under way. It belongs to one goroutine.
type transaction struct {
	d     *sqlite
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
	return t != nil && !t.ended
}

func (d *sqlite) AfterCommit(ctx context.Context, f func()) {
	if t := d.tx(ctx); t != nil && !t.ended {
		t.after = append(t.after, f)
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
		if !t.ended {
			t.rollback()
		}
	}()
	if err := f(context.WithValue(ctx, transactionKey{d}, t)); err != nil {
		return err
	}
	if t.rows != nil {
		return &Error{Kind: Invalid, Text: "rows were left open at the end of the transaction"}
	}
	if t.err != nil {
		return &Error{Kind: Aborted, Text: "nothing was stored", Err: t.err}
	}
	if err := canceled(ctx); err != nil {
		return err
	}
	// from here on the transaction is stored or not, it cannot be given up
	if _, err := d.write.exec(context.WithoutCancel(ctx), "COMMIT", nil); err != nil {
		return d.fail(ctx, err)
	}
	t.ended = true
	d.commits.Add(1)
	return nil
}

func (t *transaction) rollback() {
	t.ended = true
	t.d.rollbacks.Add(1)
	if t.rows != nil {
		t.rows.Close() // they hold the connection
	}
	// SQLite rolls back by itself when it runs out of space or is interrupted,
	// and then has nothing to roll back: a fresh connection is right either way
	if _, err := t.d.write.exec(context.Background(), "ROLLBACK", nil); err != nil {
		t.d.write.abandon()
	}
}

// join runs f within the transaction.
func (t *transaction) join(ctx context.Context, f func(context.Context) error) (err error) {
	if err := t.usable(ctx); err != nil {
		return err
	}
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

// usable says whether another statement may run.
func (t *transaction) usable(ctx context.Context) error {
	switch {
	case t.ended:
		return &Error{Kind: Aborted, Text: "the transaction has ended; its context was used after it"}
	case t.err != nil:
		return &Error{Kind: Aborted, Err: t.err}
	case t.rows != nil:
		return &Error{Kind: Invalid, Text: "the rows of the transaction's last query are still open; close them first"}
	}
	return t.d.ready(ctx)
}

// doom keeps the transaction from being stored.
func (t *transaction) doom(err error) {
	if t.err == nil {
		t.err = err
	}
}
