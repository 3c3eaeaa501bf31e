package cache

import (
	"context"
	"time"

	"github.com/redis/rueidis"
)

// Get implements Cache.
func (r *Redis) Get(ctx context.Context, key string) (value []byte, known bool) {
	answer := make(chan []byte, 1) // not a variable: an answer may come after the deadline
	ok := r.do(ctx, func(ctx context.Context, c rueidis.Client) error {
		b, err := c.Do(ctx, c.B().Get().Key(r.o.Prefix+key).Build()).AsBytes()
		if err == nil {
			answer <- b
		}
		return err
	})
	if !ok || len(answer) == 0 {
		return nil, false
	}
	return <-answer, true
}

// Set implements Cache.
func (r *Redis) Set(ctx context.Context, key string, value []byte, ttl time.Duration) {
	if ttl <= 0 {
		return
	}
	kept := string(value)
	r.do(ctx, func(ctx context.Context, c rueidis.Client) error {
		return c.Do(ctx, c.B().Set().Key(r.o.Prefix+key).Value(kept).PxMilliseconds(milliseconds(ttl)).Build()).Error()
	})
}

// Delete implements Cache.
func (r *Redis) Delete(ctx context.Context, keys ...string) bool {
	if len(keys) == 0 {
		return true
	}
	full := make([]string, len(keys))
	for i, key := range keys {
		full[i] = r.o.Prefix + key
	}
	return r.do(ctx, func(ctx context.Context, c rueidis.Client) error {
		return c.Do(ctx, c.B().Del().Key(full...).Build()).Error()
	})
}

// count is one script, so that no counter is left without its end.
var count = rueidis.NewLuaScript(`
local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return n`)

// Incr implements Cache.
func (r *Redis) Incr(ctx context.Context, key string, ttl time.Duration) (int64, bool) {
	if ttl <= 0 {
		return 0, false
	}
	answer := make(chan int64, 1)
	ok := r.do(ctx, func(ctx context.Context, c rueidis.Client) error {
		n, err := count.Exec(ctx, c, []string{r.o.Prefix + key}, []string{decimal(milliseconds(ttl))}).AsInt64()
		if err == nil {
			answer <- n
		}
		return err
	})
	if !ok {
		return 0, false
	}
	return <-answer, true
}

// milliseconds rounds up: zero would be refused.
func milliseconds(d time.Duration) int64 {
	return int64((d + time.Millisecond - 1) / time.Millisecond)
}
