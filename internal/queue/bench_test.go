package queue_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/queue"
	"github.com/apposengine/appos/internal/store/storetest"
)

// BenchmarkJobs runs 5,000 jobs that do nothing, enqueued before: jobs/s. The
// database is that of APPOS_TEST_DATABASE.
func BenchmarkJobs(b *testing.B) {
	const jobs = 5000
	db := storetest.Open(b, storetest.URL(b))
	tables(b, db)
	var ran atomic.Int64
	for b.Loop() {
		b.StopTimer()
		q, err := queue.New(queue.Options{DB: db, Queues: map[string]int{queue.Default: 100}})
		if err != nil {
			b.Fatal(err)
		}
		ran.Store(0)
		queue.Register(q, queue.Kind{}, func(context.Context, *queue.Job, echo) error { ran.Add(1); return nil })
		for i := 0; i < jobs; i += 1000 {
			batch := make([]queue.Insert, 1000)
			for k := range batch {
				batch[k] = queue.Insert{Args: echo{fmt.Sprint(i + k)}}
			}
			if _, err := q.EnqueueMany(b.Context(), batch); err != nil {
				b.Fatal(err)
			}
		}
		began := time.Now()
		b.StartTimer()
		start(b, q)
		within(b, "all ran", func() bool { return ran.Load() == jobs })
		within(b, "all are done", func() bool {
			var left int64
			if err := db.QueryRow(b.Context(), []any{&left}, `SELECT COUNT(*) FROM river_job WHERE state <> 'completed'`); err != nil {
				b.Fatal(err)
			}
			return left == 0
		})
		b.ReportMetric(jobs/time.Since(began).Seconds(), "jobs/s")
		b.StopTimer()
		if err := q.Stop(context.Background()); err != nil {
			b.Fatal(err)
		}
		if _, err := db.Exec(b.Context(), `DELETE FROM river_job`); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// BenchmarkFirst is how long a job waits on an idle node: from before the enqueue
// to the begin of its function.
func BenchmarkFirst(b *testing.B) {
	db := storetest.Open(b, storetest.URL(b))
	tables(b, db)
	q := open(b, queue.Options{DB: db})
	began := make(chan time.Time, 1)
	queue.Register(q, queue.Kind{}, func(context.Context, *queue.Job, echo) error { began <- time.Now(); return nil })
	start(b, q)
	time.Sleep(500 * time.Millisecond)
	var all []time.Duration
	for b.Loop() {
		from := time.Now()
		if _, err := q.Enqueue(b.Context(), echo{"x"}, queue.Opts{}); err != nil {
			b.Fatal(err)
		}
		all = append(all, (<-began).Sub(from))
		time.Sleep(20 * time.Millisecond)
	}
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "p99-ms")
}

// BenchmarkBeside is a write of the store beside a queue that is busy with jobs
// that do nothing, and beside one that is idle.
func BenchmarkBeside(b *testing.B) {
	for _, busy := range []bool{false, true} {
		b.Run(map[bool]string{false: "idle", true: "busy"}[busy], func(b *testing.B) {
			db := storetest.Open(b, storetest.URL(b))
			tables(b, db)
			q := open(b, queue.Options{DB: db})
			queue.Register(q, queue.Kind{}, func(context.Context, *queue.Job, echo) error { return nil })
			start(b, q)
			var enqueued atomic.Int64
			if busy {
				ctx, cancel := context.WithCancel(b.Context())
				done := make(chan struct{})
				defer func() { cancel(); <-done }()
				go func() {
					defer close(done)
					batch := slices.Repeat([]queue.Insert{{Args: echo{"x"}}}, 50)
					for ctx.Err() == nil {
						if _, err := q.EnqueueMany(ctx, batch); err == nil {
							enqueued.Add(50)
						}
						time.Sleep(50 * time.Millisecond)
					}
				}()
			}
			var all []time.Duration
			began := time.Now()
			for b.Loop() {
				from := time.Now()
				err := db.Tx(b.Context(), func(ctx context.Context) error {
					_, err := db.Exec(ctx, `INSERT INTO effect (what) VALUES (?)`, "beside")
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
				all = append(all, time.Since(from))
			}
			slices.Sort(all)
			b.ReportMetric(float64(all[len(all)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "p99-µs")
			b.ReportMetric(float64(enqueued.Load())/time.Since(began).Seconds(), "jobs/s")
		})
	}
}
