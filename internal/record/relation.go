package record

import (
	"context"
	"reflect"
	"unsafe"

	"github.com/apposengine/appos/internal/object"
)

// relation returns the relation with the Go name or the key, or nil.
func (p *Plan) relation(name string) *object.Relation {
	for i := range p.rec.Relations {
		if r := &p.rec.Relations[i]; r.Name == name || r.Key == name {
			return r
		}
	}
	return nil
}

// maxExpanded is how many rows one key of Expand loads at most: a request from
// outside must not load a table.
const maxExpanded = 10_000

// loadRelation fills a relation of rows, with one query per 512 of them. Only
// rows that the user's access to the other record reaches are found. More than
// most of them are an error; 0 is no limit.
func (p *Plan) loadRelation(ctx context.Context, a *Access, name string, rows []any, most int) error {
	r := p.relation(name)
	if r == nil {
		return p.fail(a, object.Invalid, "%s has no relation %q", p.o.Name, name)
	}
	target := p.records.byType[r.Target]
	ta, err := a.related(target.o)
	if err != nil {
		return err
	}
	by := target.byField[target.rec.Named(r.By)]
	if err := target.mayFollow(ta, by, p); err != nil {
		return err
	}
	parents := make(map[int64]unsafe.Pointer, len(rows))
	ids := make([]int64, len(rows))
	for i, row := range rows {
		base, err := p.base(row)
		if err != nil {
			return err
		}
		ids[i] = p.id(base)
		parents[ids[i]] = base
		reflect.NewAt(r.Type, unsafe.Add(base, r.Offset)).Elem().SetZero()
	}
	scratch := target.NewRow() // to whom a row belongs is only known when it has been read
	filled := map[int64]bool{}
	found := 0
	return target.inChunks(ctx, ta, 0, by, ids, ta.Hidden, func() any {
		reflect.ValueOf(scratch).Elem().SetZero()
		return scratch
	}, func(row any) error {
		if found++; most > 0 && found > most {
			return p.fieldError("expand", "max", "would add more than %d %s; ask for fewer rows, or list the %s by %s", most, target.nouns(2), target.nouns(2), target.cols[by].f.Column)
		}
		base, err := target.base(row)
		if err != nil {
			return err
		}
		v, _ := target.cols[by].arg(base)
		parent, _ := v.(int64)
		to, ok := parents[parent]
		if !ok || r.One && filled[parent] {
			return nil
		}
		filled[parent] = true
		child := r.Append(reflect.NewAt(r.Type, unsafe.Add(to, r.Offset)).Interface())
		reflect.ValueOf(child).Elem().Set(reflect.ValueOf(row).Elem())
		return nil
	})
}
