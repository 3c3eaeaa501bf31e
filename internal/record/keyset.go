package record

import (
	"slices"
	"strconv"
	"strings"
)

// A page begins after a place, or before one: the values of the sort's terms in
// a row. What follows here writes that so that an index on the terms leads to
// the place at once, however deep it is.

// zone is a part of the rows beyond a place that an index has in one piece.
type zone struct {
	terms  []term
	values []any
	null   bool // the first term is null
	whole  bool // all rows of which that holds, or does not hold
}

// zones are the rows beyond a place, in their order. There are two where the
// first term may be null: those that are, and those that are not.
func zones(terms []term, values []any, backwards bool) []zone {
	at := zone{terms: terms, values: values, null: values[0] == nil}
	if !terms[0].optional {
		return []zone{at}
	}
	// within the zone it is decided whether the first is null
	at.terms = slices.Clone(terms)
	at.terms[0].optional = false
	nullsLast := terms[0].desc != backwards
	switch {
	case at.null && !nullsLast:
		return []zone{at, {terms: terms, whole: true}}
	case !at.null && nullsLast:
		return []zone{at, {terms: terms, null: true, whole: true}}
	}
	return []zone{at}
}

// beyond adds the rows of a zone.
func (w *where) beyond(z zone, backwards bool) {
	w.and()
	first := z.terms[0]
	switch {
	case z.whole:
		w.null(first.c, z.null)
	case z.null:
		w.null(first.c, true)
		w.and()
		w.past(z.terms[1:], z.values[1:], backwards)
	case oneComparison(z, backwards):
		w.tuple(z, backwards)
	default:
		// the bound is implied by what follows, but only a bound leads an index
		w.b.WriteString(first.c.name + operatorOf(first, backwards) + "= ?")
		w.args = append(append(w.args, first.args...), z.values[0])
		w.and()
		w.past(z.terms, z.values, backwards)
	}
}

// oneComparison says whether (a, b) > (?, ?) finds the rows: the terms go in one
// direction, and no null is beyond a value.
func oneComparison(z zone, backwards bool) bool {
	for i, t := range z.terms {
		if t.desc != z.terms[0].desc || z.values[i] == nil || t.optional && t.desc != backwards {
			return false
		}
	}
	return true
}

func (w *where) tuple(z zone, backwards bool) {
	names := make([]string, len(z.terms))
	for i, t := range z.terms {
		names[i] = t.c.name
		w.args = append(w.args, t.args...)
	}
	w.b.WriteString("(" + strings.Join(names, ", ") + ")" + operatorOf(z.terms[0], backwards) + " (?" + strings.Repeat(", ?", len(names)-1) + ")")
	w.args = append(w.args, z.values...)
}

func operatorOf(t term, backwards bool) string {
	if t.desc != backwards {
		return " <"
	}
	return " >"
}

// past writes (a beyond ? or (a = ? and (the other terms beyond))).
func (w *where) past(terms []term, values []any, backwards bool) {
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
	case descending && t.optional:
		w.b.WriteString("(" + t.c.name + " < ? OR " + t.c.name + " IS NULL)")
		w.args = append(w.args, v)
	default:
		w.b.WriteString(t.c.name + operatorOf(t, backwards) + " ?")
		w.args = append(append(w.args, t.args...), v)
	}
	if last {
		return
	}
	w.b.WriteString(" OR (")
	if v == nil {
		w.null(t.c, true)
	} else {
		w.b.WriteString(t.c.name + " = ?")
		w.args = append(append(w.args, t.args...), v)
	}
	w.b.WriteString(" AND ")
	w.past(terms[1:], values[1:], backwards)
	w.b.WriteString("))")
}

// page ends the statement that began with selection: the rows beyond the place,
// sorted, and no more than limit; 0 is no limit.
func (w *where) page(selection string, args []any, terms []term, place []any, backwards bool, limit int) (string, []any) {
	end := orderBy(terms, backwards)
	var parts []zone
	if place != nil {
		parts = zones(terms, place, backwards)
	}
	if len(parts) < 2 {
		if len(parts) == 1 {
			w.beyond(parts[0], backwards)
		}
		args = append(args, w.args...)
		if limit > 0 {
			end += " LIMIT ?"
			args = append(args, int64(limit))
		}
		return selection + w.b.String() + end, args
	}
	// each zone is read as the index has it, and only the two pages are sorted
	if limit > 0 {
		end += " LIMIT ?"
	}
	var text strings.Builder
	common, given := w.b.String(), w.args
	for i, z := range parts {
		one := where{p: w.p, any: w.any}
		one.beyond(z, backwards)
		if i > 0 {
			text.WriteString(" UNION ALL ")
		}
		text.WriteString("SELECT * FROM (" + selection + common + one.b.String() + end + ") AS " + [...]string{"near", "far"}[i])
		args = append(append(args, given...), one.args...)
		if limit > 0 {
			args = append(args, int64(limit))
		}
	}
	if limit > 0 {
		args = append(args, int64(limit))
	}
	return text.String() + end, args
}

// orderBy writes the sort. Databases differ in where they put nulls.
func orderBy(terms []term, backwards bool) string {
	var b strings.Builder
	b.WriteString(" ORDER BY ")
	for i, t := range terms {
		if i > 0 {
			b.WriteString(", ")
		}
		if t.position > 0 {
			b.WriteString(strconv.Itoa(t.position))
		} else {
			b.WriteString(t.c.name)
		}
		descending := t.desc != backwards
		if descending {
			b.WriteString(" DESC")
		}
		if t.optional {
			if descending {
				b.WriteString(" NULLS LAST")
			} else {
				b.WriteString(" NULLS FIRST")
			}
		}
	}
	return b.String()
}
