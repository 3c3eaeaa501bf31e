package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// begin begins a transaction on a connection of its own.
func (d *postgres) begin(ctx context.Context) (session, error) {
	c, err := d.outside(ctx, true, func(c *connection) error {
		_, err := c.simple(ctx, "BEGIN")
		return err
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// commit implements session.
func (c *connection) commit(ctx context.Context) error {
	tag, err := c.simple(ctx, "COMMIT")
	switch {
	case err != nil && c.pg.IsClosed():
		return &Error{Kind: Gone, Text: c.d.at + " went away while it stored a transaction; whether it did is not known", Err: errors.New(reason(err))}
	case err != nil:
		return c.d.fail(ctx, err)
	case tag.String() == "ROLLBACK":
		return &Error{Kind: Aborted, Text: "nothing was stored"}
	}
	return nil
}

// rollback implements session. A connection that does not answer is closed, which
// rolls back too.
func (c *connection) rollback() {
	if c.pg.IsClosed() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_, _ = c.simple(ctx, "ROLLBACK") // release looks at what became of it
}

// simple runs statements without arguments, unprepared.
func (c *connection) simple(ctx context.Context, text string) (tag pgconn.CommandTag, err error) {
	results := c.pg.Exec(ctx, text)
	for results.NextResult() {
		tag, _ = results.ResultReader().Close() // Close below has the error too
	}
	return tag, results.Close()
}
