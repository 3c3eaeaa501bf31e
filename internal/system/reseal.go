package system

import (
	"context"

	"github.com/apposengine/appos/internal/secret"
	"github.com/apposengine/appos/internal/store"
)

// Credentials is the vault of the credentials of connected systems, for the
// rotation of keys.
func Credentials(db store.DB) secret.Vault { return credentials{db} }

type credentials struct{ db store.DB }

func (credentials) Name() string { return "the credentials of connected systems" }

// Reseal seals every credential anew, in one transaction: they are few. It waits
// for changes that are under way: they begin with the table that it locks.
func (c credentials) Reseal(ctx context.Context, again func([]byte, secret.Place) ([]byte, bool, error)) (n int, err error) {
	err = c.db.Tx(ctx, func(ctx context.Context) error {
		if c.db.Dialect() == store.PostgreSQL { // SQLite has one writer anyway
			if _, err := c.db.Exec(ctx, `LOCK TABLE appos_system IN SHARE ROW EXCLUSIVE MODE`); err != nil {
				return err
			}
		}
		all, err := c.sealed(ctx)
		if err != nil {
			return err
		}
		for _, e := range all {
			fresh, changed, err := again(e.sealed, e.place())
			if err != nil {
				return err
			}
			if !changed {
				continue
			}
			n++
			if _, err := c.db.Exec(ctx, `UPDATE appos_system_setting SET sealed = ? WHERE system = ? AND environment = ? AND name = ?`, fresh, e.system, e.env, e.key); err != nil {
				return err
			}
		}
		// servers read them anew
		_, err = c.db.Exec(ctx, `UPDATE appos_system SET revision = revision + 1`)
		return err
	})
	return n, err
}

func (c credentials) sealed(ctx context.Context) ([]entry, error) {
	rows, err := c.db.Query(ctx, `SELECT system, environment, name, sealed FROM appos_system_setting WHERE sealed IS NOT NULL`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []entry
	for rows.Next() {
		var e entry
		if err := rows.Scan(&e.system, &e.env, &e.key, &e.sealed); err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, rows.Err()
}
