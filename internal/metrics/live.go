package metrics

import (
	"sync/atomic"
	"time"

	"github.com/DataDog/sketches-go/ddsketch"
	"github.com/DataDog/sketches-go/ddsketch/mapping"
	"github.com/DataDog/sketches-go/ddsketch/store"
)

// Accuracy is the greatest relative error of a percentile.
const Accuracy = 0.02

// The range of latencies that are told apart; what is outside counts as the
// nearest end.
const (
	shortest = 100 * time.Nanosecond
	longest  = 2 * time.Hour
)

var (
	indexer  = newIndexer()
	lowest   = indexer.Index(float64(shortest))
	nBuckets = indexer.Index(float64(longest)) - lowest + 1
)

func newIndexer() *mapping.CubicallyInterpolatedMapping {
	m, err := mapping.NewCubicallyInterpolatedMapping(Accuracy)
	if err != nil {
		panic("metrics: Accuracy is out of range: " + err.Error()) // a constant; a test would see it
	}
	return m
}

// maxBuckets is at least nBuckets; a test holds it there.
const maxBuckets = 640

// live counts the calls of one object since the process began. It is a
// DDSketch laid out flat, so that many goroutines can add without a lock: a
// sketch of an hour is the difference of two states.
type live struct {
	count, errors atomic.Uint64
	nanos         atomic.Int64
	buckets       [maxBuckets]atomic.Uint64
}

func (l *live) observe(d time.Duration, failed bool) {
	l.count.Add(1)
	if failed {
		l.errors.Add(1)
	}
	l.nanos.Add(int64(max(d, 0)))
	l.buckets[bucket(d)].Add(1)
}

func bucket(d time.Duration) int {
	return indexer.Index(float64(min(max(d, shortest), longest))) - lowest
}

// state is what live had counted at some moment.
type state struct {
	count, errors uint64
	nanos         int64
	buckets       [maxBuckets]uint64
}

// since adds what happened after base to sum and to sketch, and moves base on.
// With keep, base stays.
func (l *live) since(base *state, sum *sums, sketch *ddsketch.DDSketch, keep bool) {
	now := state{count: l.count.Load(), errors: l.errors.Load(), nanos: l.nanos.Load()}
	sum.count += now.count - base.count
	sum.errors += now.errors - base.errors
	sum.nanos += now.nanos - base.nanos
	for i := range l.buckets[:nBuckets] {
		n := l.buckets[i].Load()
		now.buckets[i] = n
		if n > base.buckets[i] {
			// The error is for values out of the mapping's range; ours are in it.
			_ = sketch.AddWithCount(indexer.Value(i+lowest), float64(n-base.buckets[i]))
		}
	}
	if !keep {
		*base = now
	}
}

func newSketch() *ddsketch.DDSketch {
	return ddsketch.NewDDSketchFromStoreProvider(indexer, store.BufferedPaginatedStoreConstructor)
}
