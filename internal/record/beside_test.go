package record_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/shopspring/decimal"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
)

// BenchmarkBesideRaw runs what the plan of a record does, and the same with
// prepared SQL by hand over the database's own driver, in turns, and reports the
// CPU time of this process for each and their ratio.
// Run it with APPOS_TEST_DATABASE=postgres for the other database.
func BenchmarkBesideRaw(b *testing.B) {
	url := "sqlite:" + filepath.Join(b.TempDir(), "bench.db")
	if storetest.Kind() == store.PostgreSQL {
		url = storetest.URL(b)
	}
	s := setupAt(b, url)
	rows := make([]Customer, 20_000)
	for i := range rows {
		rows[i] = Customer{Code: fmt.Sprintf("%05d", i), Name: fmt.Sprintf("Customer %d", i), Credit: decimal.New(int64(i), -2), Active: true}
	}
	s.must(s.customers.CreateAll(s.ctx, nil, len(rows), func(i int) any { return &rows[i] }))
	if _, err := s.db.Exec(s.ctx, "ANALYZE"); err != nil {
		b.Fatal(err)
	}
	var raw byHand
	if s.db.Dialect() == store.PostgreSQL {
		raw = newPgxByHand(b, url)
	} else {
		raw = newSQLByHand(b, strings.TrimPrefix(url, "sqlite:"))
	}
	a := open("ana")
	q := &object.Query{Limit: 50, Order: []object.Order{{Field: s.field(s.customers, "code")}},
		Where: []object.Cond{{Op: object.OpEq, Field: s.field(s.customers, "tier"), Value: "bronze"}}}
	// a value that nobody had: both write the same, and what is unique stays so
	fresh := 0
	next := func() int { fresh++; return fresh }
	list := make([]Customer, 0, 51)
	var row Customer
	// turns are short, and of no round number, so that neither side gets all of
	// what SQLite does now and then, such as moving its log into the file
	for _, op := range []struct {
		name      string
		each      int // operations a turn
		plan, raw func(i int) error
	}{
		{"insert", 61,
			func(int) error { return s.notes.Create(s.ctx, a, &Note{Text: fmt.Sprint("note ", next())}) },
			func(int) error { return raw.insert(s.ctx, &Note{Text: fmt.Sprint("note ", next())}) }},
		{"get", 211,
			func(i int) error { return s.customers.Get(s.ctx, a, int64(i%20_000+1), &row) },
			func(i int) error { return raw.get(s.ctx, int64(i%20_000+1), &row) }},
		{"list50", 23,
			func(int) error {
				list = list[:0]
				_, err := s.customers.Find(s.ctx, a, q, func() any { list = append(list, Customer{}); return &list[len(list)-1] })
				return err
			},
			func(int) (err error) { list, err = raw.list(s.ctx, list[:0]); return err }},
		{"update+audit", 31,
			func(i int) error {
				return s.customers.Update(s.ctx, a, int64(i%20_000+1), 0, &row, func() error { row.Name = fmt.Sprint("name ", next()); return nil })
			},
			func(i int) error { return raw.update(s.ctx, int64(i%20_000+1), fmt.Sprint("name ", next()), &row) }},
	} {
		b.Run(op.name, func(b *testing.B) {
			const rounds = 61
			var plan, byHand float64
			turn := func(f func(int) error, from int) float64 {
				began := processTime()
				for i := range op.each {
					s.must(f(from + i*7919))
				}
				return float64((processTime() - began).Nanoseconds()) / 1000 / float64(op.each)
			}
			for range b.N {
				for round := -1; round < rounds; round++ {
					p, r := 0.0, 0.0
					if round%2 == 0 {
						p, r = turn(op.plan, round+1), turn(op.raw, round+1)
					} else {
						r, p = turn(op.raw, round+1), turn(op.plan, round+1)
					}
					if round >= 0 { // the first one prepares
						plan, byHand = plan+p, byHand+r
					}
				}
			}
			turns := float64(b.N * rounds)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(plan/turns, "cpu-µs/plan")
			b.ReportMetric(byHand/turns, "cpu-µs/raw")
			b.ReportMetric(plan/byHand, "ratio")
		})
	}
}

func processTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// byHand is what a careful person would write.
type byHand interface {
	insert(context.Context, *Note) error
	get(context.Context, int64, *Customer) error
	list(context.Context, []Customer) ([]Customer, error)
	update(ctx context.Context, id int64, name string, row *Customer) error
}

const (
	handColumns = `id, version, created_at, created_by, updated_at, updated_by, code, name, email, tier, credit, salary, active, stars, score, seen, tags, address, region_id, secret`
	handInsert  = `INSERT INTO crm_note (version, created_at, created_by, updated_at, updated_by, text) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`
	handGet     = `SELECT ` + handColumns + ` FROM crm_customer WHERE id = $1 AND deleted_at IS NULL`
	handList    = `SELECT ` + handColumns + ` FROM crm_customer WHERE deleted_at IS NULL AND tier = $1 ORDER BY code, id LIMIT 51`
	handUpdate  = `UPDATE crm_customer SET name = $1, updated_at = $2, updated_by = $3, version = version + 1 WHERE id = $4 AND version = $5`
	handAudit   = `INSERT INTO crm_customer_audit_log (record_id, version, operation, restored, field, old_value, new_value, changed_by, changed_at, execution_id)
		VALUES ($1, $2, 'update', NULL, 'name', $3, $4, $5, $6, $7)`
)

// pgxByHand uses pgx's pool, which prepares statements by itself.
type pgxByHand struct{ pool *pgxpool.Pool }

