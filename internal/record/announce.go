package record

import (
	"context"
	"slices"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// Announce has f told of the rows that are changed from now on, once their
// change is stored and never when it is not: by whom and how they were changed
// makes no difference. f is called by who changed them and must return at once;
// the rows of one call are of one record, in the order of their changes, and may
// be kept. Call it before rows are used.
func (r *Records) Announce(f func(o *object.Object, rows []object.RowChange)) { r.announce = f }

// announce tells that rows were changed, when the transaction of ctx is stored.
func (p *Plan) announce(ctx context.Context, rows ...object.RowChange) {
	if f := p.records.announce; f != nil {
		p.db.AfterCommit(ctx, func() { f(p.o, rows) })
	}
}

// changeOf is what happened to the row that was written.
func (w *writing) changeOf(on object.Change) object.RowChange {
	return object.RowChange{ID: w.p.id(w.base), Version: w.p.version(w.base), On: on}
}

// announceCreated tells of many rows at once: their transaction remembers one
// thing, not one a row.
func (p *Plan) announceCreated(ctx context.Context, rows []*writing) {
	if p.records.announce == nil {
		return
	}
	created := make([]object.RowChange, len(rows))
	for i, w := range rows {
		created[i] = w.changeOf(object.Created)
	}
	p.announce(ctx, created...)
}

// IDs are those of the rows that the query selects, sorted, up to limit; more
// says that there are others. The query's page and order do not matter.
func (p *Plan) IDs(ctx context.Context, a *Access, q *object.Query, limit int) (ids []int64, more bool, err error) {
	a = a.orSystem()
	f, err := p.finder(a, &object.Query{Where: q.Where, Search: q.Search, Limit: limit}, true)
	if err != nil {
		return nil, false, err
	}
	ids, err = store.Integers(ctx, p.db, f.statements[0].text, append(f.statements[0].args, int64(limit)+1)...)
	if err != nil {
		return nil, false, p.failed(ctx, a, nil, err)
	}
	if more = len(ids) > limit; more {
		ids = ids[:limit]
	}
	slices.Sort(ids)
	return ids, more, nil
}
