package store

import (
	"cmp"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"
)

// postgresConfig reads the URL and lays the options over it.
func postgresConfig(url string, o Options) (*pgxpool.Config, error) {
	for name, instead := range map[string]string{
		"pool_max_conns": "database.pool.max", "pool_min_conns": "database.pool.min", "default_query_exec_mode": "nothing: statements are always prepared",
	} {
		if strings.Contains(url, name+"=") {
			return nil, &Error{Kind: Invalid, Text: "the database URL has the parameter " + name + ", which is not read; use " + instead}
		}
	}
	if o.SSLMode != "" {
		// the last one wins
		separator := "?"
		if strings.Contains(url, "?") {
			separator = "&"
		}
		url += separator + "sslmode=" + o.SSLMode
	}
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		// pgx's error quotes the URL, and hides the password only where it can
		// tell which part that is
		return nil, &Error{Kind: Invalid, Text: "the database URL cannot be read; it is written as postgres://user:password@host:5432/name?sslmode=verify-full, with % codes for special characters of the password"}
	}
	config.MaxConns = int32(cmp.Or(o.MaxConns, max(10, o.MinConns)))
	config.MinConns = int32(o.MinConns)
	config.MaxConnIdleTime = cmp.Or(o.IdleTimeout, 5*time.Minute)
	config.MaxConnLifetime = cmp.Or(o.MaxLifetime, time.Hour)
	config.MaxConnLifetimeJitter = config.MaxConnLifetime / 10 // not all at once
	config.HealthCheckPeriod = cmp.Or(o.HealthCheckPeriod, 30*time.Second)
	c := config.ConnConfig
	c.ConnectTimeout = cmp.Or(o.ConnectTimeout, 5*time.Second)
	config.PingTimeout = c.ConnectTimeout
	// a server that is gone without a word is noticed by the system
	c.DialFunc = (&net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}}).DialContext
	// the connection outlives the statement that a caller gave up
	c.BuildContextWatcherHandler = func(pg *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: pg, DeadlineDelay: 2 * time.Second}
	}
	ms := func(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
	for name, value := range map[string]string{
		"application_name": cmp.Or(o.ApplicationName, "appos"),
		"client_encoding":  "UTF8",
		"timezone":         "UTC",
		// what transactions rely on, whatever the server's default is
		"default_transaction_isolation": "read committed",
		"lock_timeout":                  ms(cmp.Or(o.LockTimeout, busyTimeout)),
		// a node that is gone without a word keeps its locks no longer than this
		"tcp_keepalives_idle": "30", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "3",
	} {
		if _, given := c.RuntimeParams[name]; !given || name == "application_name" && o.ApplicationName != "" {
			c.RuntimeParams[name] = value
		}
	}
	if o.StatementTimeout > 0 {
		c.RuntimeParams["statement_timeout"] = ms(o.StatementTimeout)
	}
	return config, nil
}
