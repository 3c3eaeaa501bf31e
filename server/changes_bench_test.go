package server_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/internal/store/storetest"
)

// counted is a client that takes what it is sent and counts the events.
type counted struct {
	header http.Header
	events chan<- struct{}
}

func (w *counted) Header() http.Header { return w.header }
func (w *counted) WriteHeader(int)     {}
func (w *counted) Flush()              {}

func (w *counted) Write(p []byte) (int, error) {
	for range bytes.Count(p, []byte("event: ")) {
		w.events <- struct{}{}
	}
	return len(p), nil
}

// BenchmarkChanges has 200 clients hear of what one writer changes, the writes
// included. What the network takes is not.
func BenchmarkChanges(b *testing.B) {
	for _, rows := range []int{1, 100} {
		b.Run(fmt.Sprintf("200_listeners_%d_rows_at_once", rows), func(b *testing.B) { listeners(b, rows) })
	}
}

func listeners(b *testing.B, rows int) {
	const n = 200
	w := openClinic(b, storetest.URL(b), func(c *config.Config) {
		c.Realtime.MaxPerAccount, c.Realtime.Recheck, c.API.RateLimit = n, config.Default().Realtime.Recheck, config.RateLimit{}
	}).users(b)
	events := make(chan struct{}, n*rows)
	ctx, stop := context.WithCancel(b.Context())
	var open sync.WaitGroup
	defer open.Wait()
	defer stop()
	for range n {
		r := httptest.NewRequestWithContext(ctx, "GET", beds+"/changes", nil)
		r.Header.Set("Accept", "text/event-stream")
		r.Header.Set("Authorization", "Bearer "+w.token(b, "one"))
		open.Go(func() { w.s.Handler().ServeHTTP(&counted{http.Header{}, events}, r) })
	}
	hear := func(k int) {
		for range k {
			<-events
		}
	}
	hear(n) // each is ready
	body := `{"create":[{"label":"A"}`
	for range rows - 1 {
		body += `,{"label":"A"}`
	}
	body += `]}`
	from := cpu()
	for b.Loop() {
		w.must(b, "dora", "POST", beds+"/bulk", body)
		hear(n * rows)
	}
	b.ReportMetric(float64((cpu()-from).Nanoseconds())/1000/float64(b.N)/float64(n*rows), "cpu-µs/event/listener")
}
