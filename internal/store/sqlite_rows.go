package store

import (
	"context"
	"database/sql"
	"sync"
)

// rows reads the rows of a query.
type rows struct {
	ctx    context.Context
	d      *sqlite
	rows   *sql.Rows
	tx     *transaction // the rows are open in
	turn   bool         // the rows hold the writer
	closed bool
	err    error
	*cells
}

// cells are destinations that the driver's values are put into, one per column.
// database/sql gives every one the value as it is, without its own conversion.
type cells struct {
	cell []cell
	dst  []any // pointers to cell
}

var cellPool = sync.Pool{New: func() any { return new(cells) }}

func newRows(ctx context.Context, d *sqlite, r *sql.Rows, t *transaction) *rows {
	return &rows{ctx: ctx, d: d, rows: r, tx: t, cells: cellPool.Get().(*cells)}
}

func (r *rows) Next() bool {
	if r.closed || r.err != nil {
		return false
	}
	if r.rows.Next() {
		return true
	}
	r.note(r.rows.Err())
	return false
}

func (r *rows) Scan(dst ...any) error {
	if r.closed {
		return &Error{Kind: Invalid, Text: "the rows are closed"}
	}
	c := r.cells
	if len(c.cell) < len(dst) {
		c.cell = make([]cell, len(dst))
		c.dst = make([]any, len(dst))
		for i := range c.cell {
			c.dst[i] = &c.cell[i]
		}
	}
	for i, to := range dst {
		c.cell[i].to = to
	}
	if err := r.rows.Scan(c.dst[:len(dst)]...); err != nil {
		if e := scanError(err); e != nil {
			return e
		}
		return r.d.fail(r.ctx, err)
	}
	return nil
}

func (r *rows) Err() error { return r.err }

func (r *rows) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	err := r.rows.Close()
	r.note(err)
	if r.tx != nil {
		r.tx.leave()
	}
	if r.turn {
		r.d.write.release()
	}
	clear(r.cell) // keep no pointers to the caller's rows
	cellPool.Put(r.cells)
	if err != nil {
		return r.err
	}
	return nil
}

func (r *rows) note(err error) {
	if err == nil || r.err != nil {
		return
	}
	r.err = r.d.fail(r.ctx, err)
	if r.tx != nil {
		r.tx.doom(r.err)
	}
}
