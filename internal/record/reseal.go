package record

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/apposengine/appos/internal/secret"
	"github.com/apposengine/appos/internal/store"
)

// Vault is the vault of the fields that are kept encrypted, in all databases with
// records, for the rotation of keys.
func (r *Records) Vault() secret.Vault { return vault{r} }

type vault struct{ r *Records }

func (vault) Name() string { return "the encrypted fields of records" }

// Reseal seals the values of all rows anew, those of deleted ones too. Rows that
// are done are skipped when it is called again.
func (v vault) Reseal(ctx context.Context, again func([]byte, secret.Place) ([]byte, bool, error)) (n int, err error) {
	for _, p := range v.r.plans {
		if len(p.sealed) == 0 {
			continue
		}
		m, err := p.reseal(ctx, again)
		n += m
		if err != nil {
			return n, fmt.Errorf("%s: %w", p.o.Ref, err)
		}
	}
	return n, nil
}

// resealRows is how many rows are read at once.
const resealRows = 256

// reseal passes over the table until a pass finds nothing to do: transactions
// that sealed with the old key may have ended behind the one before.
func (p *Plan) reseal(ctx context.Context, again func([]byte, secret.Place) ([]byte, bool, error)) (total int, err error) {
	for n := 1; n > 0; total += n {
		n = 0
		if err := p.awaitWriters(ctx); err != nil {
			return total, err
		}
		for id, more := int64(0), true; more; {
			rows, err := p.sealedAfter(ctx, id)
			if err != nil {
				return total + n, err
			}
			for _, row := range rows {
				m, err := p.resealRow(ctx, row, again)
				if n += m; err != nil {
					return total + n, err
				}
				id = row.id
			}
			more = len(rows) == resealRows
		}
	}
	return total, nil
}

// awaitWriters returns when the transactions that have written to the table are
// over. SQLite has one writer.
func (p *Plan) awaitWriters(ctx context.Context) error {
	return p.db.Tx(ctx, func(ctx context.Context) error {
		if p.db.Dialect() != store.PostgreSQL {
			return nil
		}
		_, err := p.db.Exec(ctx, "LOCK TABLE "+p.table+" IN SHARE MODE")
		return err
	})
}

// sealedRow are the sealed values of a row, by position in Plan.sealed; nil is null.
type sealedRow struct {
	id     int64
	values [][]byte
}

// sealedAfter reads the next rows that have sealed values, by id.
func (p *Plan) sealedAfter(ctx context.Context, id int64) ([]sealedRow, error) {
	names := make([]string, len(p.sealed))
	for j, i := range p.sealed {
		names[j] = p.cols[i].name
	}
	rows, err := p.db.Query(ctx, `SELECT "id", `+strings.Join(names, ", ")+" FROM "+p.table+
		` WHERE "id" > ? AND (`+strings.Join(names, " IS NOT NULL OR ")+` IS NOT NULL) ORDER BY "id" LIMIT ?`, id, resealRows)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []sealedRow
	for rows.Next() {
		row := sealedRow{values: make([][]byte, len(names))}
		dst := []any{&row.id}
		for j := range row.values {
			dst = append(dst, &row.values[j])
		}
		if err := rows.Scan(dst...); err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, errors.Join(rows.Err(), rows.Close())
}

// resealRow seals the values of a row anew, where they are still those that were
// read: somebody else's change stays. It is one statement by itself, so that it
// waits for nobody while others wait for it.
func (p *Plan) resealRow(ctx context.Context, row sealedRow, again func([]byte, secret.Place) ([]byte, bool, error)) (n int, err error) {
	var set, where []string
	var fresh, old []any
	for j, i := range p.sealed {
		if row.values[j] == nil {
			continue
		}
		c := &p.cols[i]
		sealed, changed, err := again(row.values[j], c.seal.at)
		var at *secret.Error
		if errors.As(err, &at) {
			return 0, p.at(at, row.id, c)
		}
		if err != nil {
			return 0, err
		}
		if changed {
			set, where = append(set, c.name+" = ?"), append(where, " AND "+c.name+" = ?")
			fresh, old = append(fresh, sealed), append(old, row.values[j])
		}
	}
	if set == nil {
		return 0, nil
	}
	args := append(slices.Concat(fresh, []any{row.id}), old...)
	rows, err := p.db.Exec(ctx, "UPDATE "+p.table+" SET "+strings.Join(set, ", ")+` WHERE "id" = ?`+strings.Join(where, ""), args...)
	return int(rows) * len(set), err
}
