package migrate

import (
	"slices"
	"strings"

	"ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/schema"

	"github.com/apposengine/appos/internal/store"
)

// sqlite plans for SQLite. What it cannot alter, Atlas rebuilds: a new table, the
// rows copied, the old one dropped, the new one renamed.
func (p *planner) sqlite() error {
	called := map[string]names{}
	for _, m := range p.diff.moves {
		// renaming changes the name of a table or a column, not those derived from it
		called[m.table] = namesOf(p.was(m.table))
	}
	from, err := model(p.dialect, p.before, called)
	if err != nil {
		return err
	}
	to, err := model(p.dialect, p.to, nil)
	if err != nil {
		return err
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
				retype(m, a, b)
			}
		}
		for _, t := range to.Tables {
			for _, key := range t.ForeignKeys {
				key.Symbol = "" // a name that renames would make wrong, and that SQLite does not tell
			}
		}
		return changes
	})
	if err != nil {
		return err
	}
	rebuilt := func(name string) bool {
		return slices.ContainsFunc(planned, func(c *migrate.Change) bool { return strings.HasPrefix(c.Cmd, "CREATE TABLE `new_"+name+"` ") })
	}
	// full-text indexes go first and come back last: they name table and columns
	var remade []*store.Table
	for _, t := range p.before {
		old, now := p.was(t.Name), find(p.to, t.Name)
		if now == nil || rebuilt(t.Name) || !slices.Equal(old.Search, now.Search) || old.Name != now.Name || p.searchChanged(t.Name) {
			p.dropSearch(old)
			if now != nil {
				remade = append(remade, now)
			}
		}
	}
	for _, m := range p.diff.moves {
		if m.column {
			p.add("", "ALTER TABLE %s RENAME COLUMN %s TO %s", store.Quote(m.table), store.Quote(m.from), store.Quote(m.to))
		} else {
			p.add("", "ALTER TABLE %s RENAME TO %s", store.Quote(m.from), store.Quote(m.to))
		}
	}
	for _, c := range planned {
		p.sqliteStatement(c)
	}
	for _, t := range p.diff.created {
		p.createSearch(t)
	}
	for _, t := range remade {
		p.createSearch(t)
		p.fillSearch(t)
	}
	return nil
}

// sqliteStatement adds a statement of Atlas, or what has to be there instead.
func (p *planner) sqliteStatement(c *migrate.Change) {
	const prefix = "INSERT INTO `new_"
	m, rebuild := c.Source.(*schema.ModifyTable)
	switch {
	case strings.HasPrefix(c.Cmd, "PRAGMA foreign_keys"):
		// has no effect within a transaction; who applies it turns them off before
	case strings.HasPrefix(c.Cmd, prefix):
		name := c.Cmd[len(prefix) : strings.IndexByte(c.Cmd[len(prefix):], '`')+len(prefix)]
		p.copyRows(name)
	case rebuild && strings.HasPrefix(c.Cmd, "ALTER TABLE `new_"):
		// with the behaviour of today SQLite would look at views, which name a table
		// that is not there at this moment
		p.add("", "PRAGMA legacy_alter_table = ON")
		p.add("put the new table in the place of "+m.T.Name, "%s", c.Cmd)
		p.add("", "PRAGMA legacy_alter_table = OFF")
	default:
		comment := ""
		if strings.HasPrefix(c.Cmd, "CREATE TABLE `new_") {
			comment = "build the table anew: SQLite cannot alter it"
		}
		p.add(comment, "%s", c.Cmd)
	}
}

// copyRows copies the rows of a table into the one that replaces it, with values
// converted, and hands on the counter of its ids.
func (p *planner) copyRows(table string) {
	t := find(p.to, table)
	old := find(p.before, table)
	var into, values []string
	for i := range t.Columns {
		c := columnChange{column(old, t.Columns[i].Name), &t.Columns[i]}
		if c.from == nil {
			continue // its default
		}
		value := store.Quote(c.to.Name)
		if c.retyped() {
			how, _ := converted(c.from.Type, c.to.Type)
			value = how.in(p.dialect, c.to.Name)
		}
		if c.tightened() && c.to.Default != nil {
			text, _ := literal(p.dialect, c.to) // written before
			value = "ifnull(" + value + ", " + text + ")"
		}
		into, values = append(into, store.Quote(c.to.Name)), append(values, value)
	}
	next := "new_" + table
	p.add("", "INSERT INTO %s (%s)\nSELECT %s FROM %s", store.Quote(next), strings.Join(into, ", "), strings.Join(values, ", "), store.Quote(table))
	if isSerial(t) {
		p.add("ids are never given out twice", "DELETE FROM sqlite_sequence WHERE name = %s", quote(next))
		p.add("", "INSERT INTO sqlite_sequence (name, seq) SELECT %s, seq FROM sqlite_sequence WHERE name = %s", quote(next), quote(table))
	}
}

// was is a table as it was before it was renamed.
func (p *planner) was(name string) *store.Table {
	for _, m := range p.diff.moves {
		if !m.column && m.to == name {
			name = m.from
		}
	}
	return find(p.original, name)
}

// searchChanged says whether the words of a table have to be indexed anew.
func (p *planner) searchChanged(table string) bool {
	for _, t := range p.diff.changed {
		if t.to.Name == table {
			return t.search
		}
	}
	return false
}
