package queue

import (
	"maps"
	"sync"
	"sync/atomic"
)

// figures are what this node has run since it started.
type figures struct {
	runs atomic.Int64
	mu   sync.Mutex
	ends map[Ended]int64
}

// Ended is how jobs of a queue ended.
type Ended struct {
	Queue  string
	Result Result
}

func (f *figures) began(string) { f.runs.Add(1) }

func (f *figures) running() int64 { return f.runs.Load() }

func (f *figures) ended(o Outcome) {
	f.runs.Add(-1)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ends == nil {
		f.ends = map[Ended]int64{}
	}
	f.ends[Ended{o.Job.Queue, o.Result}]++
}

// Ended is how many attempts have ended on this node since it started.
func (q *Queue) Ended() map[Ended]int64 {
	q.figures.mu.Lock()
	defer q.figures.mu.Unlock()
	return maps.Clone(q.figures.ends)
}

// Running is how many jobs run on this node.
func (q *Queue) Running() int64 { return q.figures.running() }
