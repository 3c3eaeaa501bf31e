package system

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// Database is the database of a connected system as one that is always there:
// it connects when it is needed, again when its settings change, and what is
// done while it is down fails with a Gone error whose cause is an
// [object.Outage].
type Database struct{ s *System }

var _ store.DB = (*Database)(nil)

// pinned finds the client that a transaction of the context is on.
type pinned struct{ s *System }

// with runs f on the client of the context's transaction, or else on the current
// one.
func (d *Database) with(ctx context.Context, f func(store.DB) error) error {
	l, err := d.lease(ctx)
	if err != nil {
		return err
	}
	defer l.release()
	return d.told(l, f(l.client.(*databaseClient).db))
}

func (d *Database) lease(ctx context.Context) (*lease, error) {
	if l, ok := ctx.Value(pinned(*d)).(*lease); ok {
		l.take()
		return l, nil
	}
	return d.s.take(ctx)
}

// told makes an error that says that the database is gone an outage.
func (d *Database) told(l *lease, err error) error {
	if err == nil {
		return nil
	}
	var known *object.Outage
	if kind, ok := store.KindOf(err); !ok || kind != store.Gone || errors.As(err, &known) && known.System != "" {
		return err
	}
	d.s.report(l, err)
	return &store.Error{Kind: store.Gone, Err: errors.Join(&object.Outage{System: d.s.o.Ref, RetryAfter: time.Second}, err)}
}

// Dialect implements store.DB. It stays the same while the server runs.
func (d *Database) Dialect() store.Dialect { return d.s.dialect }

// Query implements store.DB.
func (d *Database) Query(ctx context.Context, sql string, args ...any) (store.Rows, error) {
	l, err := d.lease(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := l.client.(*databaseClient).db.Query(ctx, sql, args...)
	if err != nil {
		l.release()
		return nil, d.told(l, err)
	}
	return &leasedRows{Rows: rows, d: d, l: l}, nil
}

// leasedRows keep their client until they are closed.
type leasedRows struct {
	store.Rows
	d    *Database
	l    *lease
	once sync.Once
}

func (r *leasedRows) Err() error { return r.d.told(r.l, r.Rows.Err()) }

func (r *leasedRows) Close() error {
	err := r.d.told(r.l, r.Rows.Close())
	r.once.Do(r.l.release)
	return err
}

// QueryRow implements store.DB.
func (d *Database) QueryRow(ctx context.Context, dst []any, sql string, args ...any) error {
	return d.with(ctx, func(db store.DB) error { return db.QueryRow(ctx, dst, sql, args...) })
}

// Exec implements store.DB.
func (d *Database) Exec(ctx context.Context, sql string, args ...any) (n int64, err error) {
	err = d.with(ctx, func(db store.DB) error { n, err = db.Exec(ctx, sql, args...); return err })
	return n, err
}

// Tx implements store.DB.
func (d *Database) Tx(ctx context.Context, f func(context.Context) error) error {
	return d.transact(ctx, store.DB.Tx, f)
}

// Migrate implements store.DB.
func (d *Database) Migrate(ctx context.Context, f func(context.Context) error) error {
	return d.transact(ctx, store.DB.Migrate, f)
}

// transact runs f on one client from beginning to end.
func (d *Database) transact(ctx context.Context, tx func(store.DB, context.Context, func(context.Context) error) error, f func(context.Context) error) error {
	l, err := d.lease(ctx)
	if err != nil {
		return err
	}
	defer l.release()
	return d.told(l, tx(l.client.(*databaseClient).db, ctx, func(ctx context.Context) error {
		return f(context.WithValue(ctx, pinned(*d), l))
	}))
}

// InTx implements store.DB.
func (d *Database) InTx(ctx context.Context) bool {
	l, ok := ctx.Value(pinned(*d)).(*lease)
	return ok && l.client.(*databaseClient).db.InTx(ctx)
}

// AfterCommit implements store.DB.
func (d *Database) AfterCommit(ctx context.Context, f func()) {
	if l, ok := ctx.Value(pinned(*d)).(*lease); ok {
		l.client.(*databaseClient).db.AfterCommit(ctx, f)
		return
	}
	f()
}

// Ping implements store.DB.
func (d *Database) Ping(ctx context.Context) error {
	return d.with(ctx, func(db store.DB) error { return db.Ping(ctx) })
}

// Stats implements store.DB. They begin again when the settings change, and are
// zero while there is no connection.
func (d *Database) Stats() store.Stats {
	d.s.mu.Lock()
	l := d.s.current
	d.s.mu.Unlock()
	if l == nil {
		return store.Stats{}
	}
	return l.client.(*databaseClient).db.Stats()
}

// Close implements store.DB. The registry closes the connections.
func (d *Database) Close() error { return nil }
