package store

import (
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
)

// database is what transactions need of the database that they are on.
type database interface {
	// ready refuses the use of a closed database and of a context that has ended.
	ready(ctx context.Context) error
	// begin begins a transaction on a connection that nobody else has.
	begin(ctx context.Context) (session, error)
}

// session is a connection with a transaction under way.
type session interface {
	// commit stores the transaction. After an error it is rolled back.
	commit(ctx context.Context) error
	// rollback gives the transaction up. A connection that is in an unknown
	// state is thrown away.
	rollback()
	// release gives the connection back.
	release()
}

// transactions are the rules that every database has for its transactions. It is
// embedded in the databases and is the half of DB that is the same for all.
type transactions struct {
	db                 database
	commits, rollbacks atomic.Uint64
}

// transaction is one that is under way. It belongs to one goroutine; what another
// does with its context meanwhile is refused.
type transaction struct {
	of      *transactions
	session session

	mu    sync.Mutex
	busy  bool      // a statement is under way, or its rows are open
	rows  io.Closer // the rows of the last query, while they are open
	ended bool
	err   error // why it cannot be stored any more
	after []func()
}

// transactionKey finds the transaction of one database in a context.
type transactionKey struct{ of *transactions }

func (s *transactions) tx(ctx context.Context) *transaction {
	t, _ := ctx.Value(transactionKey{s}).(*transaction)
	return t
}

// InTx implements DB.
func (s *transactions) InTx(ctx context.Context) bool {
	t := s.tx(ctx)
	return t != nil && !t.over()
}

// AfterCommit implements DB.
func (s *transactions) AfterCommit(ctx context.Context, f func()) {
	if t := s.tx(ctx); t != nil && t.afterwards(f) {
		return
	}
	f()
}

// Tx implements DB.
func (s *transactions) Tx(ctx context.Context, f func(context.Context) error) error {
	if t := s.tx(ctx); t != nil {
		return t.join(ctx, f)
	}
	t := &transaction{of: s}
	if err := t.run(ctx, s.db.begin, f); err != nil {
		return err
	}
	for _, hook := range t.after {
		hook()
	}
	return nil
}

// run has the connection from begin to commit.
func (t *transaction) run(ctx context.Context, begin func(context.Context) (session, error), f func(context.Context) error) (err error) {
	if err := t.of.db.ready(ctx); err != nil {
		return err
	}
	if t.session, err = begin(ctx); err != nil {
		return err
	}
	defer t.session.release()
	defer func() { // also when f panics
		if !t.over() {
			t.rollback()
		}
	}()
	if err := f(context.WithValue(ctx, transactionKey{t.of}, t)); err != nil {
		return err
	}
	if err := t.finish(ctx); err != nil {
		return err
	}
	// from here on the transaction is stored or not, it cannot be given up
	if err := t.session.commit(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	t.end()
	t.of.commits.Add(1)
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
func (t *transaction) end() io.Closer {
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
	t.of.rollbacks.Add(1)
	if open != nil {
		open.Close() // they hold the connection
	}
	t.session.rollback()
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
	if err := t.of.db.ready(ctx); err != nil {
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
func (t *transaction) hold(rows io.Closer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rows = rows
}

// doom keeps the transaction from being stored.
func (t *transaction) doom(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err == nil {
		t.err = err
	}
}
