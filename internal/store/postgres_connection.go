package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// connection is one connection to the server, with the statements that are
// prepared on it. Who has acquired it has it alone.
type connection struct {
	d    *postgres
	held *pgxpool.Conn // while it is acquired
	pg   *pgconn.PgConn
	*plans
	arguments
}

// connectionKey is where pgx keeps our side of a connection.
const connectionKey = "appos"

// connected gets a new connection ready.
func (d *postgres) connected(_ context.Context, conn *pgx.Conn) error {
	pg := conn.PgConn()
	pg.CustomData()[connectionKey] = &connection{d: d, pg: pg, plans: newPlans(d.schema.Load())}
	return nil
}

// acquire waits for a connection; give it back with release.
func (d *postgres) acquire(ctx context.Context) (*connection, error) {
	if err := d.slot(ctx); err != nil {
		return nil, err
	}
	held, err := d.pool.Acquire(ctx)
	if err != nil {
		<-d.slots
		return nil, d.fail(ctx, err)
	}
	c := held.Conn().PgConn().CustomData()[connectionKey].(*connection)
	c.held = held
	return c, nil
}

// slot waits until fewer connections than there may be are in use.
func (d *postgres) slot(ctx context.Context) error {
	select {
	case d.slots <- struct{}{}:
		return nil
	default:
	}
	timer := time.NewTimer(d.patient)
	defer timer.Stop()
	select {
	case d.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return canceled(ctx)
	case <-timer.C:
		return &Error{Kind: Busy, Text: "all connections are in use; does a call inside a transaction or between rows use another connection, or is database.pool.max too small?"}
	}
}

// release gives the connection back. One that is broken, or in a transaction, is
// closed.
func (c *connection) release() {
	d, held := c.d, c.held
	c.held = nil
	held.Release()
	<-d.slots
}

// suspicious says whether a connection that was unused must be asked whether it
// is alive: the server has something to say that nobody asked for, such as that
// it ended the connection, or a while has passed in which the network may have
// forgotten it.
func suspicious(_ context.Context, p pgxpool.ShouldPingParams) bool {
	return p.IdleDuration > time.Minute || readable(p.Conn.PgConn().Conn(), p.IdleDuration)
}
