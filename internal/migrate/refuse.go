package migrate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apposengine/appos/internal/store"
)

// refused lists what of a difference cannot be migrated, or would lose data that
// may not be lost.
func (d *difference) refused(to []store.Table, allowDrop bool) []Problem {
	var problems []Problem
	loss := func(p Problem) {
		if !allowDrop {
			p.Loses = true
			p.Text += "; allow it with --allow-drop"
			problems = append(problems, p)
		}
	}
	for _, t := range d.dropped {
		loss(Problem{Table: t.Name, Text: fmt.Sprintf("the table is not declared any more: all of its rows would be lost%s", d.alike(t))})
	}
	for i := range to {
		problems = append(problems, malformed(&to[i], to)...)
	}
	for _, t := range d.changed {
		if !slices.Equal(keyOf(t.from), keyOf(t.to)) || isSerial(t.from) != isSerial(t.to) {
			problems = append(problems, Problem{Source: t.to.Source, Table: t.to.Name, Text: "its primary key cannot be changed; declare another table and copy the rows"})
			continue
		}
		for _, c := range t.added {
			if !c.Null && c.Default == nil {
				problems = append(problems, Problem{Source: source(t.to, c), Table: t.to.Name, Column: c.Name,
					Text: "rows that exist would have no value: give it default=…, make it optional (a pointer), or add it optional first, fill it, and make it mandatory with another migration"})
			}
		}
		for _, c := range t.dropped {
			loss(Problem{Source: t.to.Source, Table: t.to.Name, Column: c.Name, Text: fmt.Sprintf("the column is not declared any more: all of its values would be lost%s", t.alike(c))})
		}
		for _, c := range t.columns {
			if !c.retyped() {
				continue
			}
			p := Problem{Source: source(t.to, c.to), Table: t.to.Name, Column: c.to.Name}
			how, ok := converted(c.from.Type, c.to.Type)
			switch {
			case !ok && (c.from.Type == store.Bytes || c.to.Type == store.Bytes):
				p.Text = fmt.Sprintf("a %s cannot be made a %s: fields that are hidden or sensitive are kept encrypted, which SQL can neither do nor undo; add another field, copy the values in a rule, then remove this one", c.from.Type, c.to.Type)
				problems = append(problems, p)
			case !ok:
				p.Text = fmt.Sprintf("a %s cannot be made a %s: add another column, fill it with a migration of your own, then remove this one", c.from.Type, c.to.Type)
				problems = append(problems, p)
			case how.loses != "":
				p.Text = fmt.Sprintf("%s becomes %s: %s would be lost", c.from.Type, c.to.Type, how.loses)
				loss(p)
			}
		}
	}
	return problems
}

// malformed finds what no database could make of a declared table.
func malformed(t *store.Table, all []store.Table) []Problem {
	var problems []Problem
	note := func(c *store.Column, format string, args ...any) {
		p := Problem{Source: t.Source, Table: t.Name, Text: fmt.Sprintf(format, args...)}
		if c != nil {
			p.Source, p.Column = source(t, c), c.Name
		}
		problems = append(problems, p)
	}
	if len(t.Name) > store.MaxIdentifier {
		note(nil, "the name has %d bytes, databases take %d; use a shorter one", len(t.Name), store.MaxIdentifier)
	}
	if keyOf(t) == nil {
		note(nil, "it has no primary key")
	}
	if len(t.Search) > 0 && !isSerial(t) {
		note(nil, "only tables with counted ids can be searched")
	}
	for i := range t.Columns {
		c := &t.Columns[i]
		if len(c.Name) > store.MaxIdentifier {
			note(c, "the name has %d bytes, databases take %d; use a shorter one", len(c.Name), store.MaxIdentifier)
		}
		if c.References != "" {
			if target := find(all, c.References); target == nil {
				note(c, "it references the table %q, which is not in the same database", c.References)
			} else if len(keyOf(target)) != 1 {
				note(c, "it references the table %q, which has no key of one column", c.References)
			}
		}
		if c.Default != nil {
			if _, err := literal(store.SQLite, c); err != nil {
				note(c, "%s", err)
			}
		}
	}
	for _, name := range t.Search {
		if c := column(t, name); c == nil || c.Type.Kind != store.KindText {
			note(nil, "the searched column %q is no text", name)
		}
	}
	return problems
}

// alike suggests a table that looks like the one that goes.
func (d *difference) alike(t *store.Table) string {
	for _, c := range d.created {
		if strings.HasSuffix(c.Name, "_audit_log") != strings.HasSuffix(t.Name, "_audit_log") {
			continue
		}
		common := 0
		for i := range t.Columns {
			if column(c, t.Columns[i].Name) != nil {
				common++
			}
		}
		if 10*common >= 7*max(len(t.Columns), len(c.Columns)) {
			return fmt.Sprintf("; if %s is its new name, say so with appos.Formerly", c.Name)
		}
	}
	return ""
}

// alike suggests an added column that looks like the one that goes.
func (t *tableChange) alike(c *store.Column) string {
	for _, a := range t.added {
		if a.Type == c.Type && a.References == c.References {
			return fmt.Sprintf("; if %s is its new name, say so with was=%s", a.Name, c.Name)
		}
	}
	return ""
}

func isSerial(t *store.Table) bool {
	return slices.ContainsFunc(t.Columns, func(c store.Column) bool { return c.Serial })
}
