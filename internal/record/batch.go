package record

import (
	"context"
	"slices"
	"strings"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// Many rows are inserted with statements for 64, 32, … 1 of them, so that a
// handful of compiled statements serves every number. More rows a statement gain
// nothing that can be measured.
const batchRows = 64

// batchSQL are the texts of one insert for 1, 2, 4 … batchRows rows.
type batchSQL []string

// batchArgs bounds the arguments of a statement; SQLite takes 32,766.
const batchArgs = 32_000

// newBatchSQL completes head, which ends in VALUES, for rows of so many columns.
func newBatchSQL(head string, columns int, tail string) batchSQL {
	row := "(?" + strings.Repeat(", ?", columns-1) + ")"
	var all batchSQL
	for n := 1; n <= batchRows && n*columns <= batchArgs; n *= 2 {
		all = append(all, head+row+strings.Repeat(", "+row, n-1)+tail)
	}
	return all
}

// each calls f for the texts that together insert n rows, with the number of rows
// before and of the text.
func (s batchSQL) each(n int, f func(text string, from, rows int) error) error {
	for from := 0; from < n; {
		at := len(s) - 1
		for 1<<at > n-from {
			at--
		}
		if err := f(s[at], from, 1<<at); err != nil {
			return err
		}
		from += 1 << at
	}
	return nil
}

// insert stores new rows that are checked, in their order, in the transaction of
// ctx. Every creation passes here.
func (p *Plan) insert(ctx context.Context, a *Access, rows []*writing) error {
	if err := p.insertRows(ctx, rows); err != nil {
		return err
	}
	if err := p.within(ctx, a, rows); err != nil {
		return err
	}
	if len(rows) == 1 {
		return rows[0].conclude(ctx, object.Created, nil, nil)
	}
	p.announceCreated(ctx, rows)
	if p.rec.Audited {
		if err := p.auditCreated(ctx, a, rows); err != nil {
			return err
		}
	}
	for _, w := range rows {
		if err := w.observe(ctx, object.Created, nil); err != nil {
			return err
		}
		if err := w.tell(ctx, object.Created, nil); err != nil {
			return err
		}
	}
	return nil
}

func (p *Plan) insertRows(ctx context.Context, rows []*writing) error {
	if len(rows) == 1 {
		args, err := p.storedArgs(rows[0].args)
		if err != nil {
			return err
		}
		return p.db.QueryRow(store.Brief(ctx), []any{p.idAt(rows[0].base)}, p.insertSQL[0], args[1:]...)
	}
	var args []any
	return p.insertSQL.each(len(rows), func(text string, from, n int) error {
		part := rows[from : from+n]
		args = args[:0]
		for _, w := range part {
			row, err := p.storedArgs(w.args)
			if err != nil {
				return err
			}
			args = append(args, row[1:]...)
		}
		ids, err := store.Integers(ctx, p.db, text, args...)
		if err != nil {
			return err
		}
		// ids are given out in the order of the rows, but may be returned in another
		slices.Sort(ids)
		for i, w := range part {
			*p.idAt(w.base) = ids[i]
		}
		return nil
	})
}

// within refuses rows that do not meet the row conditions; they must not have
// been written.
func (p *Plan) within(ctx context.Context, a *Access, rows []*writing) error {
	if len(a.Rows) == 0 {
		return nil
	}
	for part := range slices.Chunk(rows, chunk) {
		ids := make([]any, len(part))
		for i, w := range part {
			ids[i] = p.id(w.base)
		}
		w := where{p: p}
		w.and()
		w.list(`"id"`, ids)
		if err := w.rows(a); err != nil {
			return err
		}
		var n int
		if err := p.db.QueryRow(store.Brief(ctx), []any{&n}, "SELECT count(*) FROM "+p.table+w.b.String(), w.args...); err != nil {
			return err
		}
		if n != len(part) {
			return p.outside(a)
		}
	}
	return nil
}

// outside is the error of a row that the user would have no access to.
func (p *Plan) outside(a *Access) error {
	return p.fail(a, object.Denied, "the %s would be one that you have no access to", p.noun())
}

// auditCreated notes creations, as auditChange does one by one.
func (p *Plan) auditCreated(ctx context.Context, a *Access, rows []*writing) error {
	var args []any
	return p.auditSQL.each(len(rows), func(text string, from, n int) error {
		args = args[:0]
		for _, w := range rows[from : from+n] {
			args = append(args, p.id(w.base), p.version(w.base), "create", nil, nil, nil, string(p.summary(w.base)), a.User, w.now, a.ExecutionID)
		}
		_, err := p.db.Exec(ctx, text, args...)
		return err
	})
}
