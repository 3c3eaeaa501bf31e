package store

import (
	"context"
	"database/sql"
)

func (d *sqlite) Exec(ctx context.Context, text string, args ...any) (int64, error) {
	d.execs.Add(1)
	values, err := encodeArgs(args)
	if err != nil {
		return 0, err
	}
	defer values.free()
	if t := d.tx(ctx); t != nil {
		if err := t.enter(ctx); err != nil {
			return 0, err
		}
		defer t.leave()
		r, err := d.write.exec(ctx, text, values.args)
		if err != nil {
			err = d.fail(ctx, err)
			t.doom(err)
			return 0, err
		}
		return changed(r)
	}
	if err := d.ready(ctx); err != nil {
		return 0, err
	}
	if err := d.write.take(ctx); err != nil {
		return 0, err
	}
	defer d.write.release()
	var r sql.Result
	err = d.write.patiently(ctx, func() (err error) {
		r, err = d.write.exec(ctx, text, values.args)
		return err
	})
	if err != nil {
		return 0, err
	}
	return changed(r)
}

func changed(r sql.Result) (int64, error) {
	n, err := r.RowsAffected()
	if err != nil {
		return 0, classify(err)
	}
	return n, nil
}

func (d *sqlite) Query(ctx context.Context, text string, args ...any) (Rows, error) {
	r, err := d.query(ctx, text, args)
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (d *sqlite) QueryRow(ctx context.Context, dst []any, text string, args ...any) error {
	r, err := d.query(ctx, text, args)
	if err != nil {
		return err
	}
	found := r.Next()
	if found {
		err = r.Scan(dst...)
		// a change with a returning clause is only finished when it is read to
		// its end
		for !readsOnly(text) && r.Next() {
		}
	}
	if e := r.Err(); err == nil {
		err = e
	}
	if e := r.Close(); err == nil {
		err = e
	}
	if err == nil && !found {
		return ErrNoRows
	}
	return err
}

func (d *sqlite) query(ctx context.Context, text string, args []any) (*rows, error) {
	d.queries.Add(1)
	values, err := encodeArgs(args)
	if err != nil {
		return nil, err
	}
	defer values.free()
	if t := d.tx(ctx); t != nil {
		if err := t.enter(ctx); err != nil {
			return nil, err
		}
		r, err := d.write.query(ctx, text, values.args)
		if err != nil {
			err = d.fail(ctx, err)
			t.doom(err)
			t.leave()
			return nil, err
		}
		open := newRows(ctx, d, r, t)
		t.hold(open)
		return open, nil
	}
	if err := d.ready(ctx); err != nil {
		return nil, err
	}
	if readsOnly(text) {
		st, err := d.reads.take(ctx, text)
		if err != nil {
			return nil, d.fail(ctx, err)
		}
		defer d.reads.done(st)
		r, err := st.QueryContext(ctx, values.args...)
		if err != nil {
			return nil, d.fail(ctx, err)
		}
		return newRows(ctx, d, r, nil), nil
	}
	if err := d.write.take(ctx); err != nil {
		return nil, err
	}
	var r *sql.Rows
	if err := d.write.patiently(ctx, func() (err error) {
		r, err = d.write.query(ctx, text, values.args)
		return err
	}); err != nil {
		d.write.release()
		return nil, err
	}
	held := newRows(ctx, d, r, nil)
	held.turn = true
	return held, nil
}
