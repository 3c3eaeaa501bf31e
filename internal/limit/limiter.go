package limit

import (
	"context"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/apposengine/appos/internal/object"
)

// callers is how many callers one process counts at once. The one that was quiet
// the longest is forgotten first: it has the most of its burst back.
const callers = 100_000

// Shared counts for several processes.
//
// Every caller has a time at which its burst is whole again. Advance moves that
// time on by step, from now where it is past, unless it would then lie further
// ahead than most. It returns how far ahead it is now and whether it was moved;
// known is false when that could not be found out.
type Shared interface {
	Advance(ctx context.Context, key string, step, most time.Duration) (ahead time.Duration, moved, known bool)
}

// Limiter counts requests by key.
type Limiter struct {
	shared Shared // nil counts in this process only
	local  *otter.Cache[string, int64]
	now    func() time.Time
}

// New returns a limiter that has counted nothing. A shared that is not nil counts
// for all processes; while it does not answer, each counts for itself.
func New(shared Shared, now func() time.Time) *Limiter {
	return &Limiter{shared: shared, now: now, local: otter.Must(&otter.Options[string, int64]{MaximumSize: callers})}
}

// Result is what became of a request.
type Result struct {
	OK        bool          // it is within the limit
	Remaining int           // how many more are, at once
	Reset     time.Duration // until the whole burst is there again
	Retry     time.Duration // until the next request is within the limit; 0 when it is now
}

// Take counts a request of the caller that key names. A rate without requests or
// time is no limit.
func (l *Limiter) Take(ctx context.Context, key string, rate object.Rate) Result {
	step := Step(rate)
	if step == 0 {
		return Result{OK: true}
	}
	most := step * time.Duration(rate.Requests)
	if l.shared != nil {
		if ahead, moved, known := l.shared.Advance(ctx, key, step, most); known {
			return result(ahead, moved, step, most)
		}
	}
	ahead, moved := l.advance(key, step, most)
	return result(ahead, moved, step, most)
}

// Step is the time in which one request of a rate comes back; 0 is no limit.
func Step(rate object.Rate) time.Duration {
	if rate.Requests <= 0 || rate.Per <= 0 {
		return 0
	}
	return max(rate.Per/time.Duration(rate.Requests), 1)
}

func (l *Limiter) advance(key string, step, most time.Duration) (ahead time.Duration, moved bool) {
	now := l.now().UnixNano()
	whole, _ := l.local.Compute(key, func(old int64, _ bool) (int64, otter.ComputeOp) {
		next := max(old, now) + int64(step)
		if moved = next-now <= int64(most); !moved {
			return old, otter.CancelOp
		}
		return next, otter.WriteOp
	})
	return time.Duration(whole - now), moved
}

func result(ahead time.Duration, moved bool, step, most time.Duration) Result {
	if !moved {
		return Result{Reset: ahead, Retry: ahead + step - most}
	}
	return Result{OK: true, Remaining: int((most - ahead) / step), Reset: ahead}
}
