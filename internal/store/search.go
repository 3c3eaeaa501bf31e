package store

import (
	"strconv"
	"strings"
)

// SearchTable is the full-text index of a table on SQLite: an FTS5 table whose
// columns are those searched and whose rowid is the row's id. It takes no part
// in ranking, so it keeps neither positions nor sizes.
func SearchTable(table string) string { return Identifier(table, "fts") }

// SearchOptions are how an index on SQLite takes texts apart.
const SearchOptions = "tokenize='unicode61 remove_diacritics 2', detail=column, columnsize=0"

// SearchVector is the column of a table that PostgreSQL keeps its words in.
const SearchVector = "search_vector"

// maxIndexed is how many characters of a row PostgreSQL indexes: its vectors have
// at most 1 MB, and a text that is longer could not be stored at all.
const maxIndexed = 100_000

// SearchWords is the expression, in PostgreSQL, for the words of texts: what
// FTS5 takes for words, letters and digits, without marks on letters and
// whatever the case.
func SearchWords(columns []string) string {
	texts := make([]string, len(columns))
	for i, name := range columns {
		texts[i] = "left(coalesce(" + Quote(name) + ", ''), " + strconv.Itoa(maxIndexed/len(columns)) + ")"
	}
	const punctuation = "!\"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~"
	spaces := strings.Repeat(" ", len(punctuation)-1) // the quote is doubled
	return "to_tsvector('simple'::regconfig, translate(" + SearchFold(strings.Join(texts, " || ' ' || ")) + ", '" + punctuation + "', '" + spaces + "'))"
}

// SearchFold is the expression, in PostgreSQL, for a text without the marks on
// its letters: é is e.
func SearchFold(text string) string {
	return `regexp_replace(normalize(` + text + `, NFD), '[\u0300-\u036f]+', '', 'g')`
}
