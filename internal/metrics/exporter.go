package metrics

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Exporter answers Prometheus. It has its own registry, so that several engines
// can live in one process.
type Exporter struct{ registry *prometheus.Registry }

// NewExporter returns an exporter of the objects, the Go runtime and the process.
func NewExporter(o *Objects) *Exporter {
	e := &Exporter{prometheus.NewRegistry()}
	e.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		objectCollector{o},
	)
	return e
}

// Gauge registers a number that goes up and down, such as
// "appos_sessions_active". It is asked for at each scrape, from any goroutine.
// The error is about a name that is wrong or taken.
func (e *Exporter) Gauge(name, help string, value func() float64) error {
	return e.registry.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
}

// Gauges registers one gauge for each value of a label, such as
// "appos_db_connections" by "state".
func (e *Exporter) Gauges(name, help, label string, values func() map[string]float64) error {
	return e.registry.Register(byLabel{prometheus.NewDesc(name, help, []string{label}, nil), prometheus.GaugeValue, values})
}

// Counters registers one number that only grows for each value of a label, such
// as "appos_log_entries_dropped_total" by "category".
func (e *Exporter) Counters(name, help, label string, values func() map[string]float64) error {
	return e.registry.Register(byLabel{prometheus.NewDesc(name, help, []string{label}, nil), prometheus.CounterValue, values})
}

// Register adds a collector of the caller's.
func (e *Exporter) Register(c prometheus.Collector) error { return e.registry.Register(c) }

// Handler serves the text format. Who may read it is the caller's affair.
func (e *Exporter) Handler() http.Handler {
	return promhttp.HandlerFor(e.registry, promhttp.HandlerOpts{
		// A gauge that fails must not hide the others.
		ErrorHandling:       promhttp.ContinueOnError,
		MaxRequestsInFlight: 4,
	})
}

// byLabel collects a map of values.
type byLabel struct {
	desc   *prometheus.Desc
	kind   prometheus.ValueType
	values func() map[string]float64
}

func (b byLabel) Describe(ch chan<- *prometheus.Desc) { ch <- b.desc }

func (b byLabel) Collect(ch chan<- prometheus.Metric) {
	for label, v := range b.values() {
		m, err := prometheus.NewConstMetric(b.desc, b.kind, v, label)
		if err != nil {
			m = prometheus.NewInvalidMetric(b.desc, err)
		}
		ch <- m
	}
}
