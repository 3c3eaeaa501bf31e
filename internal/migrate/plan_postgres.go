package migrate

import (
	"strings"

	"ariga.io/atlas/sql/postgres"
	"ariga.io/atlas/sql/schema"

	"github.com/apposengine/appos/internal/store"
)

// postgres plans for PostgreSQL.
func (p *planner) postgres() error {
	p.renamePostgres()
	from, err := model(p.dialect, p.before, nil)
	if err != nil {
		return err
	}
	to, err := model(p.dialect, p.to, nil)
	if err != nil {
		return err
	}
	for _, t := range p.diff.changed {
		mt, _ := from.Table(t.to.Name)
		p.prepare(t, mt)
	}
	planned, err := p.atlas(from, to, func(changes []schema.Change) []schema.Change {
		for _, t := range p.diff.changed {
			mt, _ := to.Table(t.to.Name)
			for _, c := range t.columns {
				if !c.retyped() {
					continue
				}
				var m *schema.ModifyTable
				changes, m = modified(changes, mt)
				old, _ := from.Table(t.to.Name)
				a, _ := old.Column(c.to.Name)
				b, _ := mt.Column(c.to.Name)
				mc := retype(m, a, b)
				how, _ := converted(c.from.Type, c.to.Type)
				value := how.in(p.dialect, c.to.Name)
				if c.tightened() && c.to.Default != nil {
					text, _ := literal(p.dialect, c.to) // written before
					value = "coalesce(" + value + ", " + text + ")"
				}
				mc.Extra = append(mc.Extra, &postgres.ConvertUsing{X: value})
			}
		}
		return changes
	})
	if err != nil {
		return err
	}
	for _, c := range planned {
		p.add("", "%s", c.Cmd)
	}
	for _, t := range p.diff.created {
		p.createSearch(t)
	}
	for _, t := range p.diff.changed {
		if t.search {
			p.createSearch(t.to)
		}
	}
	return nil
}

// renamePostgres renames tables and columns, and what has a name derived from theirs.
func (p *planner) renamePostgres() {
	touched := map[string]bool{}
	for _, m := range p.diff.moves {
		touched[m.table] = true
		if m.column {
			p.add("", "ALTER TABLE %s RENAME COLUMN %s TO %s", store.Quote(m.table), store.Quote(m.from), store.Quote(m.to))
		} else {
			p.add("", "ALTER TABLE %s RENAME TO %s", store.Quote(m.from), store.Quote(m.to))
		}
	}
	for i := range p.before {
		now := &p.before[i]
		if !touched[now.Name] {
			continue
		}
		old := p.was(now.Name)
		is, want := namesOf(old), namesOf(now)
		rename := func(is, want []string, format string) {
			for i := range is {
				if is[i] != want[i] {
					p.add("", strings.ReplaceAll(format, "TABLE_NAME", store.Quote(now.Name)), store.Quote(is[i]), store.Quote(want[i]))
				}
			}
		}
		const index, constraint = "ALTER INDEX %s RENAME TO %s", "ALTER TABLE TABLE_NAME RENAME CONSTRAINT %s TO %s"
		rename(is.indexes, want.indexes, index)
		rename(is.checks, want.checks, constraint)
		rename(is.references, want.references, constraint)
		rename([]string{old.Name + "_pkey"}, []string{now.Name + "_pkey"}, constraint)
		if len(old.Search) > 0 {
			rename([]string{store.Identifier("ix", old.Name, store.SearchVector)}, []string{store.Identifier("ix", now.Name, store.SearchVector)}, index)
		}
	}
}

// prepare adds what has to happen to a table before Atlas' statements, and has
// its model say so.
func (p *planner) prepare(t *tableChange, mt *schema.Table) {
	table := store.Quote(t.to.Name)
	if t.search && len(t.from.Search) > 0 {
		p.add("forget the words of "+t.to.Name, "ALTER TABLE %s DROP COLUMN %s", table, store.Quote(store.SearchVector))
	}
	for _, c := range t.columns {
		name := store.Quote(c.to.Name)
		if c.retyped() && c.from.Default != nil {
			p.add("", "ALTER TABLE %s ALTER COLUMN %s DROP DEFAULT", table, name)
			mc, _ := mt.Column(c.to.Name)
			mc.Default = nil
		}
		if c.tightened() && c.to.Default != nil && !c.retyped() {
			value, _ := literal(p.dialect, c.to) // written before
			p.add("", "UPDATE %s SET %s = %s WHERE %s IS NULL", table, name, value, name)
		}
	}
}
