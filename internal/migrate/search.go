package migrate

import (
	"strings"

	"github.com/apposengine/appos/internal/store"
)

func searchTriggers(table string) (insert, update, remove string) {
	fts := store.SearchTable(table)
	return store.Identifier(fts, "insert"), store.Identifier(fts, "update"), store.Identifier(fts, "delete")
}

// createSearch adds the full-text index of a table, with the rows that there are.
func (p *planner) createSearch(t *store.Table) {
	if len(t.Search) == 0 {
		return
	}
	if p.dialect == store.PostgreSQL {
		p.createVector(t)
		return
	}
	id := store.Quote(keyOf(t)[0])
	fts, table := store.Quote(store.SearchTable(t.Name)), store.Quote(t.Name)
	columns := quoted("", t.Search)
	p.add("index the words of "+t.Name, "CREATE VIRTUAL TABLE %s USING fts5(%s, content=%s, content_rowid=%s, %s)",
		fts, columns, quote(t.Name), quote(keyOf(t)[0]), store.SearchOptions)
	insert, update, remove := searchTriggers(t.Name)
	forget := "INSERT INTO " + fts + " (" + fts + ", rowid, " + columns + ") VALUES ('delete', old." + id + ", " + quoted("old.", t.Search) + ");"
	learn := "INSERT INTO " + fts + " (rowid, " + columns + ") VALUES (new." + id + ", " + quoted("new.", t.Search) + ");"
	p.add("", "CREATE TRIGGER %s AFTER INSERT ON %s BEGIN\n  %s\nEND", store.Quote(insert), table, learn)
	p.add("", "CREATE TRIGGER %s AFTER UPDATE OF %s ON %s BEGIN\n  %s\n  %s\nEND", store.Quote(update), columns, table, forget, learn)
	p.add("", "CREATE TRIGGER %s AFTER DELETE ON %s BEGIN\n  %s\nEND", store.Quote(remove), table, forget)
}

// fillSearch indexes the rows that exist.
func (p *planner) fillSearch(t *store.Table) {
	if len(t.Search) > 0 && p.dialect == store.SQLite {
		fts := store.Quote(store.SearchTable(t.Name))
		p.add("index the rows of "+t.Name, "INSERT INTO %s (%s) VALUES ('rebuild')", fts, fts)
	}
}

// dropSearch removes the full-text index of a table, by the name that it has.
func (p *planner) dropSearch(t *store.Table) {
	if len(t.Search) == 0 {
		return
	}
	insert, update, remove := searchTriggers(t.Name)
	for _, name := range []string{insert, update, remove} {
		p.add("", "DROP TRIGGER %s", store.Quote(name))
	}
	p.add("forget the words of "+t.Name, "DROP TABLE %s", store.Quote(store.SearchTable(t.Name)))
}

func (p *planner) createVector(t *store.Table) {
	p.add("index the words of "+t.Name, "ALTER TABLE %s ADD COLUMN %s tsvector GENERATED ALWAYS AS (%s) STORED",
		store.Quote(t.Name), store.Quote(store.SearchVector), store.SearchWords(t.Search))
	p.add("", "CREATE INDEX %s ON %s USING gin (%s)", store.Quote(store.Identifier("ix", t.Name, store.SearchVector)), store.Quote(t.Name), store.Quote(store.SearchVector))
}

func quoted(prefix string, names []string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = prefix + store.Quote(n)
	}
	return strings.Join(q, ", ")
}
