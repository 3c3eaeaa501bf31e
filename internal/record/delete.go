package record

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// Delete removes the row with the id, or marks it deleted when the record is
// soft-deleted. A version other than zero must be the row's. A row that others
// refer to is a Conflict that says by how many of what.
func (p *Plan) Delete(ctx context.Context, a *Access, id, version int64) error {
	a = a.orSystem()
	w, err := p.writing(a, p.NewRow())
	if err != nil {
		return err
	}
	err = p.db.Tx(ctx, func(ctx context.Context) error { return w.delete(ctx, id, version) })
	return p.failed(ctx, a, nil, err)
}

func (w *writing) delete(ctx context.Context, id, version int64) error {
	p := w.p
	if err := p.load(ctx, w.a, store.ToDelete, id, w.base, Mask{}); err != nil {
		return err
	}
	if was := p.version(w.base); version != 0 && version != was {
		return p.stale(w.a, id, version, was)
	}
	return w.remove(ctx)
}

// remove deletes the row that was loaded, in the transaction of ctx. Every
// deletion passes here.
func (w *writing) remove(ctx context.Context) error {
	p, id, was := w.p, w.p.id(w.base), w.p.version(w.base)
	if err := p.unreferenced(ctx, w.a, id); err != nil {
		return err
	}
	if err := w.observe(ctx, object.Deleted, nil); err != nil {
		return err
	}
	args := []any{id, was}
	if p.rec.SoftDeleted {
		args = []any{w.now, w.now, w.a.User, id, was}
	}
	n, err := p.db.Exec(store.Brief(ctx), p.deleteSQL, args...)
	if kind, ok := store.KindOf(err); ok && kind == store.ForeignKey {
		return p.fail(w.a, object.Conflict, "the %s cannot be deleted: rows that were deleted before still refer to it", p.noun())
	}
	if err != nil {
		return err
	}
	if n == 0 {
		return p.overtaken(ctx, w.a, id, was)
	}
	return w.conclude(ctx, object.Deleted, nil, nil)
}

// unreferenced refuses a row that rows of other records refer to, whether the
// user sees them or not. Only those that the user sees are counted for them.
func (p *Plan) unreferenced(ctx context.Context, a *Access, id int64) error {
	var who []string
	unseen := false
	for _, b := range p.backs {
		n, err := b.p.referring(ctx, system, b.i, id)
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		seen, err := b.p.seenReferring(ctx, a, b.i, id)
		if err != nil {
			return err
		}
		unseen = unseen || seen < n
		if seen > 0 {
			who = append(who, fmt.Sprintf("%d %s", seen, b.p.nouns(seen)))
		}
	}
	if unseen {
		who = append(who, "rows that you may not see")
	}
	if len(who) == 0 {
		return nil
	}
	return p.fail(a, object.Conflict, "the %s cannot be deleted: it is referred to by %s", p.noun(), strings.Join(who, " and "))
}

// referring counts the rows that the access reaches whose column refers to id.
func (p *Plan) referring(ctx context.Context, a *Access, column int, id int64) (n int64, err error) {
	w, err := p.newWhere(a)
	if err != nil {
		return 0, err
	}
	w.and()
	w.b.WriteString(p.cols[column].name + " = ?")
	w.args = append(w.args, id)
	err = p.db.QueryRow(ctx, []any{&n}, "SELECT count(*) FROM "+p.table+w.b.String(), w.args...)
	return n, err
}

// seenReferring is referring for who reaches the rows through another record.
func (p *Plan) seenReferring(ctx context.Context, from *Access, column int, id int64) (int64, error) {
	a, err := from.related(p.o)
	if errors.Is(err, object.Denied) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if f := p.cols[column].f; a.Hidden.Has(column) || f.Hidden || f.Secret {
		return 0, nil
	}
	return p.referring(ctx, a, column, id)
}
