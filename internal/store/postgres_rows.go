package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

// postgresRows reads the rows of a query.
type postgresRows struct {
	ctx    context.Context
	d      *postgres
	c      *connection
	tx     *transaction // the rows are open in
	plan   *plan
	reader *pgconn.ResultReader
	ahead  bool // a row was read that Next has not come to
	closed bool
	err    error
}

// open runs the statement up to its first row: what is wrong with it is known
// then.
func (r *postgresRows) open(c *connection, text string, args []any) error {
	reader, plan, err := c.start(r.ctx, text, args)
	if err != nil {
		return err
	}
	r.c, r.plan, r.reader = c, plan, reader
	if r.ahead = reader.NextRow(); !r.ahead {
		_, err = reader.Close()
	}
	return err
}

// Next implements Rows.
func (r *postgresRows) Next() bool {
	switch {
	case r.closed || r.err != nil:
		return false
	case r.ahead:
		r.ahead = false
		return true
	case r.reader.NextRow():
		return true
	}
	_, err := r.reader.Close()
	r.note(err)
	return false
}

// Scan implements Rows.
func (r *postgresRows) Scan(dst ...any) error {
	if r.closed {
		return &Error{Kind: Invalid, Text: "the rows are closed"}
	}
	return r.plan.scan(r.reader.Values(), dst)
}

// scan decodes a row.
func (p *plan) scan(values [][]byte, dst []any) error {
	if len(values) != len(dst) {
		return &Error{Kind: Invalid, Text: fmt.Sprintf("a row has %d columns, but there are %d destinations", len(values), len(dst))}
	}
	for i, to := range dst {
		if err := decode(p.is.Fields[i].DataTypeOID, values[i], to); err != nil {
			return err
		}
	}
	return nil
}

// Err implements Rows.
func (r *postgresRows) Err() error { return r.err }

// Close implements Rows.
func (r *postgresRows) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	_, err := r.reader.Close()
	if r.err == nil {
		r.note(err)
	} else {
		err = nil // Err has told it
	}
	if r.tx != nil {
		r.tx.leave()
	} else {
		r.c.release()
	}
	if err != nil {
		return r.err
	}
	return nil
}

func (r *postgresRows) note(err error) {
	if err == nil || r.err != nil {
		return
	}
	r.err = r.d.fail(r.ctx, err)
	if r.tx != nil {
		r.tx.doom(r.err)
	}
}
