package cache

import (
	"context"
	"strconv"
	"time"

	"github.com/redis/rueidis"
)

// advance moves the time of a key on. Redis tells the time, so that nodes whose
// clocks differ count alike.
var advance = rueidis.NewLuaScript(`
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local was = tonumber(redis.call('GET', KEYS[1]) or 0)
if was < now then was = now end
local next = was + ARGV[1]
if next - now > tonumber(ARGV[2]) then return {0, was - now} end
redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', math.ceil((next - now) / 1000))
return {1, next - now}`)

// Advance counts a request of a rate limit for all nodes: it moves the time of
// the key on by step, from now where it is past, unless it would then lie further
// ahead than most. It returns how far ahead it is, whether it was moved, and
// whether Redis answered. Times are kept to the microsecond.
func (r *Redis) Advance(ctx context.Context, key string, step, most time.Duration) (ahead time.Duration, moved, known bool) {
	answer := make(chan []int64, 1)
	ok := r.do(ctx, func(ctx context.Context, c rueidis.Client) error {
		s, m := max(step.Microseconds(), 1), max(most.Microseconds(), 1)
		got, err := advance.Exec(ctx, c, []string{r.o.Prefix + key}, []string{strconv.FormatInt(s, 10), strconv.FormatInt(m, 10)}).AsIntSlice()
		if err == nil && len(got) == 2 {
			answer <- got
		}
		return err
	})
	if !ok || len(answer) == 0 {
		return 0, false, false
	}
	got := <-answer
	return time.Duration(got[1]) * time.Microsecond, got[0] == 1, true
}
