package webhook

import (
	"context"

	"github.com/apposengine/appos/internal/secret"
	"github.com/apposengine/appos/internal/store"
)

// Secrets is the vault of the secrets of webhooks, for the rotation of keys.
func Secrets(db store.DB) secret.Vault { return vault{db} }

type vault struct{ db store.DB }

func (vault) Name() string { return "the secrets of webhooks" }

// Reseal seals every secret anew, in one transaction: they are few. It waits for
// changes that are under way.
func (v vault) Reseal(ctx context.Context, again func([]byte, secret.Place) ([]byte, bool, error)) (n int, err error) {
	err = v.db.Tx(ctx, func(ctx context.Context) error {
		if v.db.Dialect() == store.PostgreSQL { // SQLite has one writer anyway
			if _, err := v.db.Exec(ctx, `LOCK TABLE appos_webhook IN SHARE ROW EXCLUSIVE MODE`); err != nil {
				return err
			}
		}
		for _, column := range []string{"secret", "old_secret"} {
			sealed, err := v.sealed(ctx, column)
			if err != nil {
				return err
			}
			for id, was := range sealed {
				fresh, changed, err := again(was, place(id, column))
				if err != nil {
					return err
				}
				if !changed {
					continue
				}
				n++
				if _, err := v.db.Exec(ctx, `UPDATE appos_webhook SET `+column+` = ? WHERE id = ?`, fresh, id); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return n, err
}

func (v vault) sealed(ctx context.Context, column string) (map[int64][]byte, error) {
	rows, err := v.db.Query(ctx, `SELECT id, `+column+` FROM appos_webhook WHERE `+column+` IS NOT NULL`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[int64][]byte{}
	for rows.Next() {
		var id int64
		var b []byte
		if err := rows.Scan(&id, &b); err != nil {
			return nil, err
		}
		all[id] = append([]byte(nil), b...)
	}
	return all, rows.Err()
}
