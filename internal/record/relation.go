package record

import (
	"context"
	"reflect"
	"slices"
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

// Expand is something related that AppendJSON writes into rows.
type Expand struct {
	key    string
	plan   *Plan
	hidden Mask
	column int           // of a reference
	rows   map[int64]any // what it may refer to
	rel    *object.Relation
}

// Expand loads what the keys name for rows, pointers to structs: the rows that
// references point to ("customer") or that point here ("orders").
func (p *Plan) Expand(ctx context.Context, a *Access, keys []string, rows []any) ([]Expand, error) {
	a = a.orSystem()
	var all []Expand
	for i, key := range keys {
		if slices.Contains(keys[:i], key) {
			// each would load and write the same rows again
			return nil, p.fieldError("expand", "duplicate", "names %q twice", clip(key))
		}
		e, err := p.expand(ctx, a, key, rows)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

func (p *Plan) expand(ctx context.Context, a *Access, key string, rows []any) (Expand, error) {
	for _, i := range p.refs {
		c := &p.cols[i]
		if c.f.Key != key || a.Hidden.Has(i) || c.f.Hidden || c.f.Secret {
			continue
		}
		target := p.records.byType[c.f.Target]
		ta, err := a.related(target.o)
		if err != nil {
			return Expand{}, err
		}
		var ids []int64
		for _, row := range rows {
			base, err := p.base(row)
			if err != nil {
				return Expand{}, err
			}
			if v, _ := c.arg(base); v != nil {
				ids = append(ids, v.(int64))
			}
		}
		found, err := target.ByIDs(ctx, ta, ids)
		return Expand{key: key, plan: target, hidden: ta.Hidden, column: i, rows: found}, err
	}
	r := p.relation(key)
	if r == nil || r.Key != key {
		return Expand{}, p.fieldError("expand", "unknown", "%q is nothing that %s can be expanded by%s", clip(key), p.o.Name, p.suggestExpand(clip(key), a.Hidden))
	}
	target := p.records.byType[r.Target]
	ta, err := a.related(target.o)
	if err != nil {
		return Expand{}, err
	}
	return Expand{key: key, plan: target, hidden: ta.Hidden, rel: r}, p.loadRelation(ctx, a, r.Name, rows, maxExpanded)
}

func (p *Plan) suggestExpand(key string, hidden Mask) string {
	var known []string
	for _, i := range p.refs {
		if f := p.cols[i].f; !hidden.Has(i) && !f.Hidden && !f.Secret {
			known = append(known, f.Key)
		}
	}
	for i := range p.rec.Relations {
		known = append(known, p.rec.Relations[i].Key)
	}
	if near := object.Nearest(key, known); near != "" {
		return "; did you mean \"" + near + "\"?"
	}
	return ""
}
