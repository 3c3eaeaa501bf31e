package record_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
)

type Closed struct {
	appos.Entity[Closed]
	A string `appos:"sensitive"`
	B string `appos:"sensitive"`
	C string `appos:"sensitive"`
	D string `appos:"sensitive"`
}

type Clear struct {
	appos.Entity[Clear]
	A, B, C, D string
}

// BenchmarkSealed writes and reads rows of four texts that are kept encrypted, and
// of four that are not, in turns, and reports what one such field adds.
func BenchmarkSealed(b *testing.B) {
	app := appos.NewApp("bench", nil)
	appos.Record[Closed](app, everybody)
	appos.Record[Clear](app, everybody)
	g := openGym(b, "sqlite::memory:")
	reg, _ := object.NewRegistry(app.Descriptor())
	records, faults := record.New(g.db, reg, nil)
	if len(faults) > 0 {
		b.Fatal(faults)
	}
	records.SealWith(g.ring) // in a file, which every value asks whether it changed
	g.must(migrate.Create(g.ctx, g.db, records.Tables()...))
	closed, clear := records.Plan(reflect.TypeFor[Closed]()), records.Plan(reflect.TypeFor[Clear]())
	const text = "a text of a usual length, 32 bytes"
	for name, op := range map[string]func(*record.Plan, any) error{
		"create": func(p *record.Plan, row any) error { return p.Create(g.ctx, nil, row) },
		"get":    func(p *record.Plan, row any) error { return p.Get(g.ctx, nil, 1, row) },
	} {
		b.Run(name, func(b *testing.B) {
			c, o := Closed{A: text, B: text, C: text, D: text}, Clear{A: text, B: text, C: text, D: text}
			g.must(closed.Create(g.ctx, nil, &c))
			g.must(clear.Create(g.ctx, nil, &o))
			var with, without time.Duration
			for b.Loop() {
				at := time.Now()
				g.must(op(closed, &c))
				between := time.Now()
				g.must(op(clear, &o))
				with, without = with+between.Sub(at), without+time.Since(between)
			}
			b.ReportMetric(float64((with-without).Nanoseconds())/1000/4/float64(b.N), "µs/field")
		})
	}
}
