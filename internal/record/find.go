package record

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"unsafe"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// Page is what Find returns beside the rows.
type Page struct {
	Next     string // the cursor for Query.After; "" when there are no more rows
	Previous string // the cursor for Query.Before; "" on the first page
	Rows     int    // how many there were
}

// Get loads the row with the id into row. A row that does not exist, is deleted
// or is outside of the access is NotFound.
func (p *Plan) Get(ctx context.Context, a *Access, id int64, row any) error {
	a = a.orSystem()
	base, err := p.base(row)
	if err != nil {
		return err
	}
	return p.load(ctx, a, 0, id, base, a.Hidden)
}

// load reads the row with the id, for what lock says.
func (p *Plan) load(ctx context.Context, a *Access, lock store.RowLock, id int64, base unsafe.Pointer, hidden Mask) error {
	return p.loadBy(ctx, a, p.getSQL, lock, id, base, hidden)
}

// loadBy is load with a statement that ends in conditions on the id.
func (p *Plan) loadBy(ctx context.Context, a *Access, text string, lock store.RowLock, id int64, base unsafe.Pointer, hidden Mask) error {
	args := []any{id}
	if len(a.Rows) > 0 {
		w := where{p: p, any: true, args: args}
		w.b.WriteString(text)
		if err := w.rows(a); err != nil {
			return err
		}
		text, args = w.b.String(), w.args
	}
	text += p.db.Dialect().Lock(lock)
	b := p.takeBuffer()
	defer p.giveBuffer(b)
	p.aim(base, b)
	err := p.db.QueryRow(store.Brief(ctx), b.dst, text, args...)
	if errors.Is(err, store.ErrNoRows) {
		return p.notFound(a, id)
	}
	if err == nil {
		err = p.land(base, b, hidden)
	}
	return p.failed(ctx, a, nil, err)
}

// Find calls next for a pointer to a blank struct for every row found, and fills
// it; the pointer need only be good until the following next. Without a limit
// there is one page.
func (p *Plan) Find(ctx context.Context, a *Access, q *object.Query, next func() any) (Page, error) {
	a = a.orSystem()
	f, err := p.finder(a, q, false)
	if err != nil {
		return Page{}, err
	}
	if f.backwards || len(q.With) > 0 {
		return f.buffered(ctx, q, next)
	}
	more, err := f.read(ctx, next)
	if err != nil {
		return Page{}, err
	}
	page := Page{Rows: f.n}
	if more {
		page.Next = f.last
	}
	if q.After != "" && f.n > 0 {
		page.Previous = f.first
	}
	return page, nil
}

// finder is one query under way.
type finder struct {
	p          *Plan
	a          *Access
	terms      []term
	statements []statement
	limit      int
	backwards  bool

	n           int
	first, last string // cursors
	ranked      bool   // the selection ends with the value of the first term
	rank        int64  // of the row that was read last

	firstRank int64
}

// finder prepares a query for whole rows, or for their ids alone.
func (p *Plan) finder(a *Access, q *object.Query, ids bool) (*finder, error) {
	f := &finder{p: p, a: a, limit: q.Limit, backwards: q.Before != ""}
	if q.Limit < 0 {
		return nil, p.fail(a, object.Invalid, "a limit is at least 1")
	}
	if f.backwards && q.After != "" {
		return nil, p.fail(a, object.Invalid, "a query goes after one cursor or before one, not both")
	}
	var err error
	if f.terms, err = p.terms(a, q); err != nil {
		return nil, err
	}
	w, err := p.newWhere(a)
	if err != nil {
		return nil, err
	}
	if err := w.query(a, q); err != nil {
		return nil, err
	}
	var place []any
	if cursor := q.After + q.Before; cursor != "" {
		if place, err = p.place(a, f.terms, cursor); err != nil {
			return nil, err
		}
	}
	selection, args := p.selectSQL, []any(nil)
	switch first := f.terms[0]; {
	case ids: // a page of which is not asked for, nor the best first
		if place != nil {
			return nil, p.fail(a, object.Invalid, "a change of many rows begins at no cursor")
		}
		selection = `SELECT "id" FROM ` + p.table
		if first.position > 0 {
			f.terms = f.terms[1:]
		}
	case first.position > 0:
		f.ranked = true
		from := " FROM " + p.table
		selection, args = strings.TrimSuffix(p.selectSQL, from)+", "+first.c.name+from, first.args
	}
	f.statements = w.page(selection, args, f.terms, place, f.backwards, f.limit > 0)
	return f, nil
}

