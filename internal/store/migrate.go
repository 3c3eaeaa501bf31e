package store

import (
	"context"
	"fmt"
	"time"
)

// migrateTimeout is how long a migration waits for another that runs; that of a
// large table takes its time.
const migrateTimeout = 15 * time.Minute

// migrateLock is the advisory lock of migrations on PostgreSQL. Locks are per
// database.
const migrateLock = 0x6170706f73

// migrate runs f in a transaction that begins otherwise than others.
func (s *transactions) migrate(ctx context.Context, begin func(context.Context) (session, error), f func(context.Context) error) error {
	if s.tx(ctx) != nil {
		return &Error{Kind: Invalid, Text: "a migration within a transaction"}
	}
	t := &transaction{of: s}
	if err := t.run(ctx, begin, f); err != nil {
		return err
	}
	for _, hook := range t.after {
		hook()
	}
	return nil
}

// Migrate implements DB. Whoever has begun to write is alone on SQLite.
func (d *sqlite) Migrate(ctx context.Context, f func(context.Context) error) error {
	return d.migrate(ctx, d.beginMigration, func(ctx context.Context) error {
		if err := f(ctx); err != nil {
			return err
		}
		return d.checkReferences(ctx)
	})
}

// sqliteMigration is the writer's connection while the schema changes.
type sqliteMigration struct{ *writer }

// beginMigration turns references off before the transaction begins: within it
// that has no effect, and a table that is rebuilt would take the rows of others
// with it. The connection does not survive the migration.
func (d *sqlite) beginMigration(ctx context.Context) (session, error) {
	if err := d.write.take(ctx); err != nil {
		return nil, err
	}
	failed := func(err error) (session, error) {
		d.write.abandon()
		d.write.release()
		return nil, err
	}
	if _, err := d.write.exec(ctx, "PRAGMA foreign_keys = OFF", nil); err != nil {
		return failed(d.fail(ctx, err))
	}
	for began := time.Now(); ; {
		err := d.write.patiently(ctx, func() error {
			_, err := d.write.exec(ctx, "BEGIN IMMEDIATE", nil)
			return err
		})
		if err == nil {
			return sqliteMigration{d.write}, nil
		}
		if kind, _ := KindOf(err); kind != Busy || time.Since(began) > migrateTimeout {
			return failed(err)
		}
	}
}

// release implements session. A connection that has had its settings changed is
// not given to others: the next one is fresh.
func (m sqliteMigration) release() {
	if m.conn != nil {
		m.abandon()
	}
	m.writer.release()
}

// checkReferences finds rows that reference what is not there.
func (d *sqlite) checkReferences(ctx context.Context) error {
	rows, err := d.Query(ctx, "PRAGMA foreign_key_check")
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		return rows.Err()
	}
	var table, parent string
	var row *int64
	var key int64
	if err := rows.Scan(&table, &row, &parent, &key); err != nil {
		return err
	}
	text := fmt.Sprintf("a row references one of %q that is not there", parent)
	if row != nil {
		text = fmt.Sprintf("row %d references one of %q that is not there", *row, parent)
	}
	return &Error{Kind: ForeignKey, Table: table, Text: text}
}

// Migrate implements DB.
func (d *postgres) Migrate(ctx context.Context, f func(context.Context) error) error {
	return d.migrate(ctx, d.begin, func(ctx context.Context) error {
		// waits for other migrations first, however long they take, and then not
		// long for those who use a table
		for _, text := range []string{
			fmt.Sprintf("SET LOCAL lock_timeout = %d", migrateTimeout.Milliseconds()),
			"SET LOCAL statement_timeout = 0",
			fmt.Sprintf("DO $$ BEGIN PERFORM pg_advisory_xact_lock(%d); END $$", int64(migrateLock)),
			"SET LOCAL lock_timeout = '30s'",
		} {
			if _, err := d.Exec(ctx, text); err != nil {
				return err
			}
		}
		return f(ctx)
	})
}
