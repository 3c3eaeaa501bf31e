package store

import (
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// The functions of this file are the door for a library that brings SQL of its
// own and asks for the driver's types, such as the queue of background jobs. They
// are for that and nothing else: what passes here is not counted, not kept
// prepared and has the driver's errors.

// SQLTx hands f the transaction that ctx has on a SQLite database, as database/sql
// has it. What f does in it is stored or undone with the rest; to commit it or to
// roll it back has no effect. An error of f, which is returned as it is, keeps the
// transaction from being stored. The database itself cannot be used in f.
func SQLTx(ctx context.Context, db DB, f func(*sql.Tx) error) error {
	d, ok := unwrapped(db).(*sqlite)
	if !ok {
		return &Error{Kind: Invalid, Text: "the database is not SQLite"}
	}
	return d.native(ctx, func(*transaction) error {
		tx, err := d.write.join(ctx)
		if err != nil {
			return d.fail(ctx, err)
		}
		defer tx.Commit() // tells database/sql only
		return f(tx)
	})
}

// SQLPool is a SQLite database as database/sql has it, on one connection beside
// those of the DB. What changes something takes turns with the DB's own writes, so
// that neither waits in vain for the other's lock; within a transaction of the DB
// that would be to wait for oneself, and is refused with an Invalid error. The pool
// is closed with the DB.
func SQLPool(db DB) (*sql.DB, error) {
	d, ok := unwrapped(db).(*sqlite)
	if !ok {
		return nil, &Error{Kind: Invalid, Text: "the database is not SQLite"}
	}
	return d.beside()
}

// PgxTx is SQLTx for PostgreSQL. A transaction begun in the one that f gets is a
// savepoint of it.
func PgxTx(ctx context.Context, db DB, f func(pgx.Tx) error) error {
	d, ok := unwrapped(db).(*postgres)
	if !ok {
		return &Error{Kind: Invalid, Text: "the database is not PostgreSQL"}
	}
	return d.native(ctx, func(t *transaction) error {
		return f(&pgxTx{on: t.session.(*connection).held.Conn()})
	})
}

// PgxPool is a pool of at most max connections to a PostgreSQL database, beside
// those of the DB and with the same settings. None is made before it is needed. The
// pool is made once, and closed with the DB.
func PgxPool(ctx context.Context, db DB, max int) (*pgxpool.Pool, error) {
	d, ok := unwrapped(db).(*postgres)
	if !ok {
		return nil, &Error{Kind: Invalid, Text: "the database is not PostgreSQL"}
	}
	return d.beside(ctx, max)
}

// unwrapped is the database itself, whatever group it is in.
func unwrapped(db DB) DB {
	for {
		m, ok := db.(*member)
		if !ok {
			return db
		}
		db = m.DB
	}
}

// native lets f at the connection of the transaction of ctx, alone.
func (s *transactions) native(ctx context.Context, f func(*transaction) error) error {
	t := s.tx(ctx)
	if t == nil {
		return &Error{Kind: Invalid, Text: "there is no transaction"}
	}
	if err := t.enter(ctx); err != nil {
		return err
	}
	defer t.leave()
	err := f(t)
	if err != nil {
		t.doom(err)
	}
	return err
}
