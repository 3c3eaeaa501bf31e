package migrate

import (
	"fmt"
	"strings"

	"github.com/apposengine/appos/internal/store"
)

// notes say in words what a difference changes.
func (d *difference) notes() []string {
	var notes []string
	note := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	for _, m := range d.moves {
		if m.column {
			note("rename the column %s.%s to %s", m.table, m.from, m.to)
		} else {
			note("rename the table %s to %s", m.from, m.to)
		}
	}
	for _, t := range d.created {
		note("create the table %s", t.Name)
	}
	for _, t := range d.dropped {
		note("drop the table %s with all of its rows", t.Name)
	}
	for _, t := range d.changed {
		for _, c := range t.added {
			note("add the column %s.%s (%s)", t.to.Name, c.Name, described(c))
		}
		for _, c := range t.dropped {
			note("drop the column %s.%s with all of its values", t.to.Name, c.Name)
		}
		for _, c := range t.columns {
			note("change the column %s.%s: %s", t.to.Name, c.to.Name, c.note())
		}
		if t.indexes {
			note("change the indexes of %s", t.to.Name)
		}
		if t.checks {
			note("change the checks of %s", t.to.Name)
		}
		if t.search {
			note("make the full-text index of %s anew", t.to.Name)
		}
	}
	return notes
}

func described(c *store.Column) string {
	words := []string{c.Type.String()}
	if c.Null {
		words = append(words, "optional")
	}
	if c.References != "" {
		words = append(words, "references "+c.References)
	}
	return strings.Join(words, ", ")
}

func (c columnChange) note() string {
	var words []string
	say := func(format string, args ...any) { words = append(words, fmt.Sprintf(format, args...)) }
	if c.retyped() {
		say("%s becomes %s", c.from.Type, c.to.Type)
		if how, _ := converted(c.from.Type, c.to.Type); how.loses != "" {
			say("%s is lost", how.loses)
		} else if how.checks != "" {
			say("%s refuses it", how.checks)
		}
	}
	switch {
	case c.tightened() && c.to.Default != nil:
		say("mandatory, rows without a value get the default")
	case c.tightened():
		say("mandatory, a row without a value refuses it")
	case c.to.Null && !c.from.Null:
		say("optional")
	}
	if x, hasX := defaultText(c.from); true {
		if y, hasY := defaultText(c.to); hasX != hasY || x != y {
			if hasY {
				say("the default becomes %q", y)
			} else {
				say("no default any more")
			}
		}
	}
	if c.from.References != c.to.References || c.from.OnDeleteCascade != c.to.OnDeleteCascade {
		if c.to.References == "" {
			say("no reference any more")
		} else {
			say("references %s", c.to.References)
		}
	}
	if c.from.Check != c.to.Check {
		say("another condition")
	}
	return strings.Join(words, "; ")
}
