package store

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// oldestPostgres is the first version of PostgreSQL that works.
const oldestPostgres = 13

// postgres is a database of a PostgreSQL server, over a pool of connections. It
// stands on pgx's connections and its wire protocol, but encodes, decodes and
// keeps statements itself: the types of a column and of what it is read into are
// known here, and finding them out with every value costs more than the value.
type postgres struct {
	pool    *pgxpool.Pool
	slots   chan struct{} // one for every connection in use
	patient time.Duration // how long to wait for a slot
	at      string        // the server, for errors; without user and password
	closed  atomic.Bool
	transactions

	besideMu sync.Mutex
	besides  *pgxpool.Pool // see PgxPool

	schema  atomic.Uint64 // grows when prepared statements have become out of date
	uniques sync.Map      // name of an index → []string, its columns

	queries, execs, retries, prepared atomic.Uint64
}

var _ DB = (*postgres)(nil)

func openPostgres(ctx context.Context, url string, o Options) (DB, error) {
	config, err := postgresConfig(url, o)
	if err != nil {
		return nil, err
	}
	d := &postgres{
		slots:   make(chan struct{}, config.MaxConns),
		patient: cmp.Or(o.AcquireTimeout, busyTimeout),
		at:      fmt.Sprintf("%s:%d", config.ConnConfig.Host, config.ConnConfig.Port),
	}
	if strings.HasPrefix(config.ConnConfig.Host, "/") {
		d.at = config.ConnConfig.Host
	}
	d.transactions.db = d
	config.AfterConnect = d.connected
	config.ShouldPing = suspicious
	if d.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, d.fail(ctx, err)
	}
	if err := d.greet(ctx); err != nil {
		_ = d.Close() // the first error says more
		return nil, err
	}
	return d, nil
}

// greet makes the first connection and refuses a server that cannot serve.
func (d *postgres) greet(ctx context.Context) error {
	c, err := d.acquire(ctx)
	if err != nil {
		return err
	}
	defer c.release()
	version := c.pg.ParameterStatus("server_version")
	major, _, _ := strings.Cut(version, ".")
	if n, err := strconv.Atoi(major); err == nil && n < oldestPostgres {
		return &Error{Kind: Invalid, Text: fmt.Sprintf("the server is PostgreSQL %s; version %d or newer is needed", version, oldestPostgres)}
	}
	if encoding := c.pg.ParameterStatus("server_encoding"); encoding != "UTF8" {
		return &Error{Kind: Invalid, Text: fmt.Sprintf("the database has the encoding %s; make one with ENCODING 'UTF8'", encoding)}
	}
	return nil
}

// Dialect implements DB.
func (d *postgres) Dialect() Dialect { return PostgreSQL }

// Ping implements DB.
func (d *postgres) Ping(ctx context.Context) error {
	var one int
	return d.QueryRow(ctx, []any{&one}, "SELECT 1")
}

// Stats implements DB.
func (d *postgres) Stats() Stats {
	return Stats{
		Writers: int(d.pool.Stat().TotalConns()), Busy: len(d.slots),
		Queries: d.queries.Load(), Execs: d.execs.Load(), Commits: d.commits.Load(),
		Rollbacks: d.rollbacks.Load(), Retries: d.retries.Load(), Prepared: d.prepared.Load(),
	}
}

// Close implements DB.
func (d *postgres) Close() error {
	if !d.closed.Swap(true) {
		d.besideMu.Lock()
		if d.besides != nil {
			d.besides.Close()
		}
		d.besideMu.Unlock()
		d.pool.Close()
	}
	return nil
}

// ready refuses the use of a closed database.
func (d *postgres) ready(ctx context.Context) error {
	if d.closed.Load() {
		return &Error{Kind: Gone, Text: "it was closed"}
	}
	return canceled(ctx)
}
