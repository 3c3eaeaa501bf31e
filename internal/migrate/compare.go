package migrate

import (
	"slices"

	"github.com/apposengine/appos/internal/store"
)

// difference is what two schemas differ in, after renames.
type difference struct {
	moves   []move
	created []*store.Table
	dropped []*store.Table
	changed []*tableChange
}

// tableChange is what a table differs in.
type tableChange struct {
	from, to *store.Table
	added    []*store.Column
	dropped  []*store.Column
	columns  []columnChange // in both, and different
	indexes  bool
	checks   bool
	search   bool // the full-text index has to be made anew
}

// columnChange is a column as it was and as it is to be.
type columnChange struct{ from, to *store.Column }

func (c columnChange) retyped() bool   { return c.from.Type != c.to.Type }
func (c columnChange) tightened() bool { return c.from.Null && !c.to.Null }

// compare compares schemas, the one renamed already.
func compare(from, to []store.Table, moves []move) *difference {
	d := &difference{moves: moves}
	for i := range from {
		if find(to, from[i].Name) == nil {
			d.dropped = append(d.dropped, &from[i])
		}
	}
	for i := range to {
		old := find(from, to[i].Name)
		if old == nil {
			d.created = append(d.created, &to[i])
			continue
		}
		if c := compareTables(old, &to[i]); c != nil {
			d.changed = append(d.changed, c)
		}
	}
	return d
}

// compareTables returns nil when the tables are the same.
func compareTables(from, to *store.Table) *tableChange {
	t := &tableChange{from: from, to: to}
	for i := range from.Columns {
		if column(to, from.Columns[i].Name) == nil {
			t.dropped = append(t.dropped, &from.Columns[i])
		}
	}
	for i := range to.Columns {
		c := columnChange{column(from, to.Columns[i].Name), &to.Columns[i]}
		switch {
		case c.from == nil:
			t.added = append(t.added, c.to)
		case !sameColumn(c.from, c.to):
			t.columns = append(t.columns, c)
		}
	}
	key := func(x store.Index) string { return store.IndexName("", x) + " " + x.Where }
	t.indexes = !sameSet(from.Indexes, to.Indexes, key)
	t.checks = !sameSet(from.Checks, to.Checks, func(c store.Check) string { return c.Name + " " + c.SQL + " " + c.SQLite })
	t.search = !slices.Equal(from.Search, to.Search)
	for _, c := range t.columns {
		if c.retyped() && slices.Contains(from.Search, c.to.Name) {
			t.search = true
		}
	}
	if len(t.added)+len(t.dropped)+len(t.columns) == 0 && !t.indexes && !t.checks && !t.search && slices.Equal(keyOf(from), keyOf(to)) {
		return nil
	}
	return t
}

func sameColumn(a, b *store.Column) bool {
	x, hasX := defaultText(a)
	y, hasY := defaultText(b)
	return a.Type == b.Type && a.Null == b.Null && a.Serial == b.Serial && hasX == hasY && x == y &&
		a.References == b.References && a.OnDeleteCascade == b.OnDeleteCascade && a.Check == b.Check
}

func sameSet[T any](a, b []T, key func(T) string) bool {
	keys := func(list []T) []string {
		var all []string
		for _, v := range list {
			all = append(all, key(v))
		}
		slices.Sort(all)
		return all
	}
	return slices.Equal(keys(a), keys(b))
}

// keyOf is the primary key of a table.
func keyOf(t *store.Table) []string {
	if len(t.Key) > 0 {
		return t.Key
	}
	for i := range t.Columns {
		if t.Columns[i].Serial {
			return []string{t.Columns[i].Name}
		}
	}
	return nil
}
