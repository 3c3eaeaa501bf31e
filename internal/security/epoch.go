package security

import (
	"context"
	"time"

	"github.com/apposengine/appos/internal/store"
)

// ensureEpoch makes sure of the one row and returns its secret.
func ensureEpoch(ctx context.Context, db store.DB, now time.Time) ([]byte, error) {
	var secret []byte
	read := func() error {
		return db.QueryRow(ctx, []any{&secret}, `SELECT secret FROM appos_security_epoch WHERE id = 1`)
	}
	err := read()
	if err != store.ErrNoRows {
		return secret, err
	}
	if _, err := db.Exec(ctx, `INSERT INTO appos_security_epoch (id, epoch, secret) VALUES (1, ?, ?) ON CONFLICT DO NOTHING`,
		now.UnixMicro(), randomBytes(32)); err != nil {
		return nil, err
	}
	return secret, read() // another node may have been first
}

// bump moves the epoch and, until the transaction ends, keeps others from doing
// so: changes of users, groups and permissions happen one after the other.
//
// An epoch is at least the time in microseconds, so that one that was seen
// before a database was restored from a backup does not come again.
func bump(ctx context.Context, db store.DB, now time.Time) (int64, error) {
	var epoch int64
	at := now.UnixMicro()
	err := db.QueryRow(ctx, []any{&epoch}, `UPDATE appos_security_epoch
		SET epoch = CASE WHEN epoch >= ? THEN epoch + 1 ELSE ? END WHERE id = 1 RETURNING epoch`, at, at)
	return epoch, err
}

// change runs f in a transaction that moves the epoch.
func (p *Permissions) change(ctx context.Context, f func(context.Context) error) error {
	return p.db.Tx(ctx, func(ctx context.Context) error {
		epoch, err := bump(ctx, p.db, p.now())
		if err != nil {
			return err
		}
		p.db.AfterCommit(ctx, func() { p.outdate(epoch) })
		return f(ctx)
	})
}

// apart is ctx without its values, above all without its transaction: what is
// kept in memory must never come from rows that may yet be rolled back.
func apart(ctx context.Context) context.Context { return valueless{ctx} }

type valueless struct{ context.Context }

func (valueless) Value(any) any { return nil }
