package metrics

// What tests check of the layout of the buckets.
const MaxBuckets, Longest = maxBuckets, longest

var Buckets, Bucket = nBuckets, bucket
