package record

import (
	"encoding/base64"
	"encoding/json"
	"hash/fnv"
	"strconv"
	"unsafe"

	"github.com/apposengine/appos/internal/object"
)

// term is one term of a sort.
type term struct {
	c        *column
	desc     bool
	optional bool // may be null, which comes before every value

	// Of a term that is no column but an expression, which is its column's name:
	args     []any // of the expression
	position int   // in the selection, from 1
}

// terms are the terms of a query's sort. The id ends it, in the direction of
// the term before, so that the order is total and an index on that term serves it.
func (p *Plan) terms(a *Access, q *object.Query) ([]term, error) {
	terms := make([]term, 0, len(q.Order)+1)
	desc := false
	if len(q.Order) == 0 && q.Search != "" {
		if t, ok := p.relevance(a, q.Search); ok {
			terms = append(terms, t)
		}
	}
	for _, o := range q.Order {
		i, err := p.fieldOf(o.Field, a.Hidden, false)
		if err != nil {
			return nil, err
		}
		c := &p.cols[i]
		if c.form == formJSON {
			return nil, p.fieldError(c.f.Column, "operator", "is %s and cannot be sorted by", c.f.Kind)
		}
		for _, t := range terms {
			if t.c == c {
				return nil, p.fieldError(c.f.Column, "operator", "is sorted by twice")
			}
		}
		terms = append(terms, term{c: c, desc: o.Desc, optional: c.f.Optional})
		desc = o.Desc
		if i == object.FieldID {
			return terms, nil
		}
	}
	return append(terms, term{c: &p.cols[object.FieldID], desc: desc}), nil
}

// signature binds a cursor to its record and sort.
func (p *Plan) signature(terms []term) string {
	h := fnv.New32a()
	h.Write([]byte(p.rec.Table))
	for _, t := range terms {
		h.Write([]byte{','})
		if t.desc {
			h.Write([]byte{'-'})
		}
		h.Write([]byte(t.c.f.Column))
	}
	return strconv.FormatUint(uint64(h.Sum32()), 36)
}

// cursor marks the place of a row in a sort: the signature and the row's values
// of the terms, as texts or null. rank is the value of a term that is no column.
func (p *Plan) cursor(terms []term, base unsafe.Pointer, rank int64) string {
	parts := make([]*string, 0, len(terms)+1)
	s := p.signature(terms)
	parts = append(parts, &s)
	for _, t := range terms {
		var v any = rank
		if t.position == 0 {
			v = t.c.value(base)
		}
		if v == nil {
			parts = append(parts, nil)
		} else {
			text := FormatValue(t.c.f, v)
			parts = append(parts, &text)
		}
	}
	data, err := json.Marshal(parts)
	if err != nil {
		return "" // texts are always written
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

// place reads a cursor: one value per term, nil is null.
func (p *Plan) place(a *Access, terms []term, cursor string) ([]any, error) {
	wrong := func() error {
		return p.fail(a, object.Invalid, "the cursor is not one of this list in this order; begin again without it")
	}
	if len(cursor) > 1<<14 {
		return nil, wrong()
	}
	data, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return nil, wrong()
	}
	var parts []*string
	if json.Unmarshal(data, &parts) != nil || len(parts) != len(terms)+1 || parts[0] == nil || *parts[0] != p.signature(terms) {
		return nil, wrong()
	}
	values := make([]any, len(terms))
	for i, t := range terms {
		text := parts[i+1]
		if text == nil {
			if !t.optional {
				return nil, wrong()
			}
			continue
		}
		// an empty text is a value here, and a value that left the list is a place
		f := *t.c.f
		f.Optional, f.Enum = false, nil
		v, err := ParseValue(&f, *text)
		if err != nil {
			return nil, wrong()
		}
		values[i] = t.c.argOf(v)
	}
	return values, nil
}
