package record_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
)

// BenchmarkDeepPage reads pages in the middle of 1,000,000 rows and says how many
// times as long that takes as the first page: x/first. Run it with
// -bench DeepPage -benchtime 200x.
func BenchmarkDeepPage(b *testing.B) {
	for _, database := range []string{"sqlite", "postgres"} {
		b.Run(database, func(b *testing.B) {
			url := "sqlite:" + filepath.Join(b.TempDir(), "deep.db")
			if database == "postgres" {
				url = storetest.Postgres(b)
			}
			deepPages(b, million(b, url))
		})
	}
}

// million is a database with 1,000,000 customers: names are shared by ten, stars
// by 200,000 and missing in as many.
func million(b *testing.B, url string) *bench {
	s := setupAt(b, url)
	first, from := "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) ", "FROM n"
	name := "'Name ' || substr('000000' || (i * 7919 % 100000), -6)"
	exec := func(sql string, args ...any) {
		_, err := s.db.Exec(s.ctx, sql, args...)
		s.must(err)
	}
	stars := `CREATE INDEX "deep_stars" ON "crm_customer" ("stars", "id") WHERE "deleted_at" IS NULL`
	if s.db.Dialect() == store.PostgreSQL {
		first, from = "", "FROM generate_series(1, 1000000) AS n(i)"
		name = "'Name ' || lpad((CAST(i AS bigint) * 7919 % 100000)::text, 6, '0')"
		stars = `CREATE INDEX "deep_stars" ON "crm_customer" ("stars" NULLS FIRST, "id") WHERE "deleted_at" IS NULL`
		exec(`ALTER TABLE "crm_customer" DROP COLUMN "search_vector"`) // words take long to index
	} else {
		exec(`DROP TRIGGER "crm_customer_fts_insert"`)
	}
	exec(`INSERT INTO "crm_customer" ("version", "created_at", "created_by", "updated_at", "updated_by", "code", "name", "tier", "credit", "active", "stars", "score", "tags") `+
		first+`SELECT 1, ?, 'x', ?, 'x', CAST(i AS text), `+name+`, 'bronze', 0, ?, NULLIF(i % 5, 0), 0, '[]' `+from, start, start, false)
	exec(stars)
	exec("ANALYZE")
	return s
}

func deepPages(b *testing.B, s *bench) {
	by := func(column string, desc bool) []object.Order {
		return []object.Order{{Field: s.field(s.customers, column), Desc: desc}}
	}
	for _, c := range []struct {
		name  string
		order []object.Order
		at    int64 // the id of the row that the page begins after
	}{
		{"id", nil, 500_000},
		{"name", by("name", false), 500_007},
		{"name desc", by("name", true), 500_007},
		{"in the nulls", by("stars", false), 500_000},
		{"in ties", by("stars", false), 700_002},
		{"desc in ties", by("stars", true), 300_003},
		{"desc in the nulls", by("stars", true), 500_000},
		{"desc before the nulls", by("stars", true), 6},
	} {
		b.Run(c.name, func(b *testing.B) {
			first := &object.Query{Limit: 50, Order: c.order}
			deep := *first
			var row Customer
			s.must(s.customers.Get(s.ctx, nil, c.at, &row))
			deep.After = s.customers.CursorOf(&deep, &row)
			page := func(q *object.Query) time.Duration {
				began := time.Now()
				if rows, _ := find[Customer](s, s.customers, nil, q); len(rows) != 50 {
					b.Fatalf("%d rows", len(rows))
				}
				return time.Since(began)
			}
			page(first)
			page(&deep)
			var one, other []time.Duration
			for range b.N {
				one, other = append(one, page(first)), append(other, page(&deep))
			}
			slices.Sort(one)
			slices.Sort(other)
			half := b.N / 2 // medians: what else runs must not count
			b.ReportMetric(float64(other[half])/float64(one[half]), "x/first")
			b.ReportMetric(float64(one[half].Microseconds()), "µs/first")
		})
	}
}
