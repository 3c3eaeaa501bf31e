package appos_test

import (
	"context"
	"testing"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/appostest"
)

// Noop does nothing, so that what is measured is the gate.
type Noop struct{ appos.Returns[appos.None] }

var _ = appos.Rule(shop, noop)

func noop(context.Context, Noop) (appos.None, error) { return appos.None{}, nil }

// BenchmarkGate is a call of a rule that does nothing: permission, log, figures.
func BenchmarkGate(b *testing.B) {
	ctx := appostest.New(b, shop).As(clerks)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := appos.Call(ctx, Noop{}); err != nil {
			b.Fatal(err)
		}
	}
}

// Nested calls Noop, so that an edge is observed too.
type Nested struct{ appos.Returns[appos.None] }

var _ = appos.Rule(shop, func(ctx context.Context, _ Nested) (appos.None, error) { return appos.Call(ctx, Noop{}) })

// BenchmarkGateNested is a rule that calls a rule: twice the gate, and an edge.
func BenchmarkGateNested(b *testing.B) {
	ctx := appostest.New(b, shop).As(clerks)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := appos.Call(ctx, Nested{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkConstant is the access to a constant.
func BenchmarkConstant(b *testing.B) {
	ctx := appostest.New(b, shop).As(clerks)
	b.ReportAllocs()
	for b.Loop() {
		if taxRate.Get(ctx) != 0.1 {
			b.Fatal("wrong")
		}
	}
}
