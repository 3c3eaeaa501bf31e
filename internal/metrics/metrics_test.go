package metrics_test

import (
	"fmt"
	"io"
	"math"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/apposengine/appos/internal/metrics"
	"github.com/apposengine/appos/internal/object"
)

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

func table(n int, now func() time.Time) *metrics.Objects {
	app := &object.App{Name: "crm"}
	var objects []*object.Object
	for i := range n {
		objects = append(objects, &object.Object{App: app, Kind: object.KindRule, Ref: fmt.Sprint("crm.rules.r", i), Index: i})
	}
	return metrics.NewObjects(metrics.Config{Objects: objects, Now: now})
}

// near says whether got is within the promised accuracy of want.
func near(got, want time.Duration) bool {
	return math.Abs(float64(got-want)) <= metrics.Accuracy*1.01*float64(want)
}

func TestSummary(t *testing.T) {
	o := table(2, func() time.Time { return noon })
	for i := 1; i <= 1000; i++ {
		o.Observe(1, time.Duration(i)*time.Millisecond, i%100 == 0)
	}
	s := o.Summary(1, metrics.Day)
	if s.Count != 1000 || s.Errors != 10 || s.Mean != 500500*time.Microsecond {
		t.Errorf("got %+v", s)
	}
	for name, c := range map[string][2]time.Duration{
		"p50": {s.P50, 500 * time.Millisecond}, "p95": {s.P95, 950 * time.Millisecond}, "p99": {s.P99, 990 * time.Millisecond},
		"shortest": {s.Shortest, time.Millisecond}, "peak": {s.Peak, time.Second},
	} {
		if !near(c[0], c[1]) {
			t.Errorf("%s: got %v, want %v", name, c[0], c[1])
		}
	}
	if s := o.Summary(0, metrics.Month); s != (metrics.Summary{}) {
		t.Errorf("an object that was not called: got %+v", s)
	}
	if tot := o.Total(1); tot.Count != 1000 || tot.Errors != 10 || tot.Duration != 500500*time.Millisecond {
		t.Errorf("total %+v", tot)
	}
}

func TestOutOfRange(t *testing.T) {
	o := table(1, nil)
	for _, i := range []int{-1, 1, 1 << 40} {
		o.Observe(i, time.Second, true)
		if s := o.Summary(i, metrics.Day); s.Count != 0 {
			t.Errorf("index %d: got %+v", i, s)
		}
		if len(o.Series(i, metrics.Day)) != 24 || o.Total(i) != (metrics.Total{}) {
			t.Errorf("index %d has something", i)
		}
	}
	for _, d := range []time.Duration{-time.Hour, 0, 1, math.MaxInt64, 3 * time.Hour} {
		o.Observe(0, d, false)
	}
	if s := o.Summary(0, metrics.Day); s.Count != 5 || s.Peak < 2*time.Hour*98/100 {
		t.Errorf("got %+v", s)
	}
}

func TestWindowsMoveOn(t *testing.T) {
	now := noon
	o := table(1, func() time.Time { return now })
	o.Observe(0, time.Millisecond, false)
	for _, c := range []struct {
		after            time.Duration
		day, week, month uint64
	}{
		{0, 1, 1, 1},
		{time.Hour, 1, 1, 1},
		{23 * time.Hour, 1, 1, 1},
		{24 * time.Hour, 0, 1, 1},
		{6 * 24 * time.Hour, 0, 1, 1},
		{7 * 24 * time.Hour, 0, 0, 1},
		{29 * 24 * time.Hour, 0, 0, 1},
		{30 * 24 * time.Hour, 0, 0, 0},
		{400 * 24 * time.Hour, 0, 0, 0},
	} {
		now = noon.Add(c.after)
		for w, want := range map[metrics.Window]uint64{metrics.Day: c.day, metrics.Week: c.week, metrics.Month: c.month} {
			if s := o.Summary(0, w); s.Count != want {
				t.Errorf("after %v: %v has %d calls, want %d", c.after, w, s.Count, want)
			}
		}
	}
	if o.Total(0).Count != 1 {
		t.Error("the total has forgotten")
	}
}

func TestClockSetBackLosesNothing(t *testing.T) {
	now := noon
	o := table(1, func() time.Time { return now })
	o.Observe(0, time.Millisecond, false)
	now = noon.Add(-3 * time.Hour)
	o.Observe(0, time.Millisecond, false)
	if s := o.Summary(0, metrics.Day); s.Count != 2 {
		t.Errorf("got %+v", s)
	}
}

func TestSeries(t *testing.T) {
	now := noon
	o := table(1, func() time.Time { return now })
	for h := range 3 {
		now = noon.Add(time.Duration(h) * time.Hour)
		o.Rotate()
		for range h + 1 {
			o.Observe(0, time.Millisecond, false)
		}
	}
	points := o.Series(0, metrics.Day)
	var counts []uint64
	for _, p := range points[len(points)-4:] {
		counts = append(counts, p.Count)
	}
	if !slices.Equal(counts, []uint64{0, 1, 2, 3}) || !points[len(points)-1].Start.Equal(now.Truncate(time.Hour)) {
		t.Errorf("got %v, ending %v", counts, points[len(points)-1].Start)
	}
	if n := len(o.Series(0, metrics.Week)); n != 7 {
		t.Errorf("a week has %d days", n)
	}
}

