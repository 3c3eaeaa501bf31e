package exchange_test

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/exchange"
	"github.com/apposengine/appos/internal/store/storetest"
)

// BenchmarkImport imports 20,000 clients: validated, one unique field, audited.
func BenchmarkImport(b *testing.B) {
	for name, url := range map[string]func() string{
		"sqlite":   func() string { return "sqlite:" + filepath.Join(b.TempDir(), "test.db") },
		"postgres": func() string { return storetest.Postgres(b) },
	} {
		b.Run(name, func(b *testing.B) {
			const n = 20_000
			var wall, cpu time.Duration
			for range b.N {
				b.StopTimer()
				at := setup(b, url(), company)
				path := at.clients("many.csv", n)
				b.StartTimer()
				began, used := time.Now(), cpuTime()
				at.load("co.records.client", path, exchange.Options{OnError: exchange.Continue})
				wall, cpu = wall+time.Since(began), cpu+cpuTime()-used
			}
			rows := float64(b.N) * n
			b.ReportMetric(rows/wall.Seconds(), "rows/s")
			b.ReportMetric(rows/cpu.Seconds(), "rows/cpu-s")
		})
	}
}

// cpuTime is what this process has used.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
