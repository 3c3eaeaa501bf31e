// Package logs writes what happens to JSON lines and reads it back.
//
// Files are {dir}/{kind}/{execution|performance|security}/{date}.jsonl. Callers
// enqueue an Entry by value and go on; one goroutine writes. When entries come
// faster than the disk takes them, the oldest execution and performance entries
// are dropped, and counted. Security entries are never dropped: they are in the
// file when Log returns, or kept in memory until the disk takes them.
//
// The package does not decide what is logged, and hides nothing by itself: values
// that are hidden or sensitive must not be given to it.
package logs