// TestMergedSlotsEqualTheWhole spreads durations over hours and compares with a
// sorted list.
func TestMergedSlotsEqualTheWhole(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		now := noon
		o := table(2, func() time.Time { return now })
		millis := rapid.SliceOfN(rapid.IntRange(1, 1_000_000), 1, 200).Draw(rt, "millis")
		step := time.Duration(rapid.IntRange(0, 6).Draw(rt, "minutes")) * time.Minute
		for i, ms := range millis {
			o.Observe(i%2, time.Duration(ms)*time.Millisecond, ms%3 == 0)
			now = now.Add(step)
			o.Rotate()
		}
		slices.Sort(millis)
		s := o.Merged([]int{0, 1}, metrics.Day)
		if s.Count != uint64(len(millis)) {
			rt.Fatalf("got %d calls, want %d", s.Count, len(millis))
		}
		for q, got := range map[float64]time.Duration{0.5: s.P50, 0.95: s.P95, 0.99: s.P99} {
			want := time.Duration(millis[int(q*float64(len(millis)-1))]) * time.Millisecond
			if !near(got, want) {
				rt.Fatalf("p%v: got %v, want %v", q*100, got, want)
			}
		}
	})
}

func TestConcurrentCallsAndRotations(t *testing.T) {
	var mu sync.Mutex
	now := noon
	o := table(1, func() time.Time { mu.Lock(); defer mu.Unlock(); return now })
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 5000 {
				o.Observe(0, time.Millisecond, true)
			}
		})
	}
	for range 20 {
		mu.Lock()
		now = now.Add(time.Hour)
		mu.Unlock()
		o.Rotate()
	}
	wg.Wait()
	if s := o.Summary(0, metrics.Day); s.Count != 20000 || s.Errors != 20000 {
		t.Errorf("got %+v", s)
	}
}

func TestObserveAllocatesNothing(t *testing.T) {
	o := table(1, nil)
	o.Observe(0, time.Second, false)
	if n := testing.AllocsPerRun(1000, func() { o.Observe(0, time.Millisecond, true) }); n != 0 {
		t.Errorf("Observe allocates %v times", n)
	}
}

func TestWindowNames(t *testing.T) {
	for _, w := range []metrics.Window{metrics.Day, metrics.Week, metrics.Month} {
		if got, ok := metrics.ParseWindow(w.String()); !ok || got != w {
			t.Errorf("%v: got %v, %v", w, got, ok)
		}
	}
	if _, ok := metrics.ParseWindow("1y"); ok {
		t.Error("1y is a window")
	}
}

func TestPrometheus(t *testing.T) {
	o := table(2, nil)
	o.Observe(1, 3*time.Millisecond, true)
	o.Observe(1, 20*time.Second, false)
	e := metrics.NewExporter(o)
	for _, err := range []error{
		e.Gauge("appos_sessions_active", "Sessions.", func() float64 { return 7 }),
		e.Gauges("appos_db_connections", "Connections.", "state", func() map[string]float64 { return map[string]float64{"idle": 2} }),
		e.Counters("appos_log_entries_dropped_total", "Dropped.", "category", func() map[string]float64 { return map[string]float64{"execution": 5} }),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Gauge("appos_sessions_active", "Again.", func() float64 { return 0 }); err == nil {
		t.Error("a name can be taken twice")
	}
	w := httptest.NewRecorder()
	e.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	body, _ := io.ReadAll(w.Body)
	for _, want := range []string{
		`appos_object_duration_seconds_bucket{app="crm",kind="rule",object="crm.rules.r1",le="0.0025"} 0`,
		`appos_object_duration_seconds_bucket{app="crm",kind="rule",object="crm.rules.r1",le="0.005"} 1`,
		`appos_object_duration_seconds_bucket{app="crm",kind="rule",object="crm.rules.r1",le="+Inf"} 2`,
		`appos_object_duration_seconds_sum{app="crm",kind="rule",object="crm.rules.r1"} 20.003`,
		`appos_object_errors_total{app="crm",kind="rule",object="crm.rules.r1"} 1`,
		`appos_sessions_active 7`,
		`appos_db_connections{state="idle"} 2`,
		`appos_log_entries_dropped_total{category="execution"} 5`,
		`go_goroutines`,
		`process_open_fds`,
	} {
		if !strings.Contains(string(body), want) {
			t.Errorf("%s is missing", want)
		}
	}
	if strings.Contains(string(body), "crm.rules.r0") {
		t.Error("an object that was not called is exported")
	}
}

func BenchmarkObserve(b *testing.B) {
	o := table(1, nil)
	b.ReportAllocs()
	for b.Loop() {
		o.Observe(0, time.Millisecond, false)
	}
}

func BenchmarkObserveParallel(b *testing.B) {
	o := table(1, nil)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			o.Observe(0, time.Millisecond, false)
		}
	})
}

func BenchmarkSummaryOfAMonth(b *testing.B) {
	now := noon
	o := table(1, func() time.Time { return now })
	for h := range 24 * 31 {
		now = noon.Add(time.Duration(h) * time.Hour)
		o.Rotate()
		for i := range 100 {
			o.Observe(0, time.Duration(i*i)*time.Microsecond, false)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		o.Summary(0, metrics.Month)
	}
}

func ExampleObjects() {
	price := &object.Object{Ref: "crm.rules.price"}
	o := metrics.NewObjects(metrics.Config{Objects: []*object.Object{price}})
	o.Observe(price.Index, 2*time.Millisecond, false)
	o.Observe(price.Index, 4*time.Millisecond, true)
	s := o.Summary(price.Index, metrics.Day)
	fmt.Println(s.Count, s.Errors, s.Mean)
	// Output: 2 1 3ms
}
