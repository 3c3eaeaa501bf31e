package migrate_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

func moment(text string) time.Time {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return at
}

func day(text string) object.Date {
	d, err := object.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

// reads returns what a query finds, as text: SQL, "search WORD", or one of the
// columns that need a type to be read.
func reads(t testing.TB, db store.DB, tables []store.Table, query string) string {
	t.Helper()
	table := tables[1]
	word, isSearch := strings.CutPrefix(query, "search ")
	switch {
	case isSearch && db.Dialect() == store.SQLite:
		return fmt.Sprint(number(t, db, fmt.Sprintf(`SELECT count(*) FROM %[1]s_fts WHERE %[1]s_fts MATCH ?`, table.Name), word))
	case isSearch:
		return fmt.Sprint(number(t, db, fmt.Sprintf(`SELECT count(*) FROM %s WHERE search_vector @@ plainto_tsquery('simple', ?)`, table.Name), word))
	case query == "credit":
		return list(t, db, `SELECT credit FROM shop_customer ORDER BY credit`, func() (any, func() string) {
			d := &store.Decimal{Scale: col(&table, "credit").Type.Scale}
			return d, func() string { return d.Value.StringFixed(int32(d.Scale)) }
		})
	case query == "born":
		return list(t, db, `SELECT born FROM shop_customer WHERE born IS NOT NULL`, func() (any, func() string) {
			at := new(time.Time)
			return at, func() string { return at.UTC().Format(time.RFC3339) }
		})
	}
	return list(t, db, query, func() (any, func() string) {
		v := new(any)
		return v, func() string { return fmt.Sprint(*v) }
	})
}

func list(t testing.TB, db store.DB, query string, dst func() (any, func() string)) string {
	t.Helper()
	rows, err := db.Query(ctx, query)
	must(t, err)
	defer rows.Close()
	var all []string
	for rows.Next() {
		to, text := dst()
		must(t, rows.Scan(to))
		all = append(all, text())
	}
	must(t, rows.Err())
	return strings.Join(all, " ")
}
