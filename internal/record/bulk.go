package record

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// MaxBulk is how many rows UpdateAll and DeleteAll take at most: they are one
// transaction, which others wait for.
const MaxBulk = 100_000

// bulkRows is how many rows are checked and written together.
const bulkRows = 512

// CreateAll stores n rows in one transaction, each as Create does. The error of
// a row names it in the paths of its fields, as "[3].email".
func (p *Plan) CreateAll(ctx context.Context, a *Access, n int, row func(i int) any) error {
	a = a.orSystem()
	rows := make([]any, n)
	for i := range rows {
		rows[i] = row(i)
	}
	err := p.db.Tx(ctx, func(ctx context.Context) error {
		for from := 0; from < n; from += bulkRows {
			errs, err := p.createEach(ctx, a, rows[from:min(from+bulkRows, n)], nil)
			if err != nil {
				return err
			}
			if i := slices.IndexFunc(errs, isError); i >= 0 {
				return ofRow(from+i, errs[i])
			}
			if err := p.Grown(ctx, from, from+len(errs)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		for _, row := range rows {
			if base, e := p.base(row); e == nil {
				*p.idAt(base) = 0
			}
		}
	}
	return p.failed(ctx, a, nil, err)
}

// Grown is called while many rows are created: with how many there were so far,
// before and after some more. PostgreSQL keeps plans of statements that it made
// when the table was empty, which read the whole table, until it looks at the
// table again; a bulk has filled it before it does so by itself.
func (p *Plan) Grown(ctx context.Context, before, after int) error {
	if p.db.Dialect() != store.PostgreSQL {
		return nil
	}
	for at := 1_000; at <= after; at *= 4 {
		if before < at {
			_, err := p.db.Exec(ctx, "ANALYZE "+p.table)
			return err
		}
	}
	return nil
}

func isError(err error) bool { return err != nil }

// ofRow names the row of a list in the fields of its error.
func ofRow(i int, err error) error {
	e := *object.AsError(err)
	e.Fields = slices.Clone(e.Fields)
	for j := range e.Fields {
		e.Fields[j].Field = fmt.Sprintf("[%d].%s", i, e.Fields[j].Field)
	}
	if len(e.Fields) == 0 {
		e.Text = fmt.Sprintf("[%d]: %s", i, e.Public())
	}
	return &e
}

// CreateEach stores those of the rows that are good, each as Create does, and
// says what is wrong with the others: the first errors are theirs, by position,
// nil where the row was stored. With the last nothing is.
func (p *Plan) CreateEach(ctx context.Context, a *Access, rows []any) ([]error, error) {
	return p.CreateEachSet(ctx, a, rows, nil)
}

// CreateEachSet is CreateEach where it is known which fields of each row were
// given a value; see CreateSet. A nil set knows of none.
func (p *Plan) CreateEachSet(ctx context.Context, a *Access, rows []any, set []Mask) ([]error, error) {
	a = a.orSystem()
	errs := make([]error, 0, len(rows))
	err := p.db.Tx(ctx, func(ctx context.Context) error {
		for part := range slices.Chunk(rows, bulkRows) {
			var sets []Mask
			if set != nil {
				sets = set[len(errs):][:len(part)]
			}
			more, err := p.createEach(ctx, a, part, sets)
			if err != nil {
				return err
			}
			errs = append(errs, more...)
		}
		return nil
	})
	return errs, p.failed(ctx, a, nil, err)
}

func (p *Plan) createEach(ctx context.Context, a *Access, rows []any, set []Mask) ([]error, error) {
	b := newBatch(p, a, len(rows))
	for i, row := range rows {
		w, err := p.writing(a, row)
		if err != nil {
			return nil, err
		}
		if set != nil {
			w.set = set[i]
		}
		b.rows[i], b.errs[i] = w, w.prepare()
	}
	if err := b.check(ctx); err != nil {
		return nil, err
	}
	good := make([]*writing, 0, len(rows))
	for i, w := range b.rows {
		if b.errs[i] == nil {
			good = append(good, w)
		} else if w != nil {
			*p.idAt(w.base) = 0
		}
	}
	if len(good) == 0 {
		return b.errs, nil
	}
	if err := p.insert(ctx, a, good); err != nil {
		return nil, err
	}
	for _, w := range good {
		p.hide(w.base, a.Hidden)
	}
	return b.errs, nil
}

// Changed is what UpdateEach did with a row.
type Changed struct {
	Stored bool  // false when nothing differed, and with an error
	Err    error // why the row is as it was
}

// UpdateEach has change change the rows with the ids, and stores those that are
// good, each as Update does. change is told the position of the id; its error is
// the row's. A row that the access does not reach is NotFound.
func (p *Plan) UpdateEach(ctx context.Context, a *Access, ids []int64, change func(i int, row any) error) ([]Changed, error) {
	return p.UpdateEachSet(ctx, a, ids, func(i int, row any) (Mask, error) { return Mask{}, change(i, row) })
}

// UpdateEachSet is UpdateEach where it is known which fields of each row were
// given a value; see UpdateSet.
func (p *Plan) UpdateEachSet(ctx context.Context, a *Access, ids []int64, change func(i int, row any) (Mask, error)) ([]Changed, error) {
	a = a.orSystem()
	all := make([]Changed, 0, len(ids))
	err := p.db.Tx(ctx, func(ctx context.Context) error {
		for part := range slices.Chunk(ids, bulkRows) {
			from := len(all)
			more, err := p.updateEach(ctx, a, part, func(i int, row any) (Mask, error) { return change(from+i, row) })
			if err != nil {
				return err
			}
			all = append(all, more...)
		}
		return nil
	})
	return all, p.failed(ctx, a, nil, err)
}

func (p *Plan) updateEach(ctx context.Context, a *Access, ids []int64, change func(i int, row any) (Mask, error)) ([]Changed, error) {
	loaded, err := p.loadAll(ctx, a, store.ToUpdate, ids)
	if err != nil {
		return nil, err
	}
	b := newBatch(p, a, len(ids))
	b.changed = make([][]int, len(ids))
	for i, id := range ids {
		w := loaded[id]
		if w == nil {
			b.errs[i] = p.notFound(a, id)
			continue
		}
		delete(loaded, id) // an id that comes again finds what the first one left
		b.rows[i] = w
		b.changed[i], b.errs[i] = w.change(func() (Mask, error) { return change(i, w.row) })
	}
	if err := b.check(ctx); err != nil {
		return nil, err
	}
	result := make([]Changed, len(ids))
	for i, w := range b.rows {
		result[i].Err = b.errs[i]
		if b.errs[i] != nil || len(b.changed[i]) == 0 {
			continue
		}
		if err := w.save(ctx, b.changed[i]); err != nil {
			return nil, p.failed(ctx, a, w.base, err)
		}
		result[i].Stored = true
	}
	return result, nil
}

// loadAll loads the rows with the ids, whole, for what lock says.
func (p *Plan) loadAll(ctx context.Context, a *Access, lock store.RowLock, ids []int64) (map[int64]*writing, error) {
	found := make(map[int64]*writing, len(ids))
	err := p.inChunks(ctx, a, lock, object.FieldID, ids, Mask{}, p.NewRow, func(row any) error {
		w, err := p.writing(a, row)
		if err == nil {
			found[p.id(w.base)] = w
		}
		return err
	})
	return found, err
}

// UpdateAll has change change every row that the query selects, and stores what
// differs, in one transaction; with an error nothing is stored. The rows are
// chosen before the first is changed. It returns how many were stored.
//
// More than MaxBulk rows are Invalid.
func (p *Plan) UpdateAll(ctx context.Context, a *Access, q *object.Query, change func(row any) error) (n int, err error) {
	a = a.orSystem()
	err = p.db.Tx(ctx, func(ctx context.Context) error {
		n = 0
		return p.eachSelected(ctx, a, q, func(ids []int64) error {
			done, err := p.updateEach(ctx, a, ids, func(_ int, row any) (Mask, error) { return Mask{}, change(row) })
			if err != nil {
				return err
			}
			for i := range done {
				if errors.Is(done[i].Err, object.NotFound) {
					continue // somebody deleted it meanwhile
				}
				if done[i].Err != nil {
					return p.ofID(ids[i], done[i].Err)
				}
				if done[i].Stored {
					n++
				}
			}
			return nil
		})
	})
	if err != nil {
		n = 0
	}
	return n, p.failed(ctx, a, nil, err)
}

// DeleteAll deletes every row that the query selects, each as Delete does, in one
// transaction; with an error nothing is deleted. It returns how many there were.
//
// More than MaxBulk rows are Invalid.
func (p *Plan) DeleteAll(ctx context.Context, a *Access, q *object.Query) (n int, err error) {
	a = a.orSystem()
	err = p.db.Tx(ctx, func(ctx context.Context) error {
		n = 0
		return p.eachSelected(ctx, a, q, func(ids []int64) error {
			loaded, err := p.loadAll(ctx, a, store.ToDelete, ids)
			if err != nil {
				return err
			}
			for _, id := range ids {
				w := loaded[id]
				if w == nil {
					continue // it went with another
				}
				if err := w.remove(ctx); err != nil {
					return p.ofID(id, p.failed(ctx, a, w.base, err))
				}
				n++
			}
			return nil
		})
	})
	if err != nil {
		n = 0
	}
	return n, p.failed(ctx, a, nil, err)
}

// eachSelected calls f for the ids of the rows that the query selects, in its
// order, bulkRows at a time.
func (p *Plan) eachSelected(ctx context.Context, a *Access, q *object.Query, f func(ids []int64) error) error {
	bounded := *q
	if bounded.Limit == 0 || bounded.Limit > MaxBulk {
		bounded.Limit = MaxBulk
	}
	find, err := p.finder(a, &bounded, true)
	if err != nil {
		return err
	}
	ids, err := store.Integers(ctx, p.db, find.statements[0].text, append(find.statements[0].args, int64(bounded.Limit)+1)...)
	if err != nil {
		return err
	}
	if len(ids) > MaxBulk && q.Limit != MaxBulk {
		return p.fail(a, object.Invalid, "more than %d %s are meant; narrow the query, or give it a limit and repeat", MaxBulk, p.nouns(2))
	}
	for part := range slices.Chunk(ids[:min(len(ids), bounded.Limit)], bulkRows) {
		if err := f(part); err != nil {
			return err
		}
	}
	return nil
}

// ofID names the row in its error.
func (p *Plan) ofID(id int64, err error) error {
	e := *object.AsError(err)
	e.Text = fmt.Sprintf("%s %d: %s", p.noun(), id, e.Public())
	return &e
}