func newPgxByHand(b *testing.B, url string) byHand {
	pool, err := pgxpool.New(context.Background(), url)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	return &pgxByHand{pool}
}

func (h *pgxByHand) insert(ctx context.Context, n *Note) error {
	now := time.Now()
	return h.pool.QueryRow(ctx, handInsert, 1, now, "ana", now, "ana", n.Text).Scan((*int64)(&n.ID))
}

func scanPgx(scan func(...any) error, c *Customer) error {
	var credit, salary pgtype.Numeric
	var tags []byte
	var address []byte
	err := scan(&c.ID, &c.Version, &c.CreatedAt, &c.CreatedBy, &c.UpdatedAt, &c.UpdatedBy, &c.Code, &c.Name, &c.Email, &c.Tier, &credit, &salary,
		&c.Active, &c.Stars, &c.Score, &c.Seen, &tags, &address, &c.Region, &c.Secret)
	if err == nil {
		c.Credit = decimal.NewFromBigInt(credit.Int, credit.Exp)
	}
	return err
}

func (h *pgxByHand) get(ctx context.Context, id int64, c *Customer) error {
	return scanPgx(h.pool.QueryRow(ctx, handGet, id).Scan, c)
}

func (h *pgxByHand) list(ctx context.Context, list []Customer) ([]Customer, error) {
	rows, err := h.pool.Query(ctx, handList, "bronze")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		list = append(list, Customer{})
		if err := scanPgx(rows.Scan, &list[len(list)-1]); err != nil {
			return nil, err
		}
	}
	return list, rows.Err()
}

func (h *pgxByHand) update(ctx context.Context, id int64, name string, c *Customer) error {
	tx, err := h.pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	if err := scanPgx(tx.QueryRow(ctx, handGet+` FOR NO KEY UPDATE`, id).Scan, c); err != nil {
		return err
	}
	now := time.Now()
	if _, err := tx.Exec(ctx, handUpdate, name, now, "ana", id, c.Version); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, handAudit, id, c.Version+1, c.Name, name, "ana", now, ""); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// sqlByHand uses database/sql with statements that stay prepared, on one
// connection that writes and another that reads.
type sqlByHand struct {
	write, read                                               *sql.Conn
	begin, commit, insertRow, lock, change, audit, one, fifty *sql.Stmt
}

func newSQLByHand(b *testing.B, path string) byHand {
	ctx := context.Background()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=synchronous(NORMAL)&_pragma=journal_mode(WAL)")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	conn := func() *sql.Conn {
		c, err := db.Conn(ctx)
		if err != nil {
			b.Fatal(err)
		}
		return c
	}
	h := &sqlByHand{write: conn(), read: conn()}
	prepare := func(c *sql.Conn, text string) *sql.Stmt {
		stmt, err := c.PrepareContext(ctx, text)
		if err != nil {
			b.Fatal(err)
		}
		return stmt
	}
	h.begin, h.commit = prepare(h.write, "BEGIN IMMEDIATE"), prepare(h.write, "COMMIT")
	h.insertRow, h.lock, h.change, h.audit = prepare(h.write, handInsert), prepare(h.write, handGet), prepare(h.write, handUpdate), prepare(h.write, handAudit)
	h.one, h.fifty = prepare(h.read, handGet), prepare(h.read, handList)
	return h
}

// scanRaw reads a row as a careful person would scan it.
func scanRaw(scan func(...any) error, c *Customer) error {
	var created, updated, credit int64
	var salary, seen *int64
	var tags string
	var address *string
	err := scan(&c.ID, &c.Version, &created, &c.CreatedBy, &updated, &c.UpdatedBy, &c.Code, &c.Name, &c.Email, &c.Tier, &credit, &salary, &c.Active, &c.Stars, &c.Score, &seen, &tags, &address, &c.Region, &c.Secret)
	c.CreatedAt, c.UpdatedAt, c.Credit = time.UnixMicro(created).UTC(), time.UnixMicro(updated).UTC(), decimal.New(credit, -2)
	return err
}

func (h *sqlByHand) insert(ctx context.Context, n *Note) error {
	now := time.Now().UnixMicro()
	rows, err := h.insertRow.QueryContext(ctx, 1, now, "ana", now, "ana", n.Text)
	if err != nil {
		return err
	}
	defer rows.Close()
	// to its end: what is closed before never gets SQLite to move its log into the file
	for rows.Next() {
		if err := rows.Scan((*int64)(&n.ID)); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (h *sqlByHand) get(ctx context.Context, id int64, c *Customer) error {
	return scanRaw(h.one.QueryRowContext(ctx, id).Scan, c)
}

func (h *sqlByHand) list(ctx context.Context, list []Customer) ([]Customer, error) {
	rows, err := h.fifty.QueryContext(ctx, "bronze")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		list = append(list, Customer{})
		if err := scanRaw(rows.Scan, &list[len(list)-1]); err != nil {
			return nil, err
		}
	}
	return list, rows.Err()
}

func (h *sqlByHand) update(ctx context.Context, id int64, name string, c *Customer) error {
	if _, err := h.begin.ExecContext(ctx); err != nil {
		return err
	}
	if err := scanRaw(h.lock.QueryRowContext(ctx, id).Scan, c); err != nil {
		return err
	}
	now := time.Now().UnixMicro()
	if _, err := h.change.ExecContext(ctx, name, now, "ana", id, c.Version); err != nil {
		return err
	}
	if _, err := h.audit.ExecContext(ctx, id, c.Version+1, c.Name, name, "ana", now, ""); err != nil {
		return err
	}
	_, err := h.commit.ExecContext(ctx)
	return err
}
