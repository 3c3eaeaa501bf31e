package webhook_test

import (
	"fmt"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
	"github.com/apposengine/appos/internal/webhook"
)

// cpu is what the process has used so far.
func cpu(b *testing.B) time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func benched(b *testing.B) *env {
	if storetest.Kind() == store.PostgreSQL {
		return open(b, storetest.Postgres(b))
	}
	return open(b, "sqlite:"+filepath.Join(b.TempDir(), "bench.db"))
}

// BenchmarkWatched is the creation of a row that none, one or ten webhooks follow.
// Nothing is delivered meanwhile.
func BenchmarkWatched(b *testing.B) {
	for _, n := range []int{0, 1, 10} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			e := benched(b)
			e.prepare(webhook.Options{Allow: loopback})
			for i := range n {
				e.hook(webhook.Settings{Name: fmt.Sprint(i), Target: "http://127.0.0.1:9/"})
			}
			create(e, e.ctx, Customer{Name: "First"})
			from := cpu(b)
			for b.Loop() {
				create(e, e.ctx, Customer{Name: "Ana", Email: "ana@example.com", Region: "south"})
			}
			b.ReportMetric(float64((cpu(b)-from).Microseconds())/float64(b.N), "cpu-µs/op")
		})
	}
}

// BenchmarkDelivered is how fast events get to a target on this machine.
func BenchmarkDelivered(b *testing.B) {
	const events = 1000
	for b.Loop() {
		b.StopTimer()
		e := benched(b)
		e.prepare(webhook.Options{Allow: loopback})
		x := newTarget(b, nil)
		id, _ := e.hook(webhook.Settings{Target: x.URL})
		for i := range events {
			create(e, e.ctx, Customer{Name: fmt.Sprintf("Customer %d", i)})
		}
		from, began := cpu(b), time.Now()
		b.StartTimer()
		e.run()
		e.within("all to be delivered", func() bool {
			f, err := e.hooks.Figures(b.Context())
			e.check(err)
			return f[id].Delivered == events
		})
		took := time.Since(began)
		b.ReportMetric(events/took.Seconds(), "events/s")
		b.ReportMetric(float64((cpu(b)-from).Microseconds())/events, "cpu-µs/event")
	}
}
