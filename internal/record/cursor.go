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
	c    *column
	desc bool
}

// terms are the terms of a query's sort. The id ends it, in the direction of
// the term before, so that the order is total and an index on that term serves it.
func (p *Plan) terms(a *Access, q *object.Query) ([]term, error) {
	terms := make([]term, 0, len(q.Order)+1)
	desc := false
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
		terms = append(terms, term{c, o.Desc})
		desc = o.Desc
		if i == object.FieldID {
			return terms, nil
		}
	}
	return append(terms, term{&p.cols[object.FieldID], desc}), nil
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
// of the terms, as texts or null.
func (p *Plan) cursor(terms []term, base unsafe.Pointer) string {
	parts := make([]*string, 0, len(terms)+1)
	s := p.signature(terms)
	parts = append(parts, &s)
	for _, t := range terms {
		if v := t.c.value(base); v == nil {
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
			if !t.c.f.Optional {
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

// after adds the rows that come after a place, or before it. Null comes before
// every value.
func (w *where) after(terms []term, values []any, backwards bool) {
	w.and()
	if len(terms) == 2 && !terms[0].c.f.Optional && terms[0].desc == terms[1].desc {
		// two columns in one direction: a comparison that an index serves whole
		op := " > "
		if terms[0].desc != backwards {
			op = " < "
		}
		w.b.WriteString("(" + terms[0].c.name + ", " + terms[1].c.name + ")" + op + "(?, ?)")
		w.args = append(w.args, values[0], values[1])
		return
	}
	w.beyond(terms, values, backwards)
}

// beyond writes (a beyond ? or (a = ? and (the other terms beyond))).
func (w *where) beyond(terms []term, values []any, backwards bool) {
	t, v := terms[0], values[0]
	descending := t.desc != backwards
	last := len(terms) == 1
	if !last {
		w.b.WriteString("(")
	}
	switch {
	case v == nil && descending:
		w.bool(false)
	case v == nil:
		w.null(t.c, false)
	case descending && t.c.f.Optional:
		w.b.WriteString("(" + t.c.name + " < ? OR " + t.c.name + " IS NULL)")
		w.args = append(w.args, v)
	case descending:
		w.b.WriteString(t.c.name + " < ?")
		w.args = append(w.args, v)
	default:
		w.b.WriteString(t.c.name + " > ?")
		w.args = append(w.args, v)
	}
	if last {
		return
	}
	w.b.WriteString(" OR (")
	if v == nil {
		w.null(t.c, true)
	} else {
		w.b.WriteString(t.c.name + " = ?")
		w.args = append(w.args, v)
	}
	w.b.WriteString(" AND ")
	w.beyond(terms[1:], values[1:], backwards)
	w.b.WriteString("))")
}

// orderBy writes the sort. Databases differ in where they put nulls.
func (w *where) orderBy(terms []term, backwards bool) {
	w.b.WriteString(" ORDER BY ")
	for i, t := range terms {
		if i > 0 {
			w.b.WriteString(", ")
		}
		w.b.WriteString(t.c.name)
		descending := t.desc != backwards
		if descending {
			w.b.WriteString(" DESC")
		}
		if t.c.f.Optional {
			if descending {
				w.b.WriteString(" NULLS LAST")
			} else {
				w.b.WriteString(" NULLS FIRST")
			}
		}
	}
}
