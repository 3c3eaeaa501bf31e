package record

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/wire"
)

// batch is several rows that are written together. What the database would find
// wrong with one of them ends the transaction of all, so references and values
// that must be unique are looked up before, in one query for all rows each.
type batch struct {
	p       *Plan
	a       *Access
	rows    []*writing // nil where there is none to write
	errs    []error    // by row
	changed [][]int    // the columns that updates change; nil for creations
}

func newBatch(p *Plan, a *Access, n int) *batch {
	return &batch{p: p, a: a, rows: make([]*writing, n), errs: make([]error, n)}
}

// writes says whether the row is still to be written, and the column with it.
func (b *batch) writes(row, column int) bool {
	if b.rows[row] == nil || b.errs[row] != nil {
		return false
	}
	return b.changed == nil || slices.Contains(b.changed[row], column)
}

// check notes the rows that cannot be stored.
func (b *batch) check(ctx context.Context) error {
	for _, i := range b.p.refs {
		if err := b.references(ctx, i); err != nil {
			return err
		}
	}
	for _, columns := range b.p.uniques {
		if err := b.unique(ctx, columns); err != nil {
			return err
		}
	}
	return nil
}

// references checks one reference of all rows.
func (b *batch) references(ctx context.Context, i int) error {
	c := &b.p.cols[i]
	target := b.p.records.byType[c.f.Target]
	asked := map[int64][]int{} // id → rows
	for row, w := range b.rows {
		if !b.writes(row, i) {
			continue
		}
		id, ok := w.args[i].(int64)
		switch {
		case !ok: // null
		case id == 0 && !c.f.Optional:
			b.errs[row] = b.p.fieldError(c.f.Column, "required", "is required")
		default:
			asked[id] = append(asked[id], row)
		}
	}
	if len(asked) == 0 {
		return nil
	}
	ids := make([]any, 0, len(asked))
	for id := range asked {
		ids = append(ids, id)
	}
	there, err := target.there(ctx, b.a, ids)
	if err != nil {
		return err
	}
	for _, id := range there {
		delete(asked, id)
	}
	for id, rows := range asked {
		for _, row := range rows {
			b.errs[row] = b.p.dangling(c, target, id)
		}
	}
	return nil
}

// there returns those of the ids that the access to another record reaches. They
// stay until the transaction ends.
func (p *Plan) there(ctx context.Context, from *Access, ids []any) (all []int64, err error) {
	a, err := from.related(p.o)
	if errors.Is(err, object.Denied) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for part := range slices.Chunk(ids, chunk) {
		w, err := p.newWhere(a)
		if err != nil {
			return nil, err
		}
		w.and()
		w.list(`"id"`, part)
		found, err := store.Integers(ctx, p.db, `SELECT "id" FROM `+p.table+w.b.String()+` ORDER BY "id"`+p.db.Dialect().Lock(store.ToReference), w.args...)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// unique checks that no row has the values of another in columns.
func (b *batch) unique(ctx context.Context, columns []int) error {
	holders := map[string]int{} // key → the row of the batch that has it
	var asked []int
	for row, w := range b.rows {
		if !slices.ContainsFunc(columns, func(i int) bool { return b.writes(row, i) }) {
			continue
		}
		key, ok := uniqueKey(w.args, columns)
		if !ok {
			continue
		}
		if _, twice := holders[key]; twice {
			b.errs[row] = b.p.taken(b.a, w.base, b.names(columns))
			continue
		}
		holders[key] = row
		asked = append(asked, row)
	}
	for part := range slices.Chunk(asked, 256) {
		if err := b.stored(ctx, columns, part, holders); err != nil {
			return err
		}
	}
	return nil
}

// stored notes those of the asked rows whose values another row in the database has.
func (b *batch) stored(ctx context.Context, columns, asked []int, holders map[string]int) error {
	p := b.p
	w := where{p: p}
	if p.live != "" {
		w.and()
		w.b.WriteString(p.live)
	}
	w.and()
	names := make([]string, len(columns))
	for j, i := range columns {
		names[j] = p.cols[i].name
	}
	if len(columns) == 1 {
		values := make([]any, len(asked))
		for j, row := range asked {
			values[j] = b.rows[row].args[columns[0]]
		}
		w.list(names[0], values)
	} else {
		one := "(" + strings.Join(names, " = ? AND ") + " = ?)"
		w.b.WriteString("(" + one + strings.Repeat(" OR "+one, len(asked)-1) + ")")
		for _, row := range asked {
			for _, i := range columns {
				w.args = append(w.args, b.rows[row].args[i])
			}
		}
	}
	rows, err := p.db.Query(ctx, `SELECT "id", `+strings.Join(names, ", ")+" FROM "+p.table+w.b.String(), w.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	base, err := p.base(p.NewRow())
	if err != nil {
		return err
	}
	buf := p.takeBuffer()
	defer p.giveBuffer(buf)
	var id int64
	dst := []any{&id}
	for _, i := range columns {
		dst = append(dst, p.cols[i].dst(base, buf))
	}
	args := make([]any, len(p.cols))
	for rows.Next() {
		if err := rows.Scan(dst...); err != nil {
			return err
		}
		for _, i := range columns {
			c := &p.cols[i]
			if c.form == formDecimal || c.form == formJSON {
				if err := c.take(base, buf); err != nil {
					return err
				}
			}
			if args[i], err = c.arg(base); err != nil {
				return err
			}
		}
		key, _ := uniqueKey(args, columns)
		if row, ok := holders[key]; ok && !b.releases(id, row, columns) {
			b.errs[row] = p.taken(b.a, b.rows[row].base, b.names(columns))
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return rows.Close()
}

// releases says whether the stored row with the id is the row itself, or one that
// the batch gives other values before.
func (b *batch) releases(id int64, row int, columns []int) bool {
	if b.changed == nil {
		return false
	}
	for before, w := range b.rows[:row+1] {
		if w != nil && b.p.id(w.base) == id {
			return before == row || slices.ContainsFunc(columns, func(i int) bool { return b.writes(before, i) })
		}
	}
	return false
}

func (b *batch) names(columns []int) []string {
	names := make([]string, len(columns))
	for j, i := range columns {
		names[j] = b.p.cols[i].f.Column
	}
	return names
}

// uniqueKey is the same for the same values; false when one is null, which is
// never the same as another.
func uniqueKey(args []any, columns []int) (string, bool) {
	var key []byte
	for _, i := range columns {
		switch v := args[i].(type) {
		case nil:
			return "", false
		case time.Time:
			key = wire.AppendTime(key, v)
		case store.Decimal:
			key = append(key, v.Value.StringFixed(int32(v.Scale))...)
		default:
			key = append(key, FormatValue(nil, v)...)
		}
		key = append(key, 0)
	}
	return string(key), true
}