// read reads a page and says whether there are more rows.
func (f *finder) read(ctx context.Context, next func() any) (more bool, err error) {
	for _, s := range f.statements {
		if more, err = f.run(ctx, s, next); more || err != nil {
			return more, err
		}
	}
	return false, nil
}

func (f *finder) run(ctx context.Context, s statement, next func() any) (more bool, err error) {
	p, args := f.p, s.args
	if f.limit > 0 { // one more says whether there is a next page
		args = append(args, int64(f.limit-f.n)+1)
	}
	rows, err := p.db.Query(ctx, s.text, args...)
	if err != nil {
		return false, p.failed(ctx, f.a, nil, err)
	}
	defer rows.Close()
	b := p.takeBuffer()
	defer p.giveBuffer(b)
	var extra []any
	if f.ranked {
		extra = []any{&f.rank}
	}
	for rows.Next() {
		if f.limit > 0 && f.n == f.limit {
			more = true
			break
		}
		base, err := p.base(next())
		if err != nil {
			return false, err
		}
		if err := p.scan(rows, base, b, f.a.Hidden, extra...); err != nil {
			return false, p.failed(ctx, f.a, nil, err)
		}
		if f.n++; f.n == 1 {
			f.firstRank = f.rank
		}
		if f.limit == 0 {
			continue
		}
		if f.n == 1 {
			f.first = p.cursor(f.terms, base, f.rank)
		}
		if f.n == f.limit {
			f.last = p.cursor(f.terms, base, f.rank)
		}
	}
	if err := rows.Err(); err != nil {
		return false, p.failed(ctx, f.a, nil, err)
	}
	if err := rows.Close(); err != nil {
		return false, p.failed(ctx, f.a, nil, err)
	}
	return more, nil
}

// buffered reads the page into rows of its own first: to turn it round, or to
// load relations into it.
func (f *finder) buffered(ctx context.Context, q *object.Query, next func() any) (Page, error) {
	p := f.p
	var rows []any
	more, err := f.read(ctx, func() any {
		rows = append(rows, p.NewRow())
		return rows[len(rows)-1]
	})
	if err != nil {
		return Page{}, err
	}
	if f.backwards {
		for i, j := 0, len(rows)-1; i < j; i, j = i+1, j-1 {
			rows[i], rows[j] = rows[j], rows[i]
		}
	}
	page := Page{Rows: len(rows)}
	if len(rows) > 0 {
		first, _ := p.base(rows[0])
		last, _ := p.base(rows[len(rows)-1])
		firstRank, lastRank := f.firstRank, f.rank
		if f.backwards {
			firstRank, lastRank = lastRank, firstRank
		}
		if f.backwards && more || q.After != "" {
			page.Previous = p.cursor(f.terms, first, firstRank)
		}
		if f.backwards || more {
			page.Next = p.cursor(f.terms, last, lastRank)
		}
	}
	for _, name := range q.With {
		if err := p.loadRelation(ctx, f.a, name, rows, 0); err != nil {
			return Page{}, err
		}
	}
	for _, row := range rows {
		to := next()
		if _, err := p.base(to); err != nil {
			return Page{}, err
		}
		reflect.ValueOf(to).Elem().Set(reflect.ValueOf(row).Elem())
	}
	return page, nil
}

// Count returns how many rows the query selects, whatever its page. It stops
// counting at limit; 0 is no limit.
func (p *Plan) Count(ctx context.Context, a *Access, q *object.Query, limit int) (int, error) {
	a = a.orSystem()
	w, err := p.newWhere(a)
	if err != nil {
		return 0, err
	}
	if err := w.query(a, q); err != nil {
		return 0, err
	}
	text := "SELECT count(*) FROM " + p.table + w.b.String()
	if limit > 0 {
		text = "SELECT count(*) FROM (SELECT 1 FROM " + p.table + w.b.String() + " LIMIT ?) AS counted"
		w.args = append(w.args, limit)
	}
	var n int
	if err := p.db.QueryRow(ctx, []any{&n}, text, w.args...); err != nil {
		return 0, p.failed(ctx, a, nil, err)
	}
	return n, nil
}
