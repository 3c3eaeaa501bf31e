package migrate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apposengine/appos/internal/store"
)

// move is the new name of a table or of one of its columns.
type move struct {
	table    string // by its new name
	column   bool   // else the table itself is renamed
	from, to string
}

// renamed returns the tables with the names that the declarations give them, and
// the moves that do so: those of tables first.
func renamed(from, to []store.Table) ([]store.Table, []move, []Problem) {
	tables := make([]store.Table, len(from))
	for i, t := range from {
		tables[i] = cloned(t)
	}
	var moves []move
	var problems []Problem
	for i := range to {
		t := &to[i]
		if find(tables, t.Name) != nil || t.Was == "" || len(from) == 0 {
			continue
		}
		for was := range strings.FieldsSeq(t.Was) {
			old := find(tables, was)
			if old == nil {
				continue
			}
			if find(to, was) != nil {
				problems = append(problems, Problem{Source: t.Source, Table: t.Name, Text: fmt.Sprintf("it was %q, which still exists; remove one of the two", was)})
				break
			}
			moves = append(moves, move{table: t.Name, from: was, to: t.Name})
			renameTable(tables, was, t.Name)
			break
		}
	}
	for i := range to {
		t := &to[i]
		old := find(tables, t.Name)
		if old == nil {
			continue
		}
		for j := range t.Columns {
			c := &t.Columns[j]
			if c.Was == "" {
				continue
			}
			has, had := column(old, c.Name) != nil, column(old, c.Was) != nil
			problem := ""
			switch {
			case column(t, c.Was) != nil:
				problem = fmt.Sprintf("it says was=%s, which is still declared; remove the field %q or the word", c.Was, c.Was)
			case has && had:
				problem = fmt.Sprintf("it says was=%s, but the schema has both columns; remove the word, and copy what is to be kept with a migration of your own first", c.Was)
			case has: // renamed some time ago
				continue
			case !had:
				problem = fmt.Sprintf("it says was=%s, but there is no such column%s", c.Was, nearest(c.Was, old))
			}
			if problem != "" {
				problems = append(problems, Problem{Source: source(t, c), Table: t.Name, Column: c.Name, Text: problem})
				continue
			}
			moves = append(moves, move{table: t.Name, column: true, from: c.Was, to: c.Name})
			renameColumn(old, c.Was, c.Name)
		}
	}
	return tables, moves, problems
}

func renameTable(tables []store.Table, from, to string) {
	for i := range tables {
		t := &tables[i]
		if t.Name == from {
			t.Name = to
		}
		for j := range t.Columns {
			if t.Columns[j].References == from {
				t.Columns[j].References = to
			}
		}
	}
}

func renameColumn(t *store.Table, from, to string) {
	in := func(names []string) {
		for i := range names {
			if names[i] == from {
				names[i] = to
			}
		}
	}
	// databases rename within conditions too; a name without quotes is left to
	// the comparison, which makes the index or the check anew
	text := func(sql *string) { *sql = strings.ReplaceAll(*sql, store.Quote(from), store.Quote(to)) }
	for i := range t.Columns {
		if t.Columns[i].Name == from {
			t.Columns[i].Name = to
		}
		text(&t.Columns[i].Check)
	}
	in(t.Key)
	in(t.Search)
	for i := range t.Indexes {
		in(t.Indexes[i].Columns)
		text(&t.Indexes[i].Where)
	}
	for i := range t.Checks {
		text(&t.Checks[i].SQL)
		text(&t.Checks[i].SQLite)
	}
}

// cloned is a copy of a table that can be changed.
func cloned(t store.Table) store.Table {
	t.Columns = slices.Clone(t.Columns)
	t.Key = slices.Clone(t.Key)
	t.Search = slices.Clone(t.Search)
	t.Checks = slices.Clone(t.Checks)
	t.Indexes = slices.Clone(t.Indexes)
	for i := range t.Indexes {
		t.Indexes[i].Columns = slices.Clone(t.Indexes[i].Columns)
	}
	return t
}

func find(tables []store.Table, name string) *store.Table {
	for i := range tables {
		if tables[i].Name == name {
			return &tables[i]
		}
	}
	return nil
}

func column(t *store.Table, name string) *store.Column {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return &t.Columns[i]
		}
	}
	return nil
}

// source is where a column is declared, or its table.
func source(t *store.Table, c *store.Column) string {
	if c.Source != "" {
		return c.Source
	}
	return t.Source
}

// nearest suggests a column with a name like the one that does not exist.
func nearest(name string, t *store.Table) string {
	for _, c := range t.Columns {
		if strings.HasPrefix(c.Name, name) || strings.HasPrefix(name, c.Name) {
			return fmt.Sprintf("; is it %q?", c.Name)
		}
	}
	return ""
}
