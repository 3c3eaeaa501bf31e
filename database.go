package appos

import (
	"strconv"
	"time"
)

// Database is a connected system of type database. Fields that are zero have
// the platform's defaults, or in [In] the value of the other environments. What
// a database cannot do is refused at boot, with the reason.
type Database struct {
	// URL is postgres://host:5432/name or sqlite:path, without user and password.
	URL  string
	Pool Pool

	ConnectTimeout   time.Duration // of one connection; 5 s
	StatementTimeout time.Duration // the longest a statement may run, on PostgreSQL; no limit
	ApplicationName  string        // what PostgreSQL lists its sessions as; appos

	// SSLMode is PostgreSQL's: disable, allow, prefer, require, verify-ca or
	// verify-full; prefer. The others are paths of PEM files.
	SSLMode, SSLRootCert, SSLCert, SSLKey string
}

// Pool is the connections to a database. On SQLite, which has one writer, only
// Size counts: it is the readers.
type Pool struct {
	Min         int           // connections kept open though nobody uses them; 0
	Size        int           // connections at once; 10
	MaxOverflow int           // more than Size, for peaks; 0
	Timeout     time.Duration // how long to wait for a connection when all are in use; 10 s
	Recycle     time.Duration // a connection older than this is replaced; 1 h
	Idle        time.Duration // a connection unused for this long is closed; 5 min
}

func (Database) system() string { return "database" }

func (d Database) values() map[string]string {
	v := values{}
	v.text("url", d.URL)
	v.number("pool_min", d.Pool.Min)
	v.number("pool_size", d.Pool.Size)
	v.number("pool_max_overflow", d.Pool.MaxOverflow)
	v.duration("pool_timeout", d.Pool.Timeout)
	v.duration("pool_recycle", d.Pool.Recycle)
	v.duration("pool_idle", d.Pool.Idle)
	v.duration("connect_timeout", d.ConnectTimeout)
	v.duration("statement_timeout", d.StatementTimeout)
	v.text("application_name", d.ApplicationName)
	v.text("sslmode", d.SSLMode)
	v.text("sslrootcert", d.SSLRootCert)
	v.text("sslcert", d.SSLCert)
	v.text("sslkey", d.SSLKey)
	return v
}

// values collects the settings that are set.
type values map[string]string

func (v values) text(key, s string) {
	if s != "" {
		v[key] = s
	}
}

func (v values) number(key string, n int) {
	if n != 0 {
		v[key] = strconv.Itoa(n)
	}
}

func (v values) duration(key string, d time.Duration) {
	if d != 0 {
		v[key] = d.String()
	}
}
