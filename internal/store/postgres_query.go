package store

import (
	"context"

	"github.com/jackc/pgx/v5/pgconn"
)

// Exec implements DB.
func (d *postgres) Exec(ctx context.Context, text string, args ...any) (int64, error) {
	d.execs.Add(1)
	ctx = watched(ctx)
	if t := d.tx(ctx); t != nil {
		if err := t.enter(ctx); err != nil {
			return 0, err
		}
		defer t.leave()
		n, err := t.session.(*connection).exec(ctx, text, args)
		if err != nil {
			return 0, d.doom(ctx, t, err)
		}
		return n, nil
	}
	var n int64
	c, err := d.outside(ctx, false, func(c *connection) (err error) {
		n, err = c.exec(ctx, text, args)
		return err
	})
	if err != nil {
		return 0, err
	}
	c.release()
	return n, nil
}

// Query implements DB.
func (d *postgres) Query(ctx context.Context, text string, args ...any) (Rows, error) {
	d.queries.Add(1)
	ctx = watched(ctx)
	r := &postgresRows{ctx: ctx, d: d}
	if t := d.tx(ctx); t != nil {
		if err := t.enter(ctx); err != nil {
			return nil, err
		}
		if err := r.open(t.session.(*connection), text, args); err != nil {
			err = d.doom(ctx, t, err)
			t.leave()
			return nil, err
		}
		r.tx = t
		t.hold(r)
		return r, nil
	}
	if _, err := d.outside(ctx, readsOnly(text), func(c *connection) error { return r.open(c, text, args) }); err != nil {
		return nil, err
	}
	return r, nil
}

// QueryRow implements DB.
func (d *postgres) QueryRow(ctx context.Context, dst []any, text string, args ...any) error {
	d.queries.Add(1)
	ctx = watched(ctx)
	if t := d.tx(ctx); t != nil {
		if err := t.enter(ctx); err != nil {
			return err
		}
		defer t.leave()
		found, err := t.session.(*connection).row(ctx, dst, text, args)
		if err != nil {
			return d.doom(ctx, t, err)
		}
		return foundOr(found)
	}
	var found bool
	c, err := d.outside(ctx, readsOnly(text), func(c *connection) (err error) {
		found, err = c.row(ctx, dst, text, args)
		return err
	})
	if err != nil {
		return err
	}
	c.release()
	return foundOr(found)
}

func foundOr(found bool) error {
	if !found {
		return ErrNoRows
	}
	return nil
}

// doom returns the error of a statement in a transaction, which is given up for it
// unless the server has not seen the statement.
func (d *postgres) doom(ctx context.Context, t *transaction, err error) error {
	if e, ours := err.(*Error); ours {
		return e
	}
	err = d.fail(ctx, err)
	t.doom(err)
	return err
}

// outside runs f on a connection without a transaction, and returns it for the
// caller to release; after an error it is released already. Once, f is run again:
// where the server cannot have done anything, or f only reads.
func (d *postgres) outside(ctx context.Context, reads bool, f func(*connection) error) (*connection, error) {
	for again := true; ; again = false {
		if err := d.ready(ctx); err != nil {
			return nil, err
		}
		c, err := d.acquire(ctx)
		if err != nil {
			return nil, err
		}
		if err = f(c); err == nil {
			return c, nil
		}
		lost := c.pg.IsClosed()
		outdated := d.outdated(err)
		c.release()
		if !again || ctx.Err() != nil || !outdated && !pgconn.SafeToRetry(err) && !(reads && lost) {
			return nil, d.fail(ctx, err)
		}
		d.retries.Add(1)
	}
}

// start sends a statement with its arguments.
func (c *connection) start(ctx context.Context, text string, args []any) (*pgconn.ResultReader, *plan, error) {
	p, err := c.plan(ctx, text, len(args))
	if err != nil {
		return nil, nil, err
	}
	if err := c.encode(p.is.ParamOIDs, args); err != nil {
		return nil, nil, err
	}
	return c.pg.ExecStatement(ctx, p.is, c.values, c.formats, p.results), p, nil
}

func (c *connection) exec(ctx context.Context, text string, args []any) (int64, error) {
	if len(args) == 0 && !keepsPrepared(text) {
		tag, err := c.simple(ctx, text)
		return tag.RowsAffected(), err
	}
	r, _, err := c.start(ctx, text, args)
	if err != nil {
		return 0, err
	}
	tag, err := r.Close()
	return tag.RowsAffected(), err
}

// row reads the first row, and says whether there is one.
func (c *connection) row(ctx context.Context, dst []any, text string, args []any) (found bool, err error) {
	r, p, err := c.start(ctx, text, args)
	if err != nil {
		return false, err
	}
	if r.NextRow() {
		found = true
		err = p.scan(r.Values(), dst)
	}
	if _, failed := r.Close(); failed != nil {
		return false, failed
	}
	return found, err
}
