package web

import (
	"context"
	"sync"

	"github.com/apposengine/appos/internal/exchange"
)

// jobs are the imports that screens have begun and that run by themselves. They
// end with the server; what is not done then can be resumed.
type jobs struct {
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
	slots   chan struct{}
	read    sync.Map // by jobKey, how many bytes of the file were read
}

// jobKey names an import: every database counts its own.
type jobKey struct {
	record string
	id     int64
}

// percent is how much of its file an import has read, where it runs in this
// process.
func (j *jobs) percent(job *exchange.Job) (int, bool) {
	read, ok := j.read.Load(jobKey{job.Record, job.ID})
	if !ok || job.Size == 0 {
		return 0, false
	}
	return int(min(read.(int64)*100/job.Size, 100)), true
}

// maxJobs is how many imports of screens run at once; others wait for their turn.
const maxJobs = 2

func newJobs() *jobs {
	ctx, cancel := context.WithCancel(context.Background())
	return &jobs{ctx: ctx, cancel: cancel, slots: make(chan struct{}, maxJobs)}
}

// start runs an import. When it is over, done is called with how it ended.
func (j *jobs) start(begin func(ctx context.Context) context.Context, im *exchange.Import, done func(exchange.Job)) {
	im.Progress = func(job exchange.Job, read int64) { j.read.Store(jobKey{job.Record, job.ID}, read) }
	j.running.Go(func() {
		select {
		case j.slots <- struct{}{}:
			defer func() { <-j.slots }()
		case <-j.ctx.Done():
		}
		job, _ := im.Run(begin(j.ctx)) // how it ended is in the job
		j.read.Delete(jobKey{job.Record, job.ID})
		done(job)
	})
}

// Close ends the imports that run, after their batch.
func (s *Site) Close() error {
	s.EndStreams()
	s.jobs.cancel()
	s.jobs.running.Wait()
	return nil
}
