package metrics_test

import (
	"testing"

	"github.com/apposengine/appos/internal/metrics"
)

func TestBucketsFit(t *testing.T) {
	if metrics.Buckets > metrics.MaxBuckets {
		t.Fatalf("%d buckets do not fit in %d", metrics.Buckets, metrics.MaxBuckets)
	}
	if b := metrics.Bucket(metrics.Longest); b != metrics.Buckets-1 {
		t.Errorf("the longest is in bucket %d of %d", b, metrics.Buckets)
	}
	if b := metrics.Bucket(-1); b != 0 {
		t.Errorf("the shortest is in bucket %d", b)
	}
}
