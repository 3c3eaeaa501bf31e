package record

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"unsafe"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/wire"
)

// Bounds of what one answer is expanded by.
const (
	maxExpand     = 12 // keys
	maxExpandDeep = 3  // records that lead to one another
)

// Expand is something related that AppendJSON writes into rows.
type Expand struct {
	key    string
	plan   *Plan
	hidden Mask
	column int           // of a reference
	rows   map[int64]any // what it may refer to
	rel    *object.Relation
	inner  []Expand // of the related rows
}

// Expand is Shape without a choice of fields.
func (p *Plan) Expand(ctx context.Context, a *Access, keys []string, rows []any) ([]Expand, error) {
	_, expand, err := p.Shape(ctx, a, keys, nil, rows)
	return expand, err
}

// Shape loads what keys name for rows, pointers to structs: the rows that
// references point to ("customer") or that point here ("orders"), and what these
// lead to ("customer.region"). It returns it for AppendJSON, with the fields to
// leave out: those that are not among fields, of which none means all. Fields of
// expanded rows are named as "customer.name". The id always stays.
func (p *Plan) Shape(ctx context.Context, a *Access, keys, fields []string, rows []any) (Mask, []Expand, error) {
	if len(keys) > maxExpand {
		return Mask{}, nil, p.fieldError("expand", "max", "names more than %d", maxExpand)
	}
	for i, key := range keys {
		if slices.Contains(keys[:i], key) {
			// each would load and write the same rows again
			return Mask{}, nil, p.fieldError("expand", "duplicate", "names %q twice", wire.Clip(key))
		}
		if strings.Count(key, ".") >= maxExpandDeep {
			return Mask{}, nil, p.fieldError("expand", "max", "names %q; it leads through at most %d records", wire.Clip(key), maxExpandDeep)
		}
	}
	s := shaping{p: p, a: a.orSystem(), rows: rows}
	return s.shape(ctx, keys, fields)
}

// shaping is what happens to the rows of one record.
type shaping struct {
	p    *Plan
	a    *Access
	path string // what leads here, such as "customer."
	rows []any
}

func (s *shaping) shape(ctx context.Context, keys, fields []string) (Mask, []Expand, error) {
	var heads []string
	below, chosen := map[string][]string{}, map[string][]string{}
	for _, key := range keys {
		head, rest, deeper := strings.Cut(key, ".")
		if !slices.Contains(heads, head) {
			heads = append(heads, head)
		}
		if deeper {
			below[head] = append(below[head], rest)
		}
	}
	var own []string
	for _, name := range fields {
		head, rest, deeper := strings.Cut(name, ".")
		if !deeper {
			own = append(own, name)
			continue
		}
		if !slices.Contains(heads, head) {
			return Mask{}, nil, s.p.fieldError("fields", "unknown", "names %q, but %q is not expanded", wire.Clip(s.path+name), wire.Clip(s.path+head))
		}
		chosen[head] = append(chosen[head], rest)
	}
	hidden, err := s.choose(own)
	if err != nil {
		return hidden, nil, err
	}
	all := make([]Expand, 0, len(heads))
	for _, key := range heads {
		e, inner, err := s.expand(ctx, key)
		if err != nil {
			return hidden, nil, err
		}
		if e.hidden, e.inner, err = inner.shape(ctx, below[key], chosen[key]); err != nil {
			return hidden, nil, err
		}
		all = append(all, e)
	}
	return hidden, all, nil
}

// choose hides all fields but those named.
func (s *shaping) choose(names []string) (Mask, error) {
	hidden := s.a.Hidden
	if len(names) == 0 {
		return hidden, nil
	}
	chosen := Mask{}.With(object.FieldID)
	for _, name := range names {
		i, ok := s.p.byColumn[name]
		if !ok || hidden.Has(i) || s.p.cols[i].f.Hidden || s.p.cols[i].f.Secret {
			return hidden, s.p.fieldError("fields", "unknown", "names %q, which is not a field of %s%s", wire.Clip(s.path+name), s.p.o.Name, s.p.suggest(wire.Clip(name), hidden))
		}
		chosen = chosen.With(i)
	}
	for i := range s.p.cols {
		if !chosen.Has(i) {
			hidden = hidden.With(i)
		}
	}
	return hidden, nil
}

// expand loads what one key names, and returns it with the rows to go on from.
func (s *shaping) expand(ctx context.Context, key string) (Expand, *shaping, error) {
	p := s.p
	inner := &shaping{path: s.path + key + "."}
	open := func(t reflect.Type) (err error) {
		inner.p = p.records.byType[t]
		inner.a, err = s.a.related(inner.p.o)
		return err
	}
	for _, i := range p.refs {
		c := &p.cols[i]
		if c.f.Key != key || s.a.Hidden.Has(i) || c.f.Hidden || c.f.Secret {
			continue
		}
		if err := open(c.f.Target); err != nil {
			return Expand{}, nil, err
		}
		found, err := s.referred(ctx, c, inner)
		return Expand{key: key, plan: inner.p, column: i, rows: found}, inner, err
	}
	r := p.relation(key)
	if r == nil || r.Key != key {
		return Expand{}, nil, p.fieldError("expand", "unknown", "%q is nothing that %s can be expanded by%s", wire.Clip(s.path+key), p.o.Name, s.suggest(wire.Clip(key)))
	}
	if err := open(r.Target); err != nil {
		return Expand{}, nil, err
	}
	if err := p.loadRelation(ctx, s.a, r.Name, s.rows, maxExpanded); err != nil {
		return Expand{}, nil, err
	}
	for _, row := range s.rows {
		base, err := p.base(row)
		if err != nil {
			return Expand{}, nil, err
		}
		related := relatedRows(r, base)
		for i := range related.Len() {
			inner.rows = append(inner.rows, related.Index(i).Addr().Interface())
		}
	}
	return Expand{key: key, plan: inner.p, rel: r}, inner, nil
}

// referred loads the rows that a reference of the rows points to.
func (s *shaping) referred(ctx context.Context, c *column, inner *shaping) (map[int64]any, error) {
	var ids []int64
	for _, row := range s.rows {
		base, err := s.p.base(row)
		if err != nil {
			return nil, err
		}
		if v, _ := c.arg(base); v != nil {
			ids = append(ids, v.(int64))
		}
	}
	found, err := inner.p.ByIDs(ctx, inner.a, ids)
	for _, row := range found {
		inner.rows = append(inner.rows, row)
	}
	return found, err
}

// relatedRows are the rows of a relation: it is a struct that begins with a
// slice of them.
func relatedRows(r *object.Relation, base unsafe.Pointer) reflect.Value {
	return reflect.NewAt(reflect.SliceOf(r.Target), unsafe.Add(base, r.Offset)).Elem()
}

func (s *shaping) suggest(key string) string {
	var known []string
	for _, i := range s.p.refs {
		if f := s.p.cols[i].f; !s.a.Hidden.Has(i) && !f.Hidden && !f.Secret {
			known = append(known, f.Key)
		}
	}
	for i := range s.p.rec.Relations {
		known = append(known, s.p.rec.Relations[i].Key)
	}
	if near := object.Nearest(key, known); near != "" {
		return "; did you mean \"" + s.path + near + "\"?"
	}
	return ""
}
