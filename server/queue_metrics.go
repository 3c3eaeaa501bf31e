package server

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/apposengine/appos/internal/queue"
	"github.com/apposengine/appos/internal/web"
)

// queueMetrics are the figures of background jobs: what waits is asked of the
// database with every scrape, what ran is of this node.
type queueMetrics struct {
	q                       *queue.Queue
	jobs, oldest, run, ends *prometheus.Desc
	seconds                 *prometheus.HistogramVec
}

func newQueueMetrics(q *queue.Queue) *queueMetrics {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("appos_jobs"+name, help, labels, nil)
	}
	return &queueMetrics{
		q:      q,
		jobs:   desc("", "Background jobs that have not been done, by queue and state.", "queue", "state"),
		oldest: desc("_oldest_seconds", "How long the oldest job of a queue has waited.", "queue"),
		run:    desc("_running", "Jobs that run on this node."),
		ends:   desc("_ended_total", "Attempts that ended on this node, by queue and result.", "queue", "result"),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "appos_jobs_seconds", Help: "How long attempts took on this node, by queue.",
			Buckets: []float64{.001, .005, .025, .1, .5, 1, 5, 30, 120, 600},
		}, []string{"queue"}),
	}
}

// observe counts an attempt.
func (m *queueMetrics) observe(o queue.Outcome) {
	m.seconds.WithLabelValues(o.Job.Queue).Observe(o.Duration.Seconds())
}

// Describe implements prometheus.Collector.
func (m *queueMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.jobs, m.oldest, m.run, m.ends} {
		to <- d
	}
	m.seconds.Describe(to)
}

// Collect implements prometheus.Collector. A database that does not answer leaves
// its figures out.
func (m *queueMetrics) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if all, err := m.q.Overviews(ctx); err == nil {
		for _, o := range all {
			for _, s := range []queue.State{queue.Waiting, queue.Working, queue.Delayed, queue.Retrying, queue.Dead} {
				gauge(m.jobs, float64(o.Counts[s]), o.Name, string(s))
			}
			waited := 0.0
			if !o.Oldest.IsZero() {
				waited = max(0, time.Since(o.Oldest).Seconds())
			}
			gauge(m.oldest, waited, o.Name)
		}
	}
	gauge(m.run, float64(m.q.Running()))
	for e, n := range m.q.Ended() {
		to <- prometheus.MustNewConstMetric(m.ends, prometheus.CounterValue, float64(n), e.Queue, string(e.Result))
	}
	m.seconds.Collect(to)
}

// late is how long a job may wait before the queue counts as degraded.
const late = time.Minute

// queueCheck is what /ready says of background jobs: whether some node runs them,
// and whether they wait for long. A paused queue is meant to wait.
func (s *Server) queueCheck() web.Check {
	return web.Check{Name: "jobs", Ask: func(ctx context.Context) error {
		nodes, err := s.queue.Nodes(ctx)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(nodes, func(n queue.NodeInfo) bool { return n.Alive }) {
			return fmt.Errorf("no node runs jobs")
		}
		all, err := s.queue.Overviews(ctx)
		if err != nil {
			return err
		}
		for _, o := range all {
			if waited := time.Since(o.Oldest); !o.Paused && !o.Oldest.IsZero() && waited > late {
				return fmt.Errorf("the queue %s is behind: its oldest job has waited for %s", o.Name, waited.Round(time.Second))
			}
		}
		return nil
	}}
}
