package record_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"
)

// BenchmarkCreateSearched creates rows with two search fields, with and without
// the index that follows them, one by one: index-µs is the CPU that it takes.
func BenchmarkCreateSearched(b *testing.B) {
	cpu := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	with, without := setupAt(b, "sqlite:"+b.TempDir()+"/with.db"), setupAt(b, "sqlite:"+b.TempDir()+"/without.db")
	_, err := without.db.Exec(without.ctx, `DROP TRIGGER "crm_customer_fts_insert"`)
	without.must(err)
	var took [2]time.Duration
	b.ResetTimer()
	for i := range b.N {
		for j, s := range []*bench{with, without} {
			began := cpu()
			s.customer(fmt.Sprintf("code-%d", i), func(c *Customer) { c.Name = fmt.Sprintf("Heron %d and Sons of Berlin", i%977) })
			took[j] += cpu() - began
		}
	}
	b.ReportMetric(float64((took[0]-took[1]).Microseconds())/float64(b.N), "index-µs/op")
	b.ReportMetric(float64(took[1].Microseconds())/float64(b.N), "without-µs/op")
}
