package record

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/wire"
)

// maxTerms is how many words one search has at most.
const maxTerms = 32

// searched is a search, taken apart: what a user typed is never given to a
// database as an expression of its own language.
type searched struct {
	text   string   // without quotes, for ranking
	words  []string // letters and digits of alphabets, found in the index
	prefix bool     // the last of words is the beginning of one
	parts  []string // found within the texts: what was quoted, and what the index has no words for
}

// parseSearch takes a text apart. All its words and parts must be found, in
// whichever fields; the last word may be cut off, as it is while somebody types.
//
// Writing without spaces, as Chinese, is one word to an index however long it
// is, and signs are none: those are looked for within the texts.
func parseSearch(text string) searched {
	var s searched
	s.text = strings.Join(strings.Fields(strings.ReplaceAll(text, `"`, " ")), " ")
	for i, part := range strings.Split(text, `"`) {
		if i%2 == 1 && i < strings.Count(text, `"`) { // a last quote without its end is none
			if part = strings.TrimSpace(part); part != "" {
				s.parts, s.prefix = append(s.parts, part), false
			}
			continue
		}
		for chunk := range strings.FieldsSeq(part) {
			s.chunk(chunk)
		}
	}
	return s
}

func (s *searched) chunk(chunk string) {
	tokens := strings.FieldsFunc(chunk, func(r rune) bool {
		return !unicode.In(r, unicode.L, unicode.N, unicode.M)
	})
	tokens = slices.DeleteFunc(tokens, func(t string) bool { // marks without a letter
		return !strings.ContainsFunc(t, func(r rune) bool { return unicode.In(r, unicode.L, unicode.N) })
	})
	if len(tokens) == 0 {
		s.parts = append(s.parts, chunk)
		return
	}
	for _, t := range tokens {
		if strings.ContainsFunc(t, unindexed) {
			s.parts, s.prefix = append(s.parts, t), false
		} else {
			s.words, s.prefix = append(s.words, t), true
		}
	}
}

// unindexed says whether the databases may differ about the words with r in them.
func unindexed(r rune) bool {
	return !unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic) && !('0' <= r && r <= '9') && !('\u0300' <= r && r <= '\u036f')
}

// search writes the conditions of a search over the fields that the user may see.
func (w *where) search(a *Access, text string) error {
	if len(text) > maxPattern {
		return w.p.fail(a, object.Invalid, "a search is at most %d bytes long", maxPattern)
	}
	if err := wire.CheckText(text); err != nil {
		return w.p.fail(a, object.Invalid, "the search %v", err)
	}
	fields := w.p.searchable(w.hidden)
	if len(fields) == 0 {
		return w.p.fail(a, object.Invalid, "%s has no field to search in", object.Plural(w.p.noun()))
	}
	s := parseSearch(text)
	if len(s.words)+len(s.parts) > maxTerms {
		return w.p.fail(a, object.Invalid, "a search has at most %d words", maxTerms)
	}
	if len(s.words) > 0 {
		w.and()
		w.words(fields, s)
	}
	for _, part := range s.parts {
		w.and()
		w.likeAny(fields, containing(part))
	}
	return nil
}

// searchable are the search fields that are not hidden, the one that names a row
// first.
func (p *Plan) searchable(hidden Mask) []*column {
	var fields []*column
	for _, i := range p.search {
		switch c := &p.cols[i]; {
		case hidden.Has(i):
		case c.f == p.rec.DisplayField():
			fields = append([]*column{c}, fields...)
		default:
			fields = append(fields, c)
		}
	}
	return fields
}

// words writes the condition that the index has the words in the fields. What
// it has in other fields must not show.
func (w *where) words(fields []*column, s searched) {
	var b strings.Builder
	postgres := w.p.db.Dialect() == store.PostgreSQL
	for i, word := range s.words {
		last := i == len(s.words)-1 && s.prefix
		switch {
		case postgres && i > 0:
			b.WriteString(" & ")
		case i > 0:
			b.WriteString(" AND ")
		}
		switch {
		case postgres && last:
			b.WriteString("'" + word + "':*")
		case postgres:
			b.WriteString("'" + word + "'")
		case last:
			b.WriteString(`"` + word + `"*`)
		default:
			b.WriteString(`"` + word + `"`)
		}
	}
	all := len(fields) == len(w.p.search)
	if postgres {
		query := " @@ to_tsquery('simple'::regconfig, " + store.SearchFold("CAST(? AS text)") + ")"
		w.b.WriteString(store.Quote(store.SearchVector) + query)
		w.args = append(w.args, b.String())
		if !all { // the index finds too much: look again
			names := make([]string, len(fields))
			for i, c := range fields {
				names[i] = c.f.Column
			}
			w.b.WriteString(" AND " + store.SearchWords(names) + query)
			w.args = append(w.args, b.String())
		}
		return
	}
	match := b.String()
	if !all {
		match = "{" + columnNames(fields) + "} : (" + match + ")"
	}
	fts := store.Quote(store.SearchTable(w.p.rec.Table))
	w.b.WriteString(w.p.cols[object.FieldID].name + " IN (SELECT rowid FROM " + fts + " WHERE " + fts + " MATCH ?)")
	w.args = append(w.args, match)
}

func columnNames(fields []*column) string {
	names := make([]string, len(fields))
	for i, c := range fields {
		names[i] = c.name
	}
	return strings.Join(names, " ")
}

func (w *where) likeAny(fields []*column, pattern string) {
	w.b.WriteString("(")
	for i, c := range fields {
		if i > 0 {
			w.b.WriteString(" OR ")
		}
		w.like(c, pattern)
	}
	w.b.WriteString(")")
}

// relevance is the term that puts first what fits a search best: 0 where a field
// is the text, 1 where the field that names the row begins with it, 2 where
// another does, 3 where a word of the first begins with it, else 4. It follows
// from the row alone, so pages do not shift when other rows come and go, and it
// is the same on all databases.
func (p *Plan) relevance(a *Access, text string) (term, bool) {
	s := parseSearch(text)
	fields := p.searchable(a.Hidden)
	if s.text == "" || len(fields) == 0 {
		return term{}, false
	}
	w := where{p: p}
	exact := likeEscapes.Replace(s.text)
	when := func(fields []*column, pattern string, rank int) {
		if len(fields) > 0 {
			w.b.WriteString(" WHEN ")
			w.likeAny(fields, pattern)
			w.b.WriteString(" THEN " + strconv.Itoa(rank))
		}
	}
	w.b.WriteString("CASE")
	when(fields, exact, 0)
	when(fields[:1], exact+"%", 1)
	when(fields[1:], exact+"%", 2)
	when(fields[:1], "% "+exact+"%", 3)
	w.b.WriteString(" ELSE 4 END")
	c := &column{f: relevanceField, name: "(" + w.b.String() + ")", form: formInt64}
	return term{c: c, args: w.args, position: len(p.cols) + 1}, true
}

var relevanceField = &object.Field{Name: "Relevance", Column: "(relevance)", Kind: object.FieldInt}
