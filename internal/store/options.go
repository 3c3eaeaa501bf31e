package store

import (
	"fmt"
	"time"
)

// Options are the settings of a database beside its URL. Zero values are the
// defaults. Those of PostgreSQL mean nothing to SQLite, and the other way round.
type Options struct {
	// Readers is how many connections read a SQLite database at once; it writes
	// on one. The default is 4, or twice the processors where that is more.
	Readers int

	// MaxConns is the most connections to PostgreSQL; the default is 10.
	MaxConns int
	// MinConns is how many connections to PostgreSQL are kept open.
	MinConns int
	// IdleTimeout is how long a connection above MinConns stays unused before it
	// is closed; the default is five minutes.
	IdleTimeout time.Duration
	// MaxLifetime is how long a connection is used at all; the default is an hour.
	MaxLifetime time.Duration
	// ConnectTimeout is how long making a connection may take; the default is 5 s.
	ConnectTimeout time.Duration
	// AcquireTimeout is how long a caller waits while all connections are in use
	// before it gets a Busy error; the default is 10 s.
	AcquireTimeout time.Duration
	// HealthCheckPeriod is how often unused connections are looked through: the
	// old ones are closed, missing ones made; the default is 30 s. One that the
	// server has closed is found before it is used, whatever the period.
	HealthCheckPeriod time.Duration
	// StatementTimeout ends every statement that takes longer with a Canceled
	// error whose cause is context.DeadlineExceeded; the default is no limit
	// beside the caller's context.
	StatementTimeout time.Duration
	// LockTimeout is how long a statement waits for a row or a table that another
	// transaction holds before it fails with a Busy error; the default is 10 s.
	LockTimeout time.Duration
	// ApplicationName is what the server calls the connections in its lists; the
	// default is "appos".
	ApplicationName string
	// SSLMode is "disable", "allow", "prefer", "require", "verify-ca" or
	// "verify-full"; empty is what the URL says, or "prefer".
	SSLMode string
}

// check refuses settings that make no sense.
func (o *Options) check() error {
	switch {
	case o.Readers < 0, o.MaxConns < 0, o.MinConns < 0, o.IdleTimeout < 0, o.MaxLifetime < 0, o.ConnectTimeout < 0, o.AcquireTimeout < 0,
		o.HealthCheckPeriod < 0, o.StatementTimeout < 0, o.LockTimeout < 0:
		return &Error{Kind: Invalid, Text: "a setting of the pool is negative"}
	case o.MaxConns > 0 && o.MinConns > o.MaxConns:
		return &Error{Kind: Invalid, Text: fmt.Sprintf("the pool keeps at least %d connections open, but has at most %d", o.MinConns, o.MaxConns)}
	}
	switch o.SSLMode {
	case "", "disable", "allow", "prefer", "require", "verify-ca", "verify-full":
		return nil
	}
	return &Error{Kind: Invalid, Text: fmt.Sprintf("the SSL mode %q is none of disable, allow, prefer, require, verify-ca, verify-full", o.SSLMode)}
}
