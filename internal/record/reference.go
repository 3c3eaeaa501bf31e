package record

import (
	"context"
	"errors"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// checkReference refuses a reference to a row that does not exist, is deleted,
// or that the user may not see, all with the same words.
func (w *writing) checkReference(ctx context.Context, i int) error {
	c := &w.p.cols[i]
	id, ok := w.args[i].(int64)
	if !ok {
		return nil // null
	}
	if id == 0 && !c.f.Optional {
		return w.p.fieldError(c.f.Column, "required", "is required")
	}
	target := w.p.records.byType[c.f.Target]
	found, err := target.exists(ctx, w.a, id)
	if err != nil {
		return err
	}
	if !found {
		return w.p.dangling(c, target, id)
	}
	return nil
}

// dangling is the error of a reference to a row that the user does not reach.
func (p *Plan) dangling(c *column, target *Plan, id int64) error {
	return p.fieldError(c.f.Column, "exists", "refers to no %s with id %d", target.noun(), id)
}

// exists says whether there is a row with the id that the access to another
// record reaches. It stays until the transaction ends.
func (p *Plan) exists(ctx context.Context, from *Access, id int64) (bool, error) {
	a, err := from.related(p.o)
	if errors.Is(err, object.Denied) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	w := where{p: p, any: true, args: []any{id}}
	w.b.WriteString(p.existsSQL)
	if err := w.rows(a); err != nil {
		return false, err
	}
	w.b.WriteString(p.db.Dialect().Lock(store.ToReference))
	var one int
	err = p.db.QueryRow(store.Brief(ctx), []any{&one}, w.b.String(), w.args...)
	if errors.Is(err, store.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// ByIDs loads the rows with the ids that the access reaches: pointers to
// structs, by id. Others are missing.
func (p *Plan) ByIDs(ctx context.Context, a *Access, ids []int64) (map[int64]any, error) {
	found := make(map[int64]any, len(ids))
	err := p.inChunks(ctx, a.orSystem(), 0, object.FieldID, ids, a.orSystem().Hidden, func() any { return p.NewRow() }, func(row any) error {
		found[p.ID(row)] = row
		return nil
	})
	return found, err
}

// Labels returns what names the rows with the ids that the access reaches: the
// display field, or the id where that is hidden.
func (p *Plan) Labels(ctx context.Context, a *Access, ids []int64) (map[int64]string, error) {
	rows, err := p.ByIDs(ctx, a, ids)
	if err != nil {
		return nil, err
	}
	labels := make(map[int64]string, len(rows))
	for id, row := range rows {
		labels[id] = p.Label(row, a.orSystem().Hidden)
	}
	return labels, nil
}

// Label is what names a row for people: its display field, or its noun and id
// where that is hidden or empty.
func (p *Plan) Label(row any, hidden Mask) string {
	f := p.rec.DisplayField()
	if i, ok := p.byField[f]; ok && !hidden.Has(i) && !f.Hidden && !f.Secret && i != object.FieldID {
		if s := FormatValue(f, p.Value(row, f.Column)); s != "" {
			return s
		}
	}
	return object.Humanize(p.o.Name) + " " + FormatValue(p.cols[object.FieldID].f, p.ID(row))
}

// chunk bounds the ids of one query.
const chunk = 512

// inChunks reads the rows whose column is one of ids, by id.
func (p *Plan) inChunks(ctx context.Context, a *Access, lock store.RowLock, i int, ids []int64, hidden Mask, blank func() any, each func(row any) error) error {
	seen := make(map[int64]bool, len(ids))
	var args []any
	for _, id := range ids {
		if !seen[id] && id != 0 {
			seen[id] = true
			args = append(args, id)
		}
	}
	for len(args) > 0 {
		n := min(chunk, len(args))
		if err := p.inChunk(ctx, a, lock, i, args[:n], hidden, blank, each); err != nil {
			return err
		}
		args = args[n:]
	}
	return nil
}

func (p *Plan) inChunk(ctx context.Context, a *Access, lock store.RowLock, i int, ids []any, hidden Mask, blank func() any, each func(row any) error) error {
	w, err := p.newWhere(a)
	if err != nil {
		return err
	}
	w.and()
	w.list(p.cols[i].name, ids)
	w.b.WriteString(` ORDER BY "id"` + p.db.Dialect().Lock(lock))
	rows, err := p.db.Query(ctx, p.selectSQL+w.b.String(), w.args...)
	if err != nil {
		return p.failed(ctx, a, nil, err)
	}
	defer rows.Close()
	b := p.takeBuffer()
	defer p.giveBuffer(b)
	for rows.Next() {
		row := blank()
		base, err := p.base(row)
		if err != nil {
			return err
		}
		if err := p.scan(rows, base, b, hidden); err != nil {
			return p.failed(ctx, a, nil, err)
		}
		if err := each(row); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return p.failed(ctx, a, nil, err)
	}
	return p.failed(ctx, a, nil, rows.Close())
}
