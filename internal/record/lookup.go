package record

import (
	"context"
	"errors"
	"slices"
	"unsafe"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// DB is the database that the record's rows are in.
func (p *Plan) DB() store.DB { return p.db }

// Target returns the plan of the record that a reference leads to, and what the
// access reaches of it; a record that it reaches nothing of is Denied.
func (p *Plan) Target(a *Access, f *object.Field) (*Plan, *Access, error) {
	target := p.records.byType[f.Target]
	if target == nil {
		return nil, nil, p.fail(a, object.Internal, "%s refers to no record", f.Column)
	}
	ta, err := a.orSystem().related(target.o)
	return target, ta, err
}

// IDsBy returns the ids of the rows that the access reaches and in which the
// field has one of the values, by FormatValue of the value. The values are as
// ParseValue returns them, none nil. A value may belong to several rows.
func (p *Plan) IDsBy(ctx context.Context, a *Access, f *object.Field, values []any) (map[string][]int64, error) {
	a = a.orSystem()
	i, err := p.fieldOf(f, a.Hidden, false)
	if err != nil {
		return nil, err
	}
	found := make(map[string][]int64, len(values))
	base, err := p.base(p.NewRow())
	if err != nil {
		return nil, err
	}
	for part := range slices.Chunk(values, chunk) {
		if err := p.idsBy(ctx, a, &p.cols[i], part, base, found); err != nil {
			return nil, p.failed(ctx, a, nil, err)
		}
	}
	return found, nil
}

func (p *Plan) idsBy(ctx context.Context, a *Access, c *column, values []any, base unsafe.Pointer, found map[string][]int64) error {
	w, err := p.newWhere(a)
	if err != nil {
		return err
	}
	w.and()
	if err := w.in(c, values); err != nil {
		return err
	}
	rows, err := p.db.Query(ctx, `SELECT "id", `+c.name+" FROM "+p.table+w.b.String(), w.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	b := p.takeBuffer()
	defer p.giveBuffer(b)
	var id int64
	dst := []any{&id, c.dst(base, b)}
	for rows.Next() {
		if err := rows.Scan(dst...); err != nil {
			return err
		}
		if slices.Contains(p.buffered, p.byField[c.f]) {
			if err := c.take(base, b); err != nil {
				return err
			}
		}
		key := FormatValue(c.f, c.value(base))
		found[key] = append(found[key], id)
	}
	return errors.Join(rows.Err(), rows.Close())
}

// Reset gives the field with the column of a row its default, or makes it zero.
func (p *Plan) Reset(row any, column string) error {
	base, err := p.base(row)
	if err != nil {
		return err
	}
	i, ok := p.byColumn[column]
	if !ok {
		return p.unknown(column, Mask{})
	}
	c := &p.cols[i]
	c.clear(base)
	if c.byDefault == nil {
		return nil
	}
	return c.set(base, c.byDefault)
}
