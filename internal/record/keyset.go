package record

import (
	"slices"
	"strconv"
	"strings"
)

// A page begins after a place, or before one: the values of the sort's terms in
// a row. The rows beyond it are, nearest first, those that differ from it in the
// last term only, those that differ in the last but one, and so on. An index on
// the terms has each of these in one piece, also among many rows with the same
// value, in mixed directions and around nulls; no one comparison of all terms is
// served by an index on every database.

// zone is one of these pieces: the first n terms are as in the place, the next is
// beyond it. Nulls that come after all values are a piece of their own.
type zone struct {
	n    int
	null bool
}

// zones are the pieces beyond a place, in their order.
func zones(terms []term, values []any, backwards bool) []zone {
	var all []zone
	for n := len(terms) - 1; n >= 0; n-- {
		nullsLast := terms[n].desc != backwards
		if values[n] != nil || !nullsLast {
			all = append(all, zone{n: n})
		}
		if values[n] != nil && nullsLast && terms[n].optional {
			all = append(all, zone{n: n, null: true})
		}
	}
	return all
}

// within adds the rows of a zone.
func (w *where) within(z zone, terms []term, values []any, backwards bool) {
	for i, t := range terms[:z.n] {
		w.and()
		w.same(t, values[i])
	}
	w.and()
	switch t, v := terms[z.n], values[z.n]; {
	case z.null || v == nil:
		w.null(t.c, z.null)
	default:
		w.b.WriteString(t.c.name + operatorOf(t, backwards) + " ?")
		w.args = append(append(w.args, t.args...), v)
	}
}

func (w *where) same(t term, v any) {
	if v == nil {
		w.null(t.c, true)
		return
	}
	w.b.WriteString(t.c.name + " = ?")
	w.args = append(append(w.args, t.args...), v)
}

func operatorOf(t term, backwards bool) string {
	if t.desc != backwards {
		return " <"
	}
	return " >"
}

// past writes (a beyond ? or (a = ? and (the other terms beyond))): the same in
// one condition, which leads no index. It is for places that no index has, and
// for queries of so many values that they cannot be said once for every zone.
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
	w.same(t, v)
	w.b.WriteString(" AND ")
	w.past(terms[1:], values[1:], backwards)
	w.b.WriteString("))")
}

// statement is one of those that a page is read with, one after the other until
// it is full.
type statement struct {
	text string
	args []any
}

// page ends the statement that began with selection, for the rows beyond the
// place, sorted: one statement for every zone. bounded ends each with a LIMIT,
// whose argument is the last.
func (w *where) page(selection string, args []any, terms []term, place []any, backwards, bounded bool) []statement {
	end := orderBy(terms, backwards)
	if bounded {
		end += " LIMIT ?"
	}
	var parts []zone
	if place != nil {
		parts = zones(terms, place, backwards)
		if terms[0].position > 0 {
			w.and()
			w.past(terms, place, backwards)
			place = nil
		}
	}
	if place == nil {
		return []statement{{selection + w.b.String() + end, slices.Concat(args, w.args)}}
	}
	all := make([]statement, len(parts))
	for i, z := range parts {
		one := where{p: w.p, any: w.any}
		one.within(z, terms, place, backwards)
		all[i] = statement{selection + w.b.String() + one.b.String() + end, slices.Concat(args, w.args, one.args)}
	}
	return all
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
