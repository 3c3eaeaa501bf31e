package store

import (
	"context"
	"database/sql"
	"database/sql/driver"

	sqlitedriver "modernc.org/sqlite"
)

// connector opens connections of the driver that database/sql can be told of a
// transaction that was begun without it.
type connector struct {
	dsn  string
	turn *writer // whose turn has to be taken by what changes something; nil: the caller has it
}

// Connect implements driver.Connector.
func (c connector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.Driver().Open(c.dsn)
	if err != nil {
		return nil, err
	}
	joined := &joinedConn{driverConn: conn.(driverConn)}
	if c.turn == nil {
		return joined, nil
	}
	return &besideConn{joinedConn: joined, turn: c.turn}, nil
}

// Driver implements driver.Connector.
func (connector) Driver() driver.Driver { return &sqlitedriver.Driver{} }

// driverConn is what database/sql asks of a connection.
type driverConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// joinedConn begins no transaction where the context says that there is one.
type joinedConn struct{ driverConn }

type joinKey struct{}

// BeginTx implements driver.ConnBeginTx.
func (c *joinedConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	if ctx.Value(joinKey{}) != nil {
		return joinedTx{}, nil
	}
	return c.driverConn.BeginTx(ctx, o)
}

// joinedTx is a transaction that somebody else ends.
type joinedTx struct{}

func (joinedTx) Commit() error   { return nil }
func (joinedTx) Rollback() error { return nil }

// join is the writer's transaction as one of database/sql.
func (w *writer) join(ctx context.Context) (*sql.Tx, error) {
	// the transaction ends when its owner says so, whatever becomes of ctx
	return w.conn.BeginTx(context.WithValue(context.WithoutCancel(ctx), joinKey{}, true), nil)
}

// beside opens the pool that takes turns with the writer.
func (d *sqlite) beside() (*sql.DB, error) {
	d.besideMu.Lock()
	defer d.besideMu.Unlock()
	if d.closed.Load() {
		return nil, &Error{Kind: Gone, Text: "it was closed"}
	}
	if d.besides == nil {
		d.besides = sql.OpenDB(connector{dsn: d.dsn, turn: d.write})
		d.besides.SetMaxOpenConns(1)
	}
	return d.besides, nil
}
