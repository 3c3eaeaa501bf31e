package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	labels       = []string{"app", "kind", "object"}
	durationDesc = prometheus.NewDesc("appos_object_duration_seconds", "How long calls of the object took.", labels, nil)
	errorsDesc   = prometheus.NewDesc("appos_object_errors_total", "Calls of the object that failed.", labels, nil)
)

// bounds are the upper ends of the exported histogram, coarse enough that a
// thousand objects can be scraped.
var bounds = []time.Duration{
	100 * time.Microsecond, 250 * time.Microsecond, 500 * time.Microsecond,
	time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond,
	10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond,
	100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2500 * time.Millisecond, 5 * time.Second, 10 * time.Second,
}

// objectCollector exports the objects that were called at least once.
type objectCollector struct{ *Objects }

func (c objectCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- durationDesc
	ch <- errorsDesc
}

func (c objectCollector) Collect(ch chan<- prometheus.Metric) {
	for i, o := range c.objects {
		l := c.live[i].Load()
		if l == nil {
			continue
		}
		app := ""
		if o.App != nil {
			app = o.App.Name
		}
		kind := o.Kind.String()
		count, cumulative := l.cumulative()
		ch <- prometheus.MustNewConstHistogram(durationDesc, count, time.Duration(l.nanos.Load()).Seconds(), cumulative, app, kind, o.Ref)
		ch <- prometheus.MustNewConstMetric(errorsDesc, prometheus.CounterValue, float64(l.errors.Load()), app, kind, o.Ref)
	}
}

// cumulative counts the calls up to each bound, and all of them, from the one
// set of buckets, so that the histogram agrees with itself.
func (l *live) cumulative() (uint64, map[float64]uint64) {
	upTo := make(map[float64]uint64, len(bounds))
	var n uint64
	i := 0
	for _, bound := range bounds {
		for end := bucket(bound); i <= end; i++ {
			n += l.buckets[i].Load()
		}
		upTo[bound.Seconds()] = n
	}
	for ; i < nBuckets; i++ {
		n += l.buckets[i].Load()
	}
	return n, upTo
}
