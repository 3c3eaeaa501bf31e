package cache

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
	"github.com/sony/gobreaker/v2"
)

// RedisOptions say where a Redis is and how patient to be with it.
type RedisOptions struct {
	URL      string        // redis://user:password@host:6379/0, rediss:// or unix://
	Prefix   string        // of every key and channel; "" is "appos:"
	Deadline time.Duration // of one operation; zero is 50 ms
	Failures int           // in Window after which Redis is left alone; zero is 5
	Window   time.Duration // zero is 30 s
	Probe    time.Duration // between attempts to reach it again; zero is 1 s
	Now      func() time.Time
}

func (o *RedisOptions) defaults() {
	if o.Prefix == "" {
		o.Prefix = "appos:"
	}
	if o.Deadline <= 0 {
		o.Deadline = 50 * time.Millisecond
	}
	if o.Failures <= 0 {
		o.Failures = 5
	}
	if o.Window <= 0 {
		o.Window = 30 * time.Second
	}
	if o.Probe <= 0 {
		o.Probe = time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
}

// Redis is a cache that nodes share.
//
// It connects in the background, and only a goroutine of its own tries whether a
// Redis that failed answers again: no caller pays for that.
type Redis struct {
	o       RedisOptions
	client  atomic.Pointer[rueidis.Client] // nil until the first connection
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]
	hub     hub
	node    string // tells our own messages from those of others
	health  health

	ctx  context.Context // ends with Close
	stop context.CancelFunc
	work sync.WaitGroup
	wake chan struct{} // the prober looks before its time
}

var _ Cache = (*Redis)(nil)

// NewRedis returns a cache in the Redis of the URL. It does not wait for a
// connection; the error is only of a URL that cannot be read.
func NewRedis(o RedisOptions) (*Redis, error) {
	o.defaults()
	client, err := rueidis.ParseURL(o.URL)
	if err != nil {
		// the cause quotes the URL, which may hold a password
		return nil, errors.New("redis: the URL cannot be read; write redis://user:password@host:6379/0")
	}
	client.DisableRetry = true
	client.DisableCache = true
	client.ForceSingleClient = true
	client.PipelineMultiplex = -1 // one connection is enough for a hint
	client.Dialer.Timeout = o.Deadline
	client.Dialer.KeepAlive = time.Second // pings an idle connection, so that a dead one is noticed
	client.ConnWriteTimeout = max(o.Deadline, time.Second)
	client.RingScaleEachConn = 7 // 128 commands on their way; the default takes megabytes

	r := &Redis{o: o, node: rand.Text(), wake: make(chan struct{}, 1)}
	r.health.begin(o.Now())
	r.ctx, r.stop = context.WithCancel(context.Background())
	r.breaker = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Name:         "redis",
		Interval:     o.Window,
		BucketPeriod: o.Window / 6,
		Timeout:      o.Probe,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return int(c.TotalFailures) >= o.Failures },
		// a caller that went away says nothing about Redis
		IsExcluded: func(err error) bool { return errors.Is(err, context.Canceled) },
		OnStateChange: func(_ string, _, to gobreaker.State) {
			if to == gobreaker.StateOpen {
				r.health.turn(Down, o.Now())
			}
		},
	})
	r.work.Go(func() { r.probe(client) })
	return r, nil
}

// do runs one operation under the deadline and the breaker, and says whether
// Redis answered. A key that does not exist is an answer.
func (r *Redis) do(ctx context.Context, op func(context.Context, rueidis.Client) error) bool {
	client := r.client.Load()
	if client == nil || r.breaker.State() != gobreaker.StateClosed {
		return false
	}
	done, err := r.breaker.Allow()
	if err != nil {
		return false
	}
	err = r.within(ctx, *client, op)
	done(err)
	r.health.note(err)
	if r.breaker.State() != gobreaker.StateClosed {
		select {
		case r.wake <- struct{}{}:
		default:
		}
	}
	return err == nil
}

// within ends at the deadline even when the client is busy dialing, which it
// does not interrupt.
func (r *Redis) within(ctx context.Context, client rueidis.Client, op func(context.Context, rueidis.Client) error) error {
	limited, cancel := context.WithTimeout(ctx, r.o.Deadline)
	answer := make(chan error, 1)
	go func() {
		defer cancel()
		err := op(limited, client)
		if rueidis.IsRedisNil(err) {
			err = nil
		}
		answer <- err
	}()
	var err error
	select {
	case err = <-answer:
	case <-limited.Done():
		// it is also done when the answer has come
		select {
		case err = <-answer:
		default:
			err = fmt.Errorf("no answer within %s", r.o.Deadline)
		}
	}
	if ctx.Err() != nil {
		return context.Canceled
	}
	return err
}

// Health implements Cache.
func (r *Redis) Health() Health { return r.health.get() }

// Close implements Cache.
func (r *Redis) Close() {
	r.stop()
	r.hub.close()
	if c := r.client.Swap(nil); c != nil {
		(*c).Close()
	}
	r.work.Wait()
}
