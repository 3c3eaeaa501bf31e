package record

import (
	"context"
	"strconv"
	"strings"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// Bounds of an aggregate.
const (
	maxGroupBy = 8
	maxFigures = 20
	// MaxGroups is how many rows an aggregate without a limit has at most.
	MaxGroups = 10_000
)

// Aggregate calls each with the values of every group, as Columns of the
// aggregate has them: nil, string, int64, float64, bool, decimal.Decimal,
// time.Time, time.Duration or object.Date. It says whether there are more groups
// than the limit. Without a limit more than MaxGroups are an error.
func (p *Plan) Aggregate(ctx context.Context, a *Access, q *object.Aggregate, each func(values []any) error) (more bool, err error) {
	a = a.orSystem()
	g, err := p.aggregation(a, q)
	if err != nil {
		return false, err
	}
	limit := q.Limit
	if limit == 0 {
		limit = MaxGroups
	}
	text, args, err := g.statement(q, limit)
	if err != nil {
		return false, err
	}
	rows, err := p.db.Query(ctx, text, args...)
	if err != nil {
		return false, p.overflow(ctx, a, err)
	}
	defer rows.Close()
	row := g.row()
	for n := 0; rows.Next(); n++ {
		if n == limit {
			if q.Limit == 0 {
				return false, p.fail(a, object.Invalid, "there are more than %d groups; narrow the query or give it a limit", MaxGroups)
			}
			return true, nil
		}
		values, err := row.read(rows)
		if err != nil {
			return false, p.overflow(ctx, a, err)
		}
		if err := each(values); err != nil {
			return false, err
		}
	}
	return false, p.overflow(ctx, a, rows.Err())
}

// overflow says what the databases say in their own ways when a sum does not fit.
func (p *Plan) overflow(ctx context.Context, a *Access, err error) error {
	if kind, ok := store.KindOf(err); ok && kind == store.Range {
		return p.fail(a, object.Invalid, "a sum is too large to be exact; narrow the query")
	}
	return p.failed(ctx, a, nil, err)
}

// aggregation is an aggregate, compiled.
type aggregation struct {
	p    *Plan
	a    *Access
	outs []*output // groups first
	by   map[*object.Field]*output
}

func (p *Plan) aggregation(a *Access, q *object.Aggregate) (*aggregation, error) {
	if len(q.Groups) > maxGroupBy || len(q.Figures) > maxFigures {
		return nil, p.fail(a, object.Invalid, "an aggregate has at most %d groups and %d figures", maxGroupBy, maxFigures)
	}
	if len(q.Groups)+len(q.Figures) == 0 {
		return nil, p.fail(a, object.Invalid, "an aggregate names no group and no figure")
	}
	if q.Limit < 0 {
		return nil, p.fail(a, object.Invalid, "a limit is at least 1")
	}
	g := &aggregation{p: p, a: a, by: map[*object.Field]*output{}}
	for i, f := range q.Columns() {
		if group := i < len(q.Groups); group != (f.Func == object.FuncGroup) {
			return nil, p.fail(a, object.Invalid, "a group stands among the figures, or a figure among the groups")
		}
		o, err := p.output(a, f)
		if err != nil {
			return nil, err
		}
		g.outs = append(g.outs, o)
		g.by[f.Self()] = o
	}
	return g, nil
}

// statement writes the aggregate as SQL. Groups are named by their position, so
// that the arguments of row security within them are written once.
func (g *aggregation) statement(q *object.Aggregate, limit int) (string, []any, error) {
	p := g.p
	var text strings.Builder
	var args []any
	text.WriteString("SELECT ")
	position := 0
	for i, o := range g.outs {
		if i > 0 {
			text.WriteString(", ")
		}
		text.WriteString(o.name)
		args = append(args, o.args...)
		o.position = position + 1
		position++
		if o.figure.Func == object.FuncAvg { // worked out from its sum and its count
			text.WriteString(", count(" + o.of + ")")
			position++
		}
	}
	text.WriteString(" FROM " + p.table + " AS " + outer)
	w, err := p.newWhere(g.a)
	if err != nil {
		return "", nil, err
	}
	if err := w.query(g.a, &q.Query); err != nil {
		return "", nil, err
	}
	for i := range q.Groups {
		sep := ", "
		if i == 0 {
			sep = " GROUP BY "
		}
		w.b.WriteString(sep + strconv.Itoa(g.outs[i].position))
	}
	if err := g.having(w, q.Having); err != nil {
		return "", nil, err
	}
	if err := g.orderBy(w, q); err != nil {
		return "", nil, err
	}
	w.b.WriteString(" LIMIT ?")
	args = append(append(args, w.args...), int64(limit)+1)
	if len(args) > maxArgs {
		return "", nil, p.fail(g.a, object.Invalid, "the query has more than %d values", maxArgs)
	}
	return text.String() + w.b.String(), args, nil
}

// having writes the conditions on figures. Their columns are expressions.
func (g *aggregation) having(w *where, conds []object.Cond) error {
	if len(conds) == 0 {
		return nil
	}
	w.figures = g.by
	defer func() { w.figures = nil }()
	w.b.WriteString(" HAVING ")
	return w.group(&object.Cond{Op: object.OpAnd, Kids: conds}, 0)
}

// figure writes a condition on a figure.
func (w *where) figure(c *object.Cond) error {
	o := w.figures[c.Field]
	if o == nil || o.figure.Func == object.FuncGroup {
		return w.p.fail(w.a, object.Invalid, "groups are chosen by their figures; choose rows before they are grouped")
	}
	if o.figure.Func == object.FuncAvg {
		return w.p.fieldError(o.f.Column, "operator", "is an average; choose groups by their sums, counts, smallest or largest")
	}
	return w.compare(&o.column, c.Op, c.Value)
}

// orderBy ends the sort with the groups, so that it is the same on all databases.
func (g *aggregation) orderBy(w *where, q *object.Aggregate) error {
	sort := make([]object.Order, 0, len(q.Sort)+len(q.Groups))
	sort = append(sort, q.Sort...)
	for _, f := range q.Groups {
		sort = append(sort, object.Order{Field: f.Self()})
	}
	seen := map[*output]bool{}
	for _, s := range sort {
		o := g.by[s.Field]
		if o == nil {
			return g.p.fail(g.a, object.Invalid, "a sort names no group and no figure of the aggregate")
		}
		if seen[o] {
			continue
		}
		sep := ", "
		if len(seen) == 0 {
			sep = " ORDER BY "
		}
		seen[o] = true
		if o.figure.Func == object.FuncAvg {
			w.b.WriteString(sep + "avg(" + o.of + ")")
		} else {
			w.b.WriteString(sep + strconv.Itoa(o.position))
		}
		if s.Desc {
			w.b.WriteString(" DESC NULLS LAST")
		} else {
			w.b.WriteString(" NULLS FIRST")
		}
	}
	return nil
}
