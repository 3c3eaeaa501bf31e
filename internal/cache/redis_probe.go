package cache

import (
	"context"
	"time"

	"github.com/redis/rueidis"
	"github.com/sony/gobreaker/v2"
)

// probe connects, and asks now and then whether Redis answers: before failures so
// that they are known without a caller, after them so that they are known to be over.
func (r *Redis) probe(o rueidis.ClientOption) {
	ticker := time.NewTicker(r.o.Probe)
	defer ticker.Stop()
	for {
		r.look(o)
		select {
		case <-r.ctx.Done():
			return
		case <-ticker.C:
		case <-r.wake:
		}
	}
}

func (r *Redis) look(o rueidis.ClientOption) {
	client := r.client.Load()
	if client == nil {
		connected, err := rueidis.NewClient(o)
		if err != nil {
			r.health.note(err)
			return
		}
		r.client.Store(&connected)
		if r.ctx.Err() != nil { // closed meanwhile
			connected.Close()
			return
		}
		r.work.Go(func() { r.listen(connected) })
		client = &connected
	}
	done, err := r.breaker.Allow()
	if err != nil {
		return // open, and too early
	}
	err = r.within(r.ctx, *client, func(ctx context.Context, c rueidis.Client) error {
		return c.Do(ctx, c.B().Ping().Build()).Error()
	})
	done(err)
	r.health.note(err)
	if err == nil && r.breaker.State() == gobreaker.StateClosed {
		r.health.turn(Up, r.o.Now())
	}
}
