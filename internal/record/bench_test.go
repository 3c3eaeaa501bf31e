package record_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
)

// loaded is a database with 20,000 customers.
func loaded(b *testing.B) *bench {
	s := setup(b)
	rows := make([]Customer, 20_000)
	for i := range rows {
		rows[i] = Customer{Code: fmt.Sprint(i), Name: fmt.Sprintf("Customer %d", i), Credit: decimal.New(int64(i), -2), Active: true}
	}
	s.must(s.customers.CreateAll(s.ctx, nil, len(rows), func(i int) any { return &rows[i] }))
	b.ReportAllocs()
	b.ResetTimer()
	return s
}

func BenchmarkGet(b *testing.B) {
	s := loaded(b)
	a := open("ana")
	var row Customer
	for i := range b.N {
		s.must(s.customers.Get(s.ctx, a, int64(i%20_000+1), &row))
	}
}

func BenchmarkGetCancelable(b *testing.B) {
	s := loaded(b)
	a := open("ana")
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	var row Customer
	for i := range b.N {
		s.must(s.customers.Get(ctx, a, int64(i%20_000+1), &row))
	}
}

func BenchmarkList50JSON(b *testing.B) {
	s := loaded(b)
	a := open("ana")
	q := &object.Query{Limit: 50, Order: []object.Order{{Field: s.field(s.customers, "code")}}, Where: []object.Cond{{Op: object.OpEq, Field: s.field(s.customers, "tier"), Value: "bronze"}}}
	rows := make([]Customer, 0, 50)
	var out []byte
	for range b.N {
		rows, out = rows[:0], out[:0]
		_, err := s.customers.Find(s.ctx, a, q, func() any {
			rows = append(rows, Customer{})
			return &rows[len(rows)-1]
		})
		s.must(err)
		for i := range rows {
			out = s.customers.AppendJSON(out, &rows[i], a.Hidden)
		}
	}
}

func BenchmarkCreate(b *testing.B) {
	s := loaded(b)
	a := open("ana")
	for i := range b.N {
		s.must(s.notes.Create(s.ctx, a, &Note{Text: fmt.Sprint(i)}))
	}
}

func BenchmarkCreateAudited(b *testing.B) {
	s := loaded(b)
	a := open("ana")
	for i := range b.N {
		s.must(s.customers.Create(s.ctx, a, &Customer{Code: fmt.Sprint("c", i), Name: "n"}))
	}
}

func BenchmarkUpdateAudited(b *testing.B) {
	s := loaded(b)
	a := open("ana")
	var row Customer
	for i := range b.N {
		s.must(s.customers.Update(s.ctx, a, int64(i%20_000+1), 0, &row, func() error {
			row.Name = fmt.Sprint("name ", i)
			row.Score++
			return nil
		}))
	}
}

func BenchmarkCreateAll1000(b *testing.B) {
	s := loaded(b)
	for i := range b.N {
		rows := make([]Order, 1000)
		for j := range rows {
			rows[j] = Order{Number: fmt.Sprint(i, "-", j), Customer: 1, Placed: start}
		}
		s.must(s.orders.CreateAll(s.ctx, nil, len(rows), func(i int) any { return &rows[i] }))
	}
}

// The same get and list by hand over database/sql with prepared statements:
// what the plan is compared with.
func raw(b *testing.B, text string) (*bench, *sql.Stmt) {
	b.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "raw.db")+"?_pragma=journal_mode(WAL)")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	s := setup(b)
	exec := func(text string, args ...any) {
		if _, err := db.Exec(text, args...); err != nil {
			b.Fatal(err)
		}
	}
	exec(`CREATE TABLE c (id INTEGER PRIMARY KEY AUTOINCREMENT, version INTEGER NOT NULL, created_at INTEGER NOT NULL, created_by TEXT NOT NULL, updated_at INTEGER NOT NULL,
		updated_by TEXT NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL, email TEXT, tier TEXT NOT NULL, credit INTEGER NOT NULL, salary INTEGER, active INTEGER NOT NULL,
		stars INTEGER, score REAL NOT NULL, seen INTEGER, tags TEXT NOT NULL, address TEXT, region_id INTEGER, secret TEXT NOT NULL, deleted_at INTEGER) STRICT`)
	exec(`CREATE UNIQUE INDEX uq ON c (code) WHERE deleted_at IS NULL`)
	exec(`BEGIN`)
	for i := range 20_000 {
		exec(`INSERT INTO c (version, created_at, created_by, updated_at, updated_by, code, name, tier, credit, active, score, tags, secret) VALUES (1, 1, 'a', 1, 'a', ?, ?, 'bronze', ?, 1, 0, '[]', '')`,
			fmt.Sprint(i), fmt.Sprintf("Customer %d", i), i)
	}
	exec(`COMMIT`)
	stmt, err := db.Prepare(`SELECT id, version, created_at, created_by, updated_at, updated_by, code, name, email, tier, credit, salary, active, stars, score, seen, tags, address, region_id, secret FROM c ` + text)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	return s, stmt
}

// rawRow is a row as a careful person would scan it.
func scanRaw(scan func(...any) error, c *Customer) error {
	var created, updated, credit int64
	var salary, seen *int64
	var tags string
	var address *string
	err := scan(&c.ID, &c.Version, &created, &c.CreatedBy, &updated, &c.UpdatedBy, &c.Code, &c.Name, &c.Email, &c.Tier, &credit, &salary, &c.Active, &c.Stars, &c.Score, &seen, &tags, &address, &c.Region, &c.Secret)
	c.CreatedAt, c.UpdatedAt, c.Credit = time.UnixMicro(created).UTC(), time.UnixMicro(updated).UTC(), decimal.New(credit, -2)
	return err
}

func BenchmarkRawGet(b *testing.B) {
	s, stmt := raw(b, `WHERE id = ? AND deleted_at IS NULL`)
	var row Customer
	for i := range b.N {
		s.must(scanRaw(stmt.QueryRowContext(s.ctx, i%20_000+1).Scan, &row))
	}
}

func BenchmarkRawList50JSON(b *testing.B) {
	s, stmt := raw(b, `WHERE deleted_at IS NULL AND tier = ? ORDER BY code, id LIMIT 51`)
	list := make([]Customer, 0, 51)
	var out []byte
	for range b.N {
		list, out = list[:0], out[:0]
		rows, err := stmt.QueryContext(s.ctx, "bronze")
		s.must(err)
		for rows.Next() {
			list = append(list, Customer{})
			s.must(scanRaw(rows.Scan, &list[len(list)-1]))
		}
		rows.Close()
		for i := range list {
			out = s.customers.AppendJSON(out, &list[i], record.Mask{})
		}
	}
}
