package migrate

import (
	"fmt"
	"slices"
	"strings"

	"ariga.io/atlas/sql/migrate"

	"github.com/apposengine/appos/internal/store"
)

// statement is one of a file.
type statement struct {
	sql  string
	line int
}

// transactional are the words that begin statements which would end the
// transaction of a file, or cannot run in one.
var transactional = []string{"BEGIN", "COMMIT", "END", "ROLLBACK", "ABORT", "START", "SAVEPOINT", "RELEASE", "VACUUM", "ATTACH", "DETACH"}

// statements splits the text of a migration. Triggers and functions are one
// statement, with the semicolons in them.
func statements(d store.Dialect, text string) ([]statement, error) {
	s := migrate.Scanner{ScannerOptions: migrate.ScannerOptions{
		MatchBegin:       d == store.SQLite && strings.Contains(strings.ToUpper(text), "TRIGGER"), // takes its time
		MatchBeginAtomic: d == store.PostgreSQL,
		MatchDollarQuote: d == store.PostgreSQL, EscapedStringExt: d == store.PostgreSQL, OmitDelimiter: true,
	}}
	scanned, err := s.Scan(text)
	if err != nil {
		return nil, fmt.Errorf("it cannot be split into statements: %w", err)
	}
	var all []statement
	offset := 0
	for _, one := range scanned {
		if one.Text == "" || one.Text == ";" {
			continue
		}
		if i := strings.Index(text[offset:], one.Text); i >= 0 {
			offset += i
		}
		line := 1 + strings.Count(text[:offset], "\n")
		offset += len(one.Text)
		word, _, _ := strings.Cut(strings.ToUpper(one.Text), " ")
		if slices.Contains(transactional, strings.TrimRight(word, ";\n\t")) {
			return nil, fmt.Errorf("line %d: %s cannot be used: every file is one transaction already", line, strings.TrimRight(word, ";\n\t"))
		}
		all = append(all, statement{one.Text, line})
	}
	return all, nil
}

// script writes the text of a migration file.
func script(name string, c *Change, data bool) string {
	var b strings.Builder
	b.WriteString("-- " + name + "\n--\n")
	for _, note := range c.Notes {
		b.WriteString("-- * " + note + "\n")
	}
	if data {
		b.WriteString(dataMark + "\n--\n-- Write statements that change rows, not the schema. They run in one transaction.\n" +
			"-- Afterwards: appos migrate hash\n")
		return b.String()
	}
	b.WriteString("--\n-- Read it before it is committed; when you change it: appos migrate hash\n")
	for _, s := range c.Statements {
		b.WriteByte('\n')
		if s.Comment != "" {
			b.WriteString("-- " + s.Comment + "\n")
		}
		b.WriteString(s.SQL + ";\n")
	}
	return b.String()
}

// dataMark is the line of files that do not change the schema.
const dataMark = "-- appos:data"
