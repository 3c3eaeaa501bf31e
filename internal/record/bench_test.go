package record_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos/internal/object"
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
