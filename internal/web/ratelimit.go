package web

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/apposengine/appos/internal/limit"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
)

// count counts a request, and refuses one that is too many: for its web API,
// or for all APIs together. The narrower limit is asked first, so that a request
// which it refuses does not count in the wider one.
func (s *Site) count(route *Route, w http.ResponseWriter, r *http.Request, who *identity) error {
	if !route.limited() {
		return nil
	}
	var own object.Rate
	if api := route.webAPI(); api != nil {
		own = api.Limit
	}
	if own.Requests == 0 && s.Limits.Rate.Requests == 0 {
		return nil
	}
	caller := s.caller(route, r, who)
	answer := rates{header: w.Header()}
	if own.Requests > 0 {
		got := s.Limits.Counter.Take(r.Context(), "limit:"+route.Object.Ref+" "+caller, own)
		if err := answer.add("web_api", own, got); err != nil {
			return err
		}
	}
	if s.Limits.Rate.Requests > 0 {
		got := s.Limits.Counter.Take(r.Context(), "limit:"+caller, s.Limits.Rate)
		return answer.add("account", s.Limits.Rate, got)
	}
	return nil
}

// caller names who is counted: the account, or the client's address where there
// is none. It also parts the idempotency keys of those who have no account.
func (s *Site) caller(route *Route, r *http.Request, who *identity) string {
	if route.Fresh || who.user.Name == security.PublicUser {
		return "address " + security.Network(s.clientAddr(r))
	}
	return "account " + strconv.FormatInt(who.user.ID, 10)
}

// rates writes the headers about limits. RateLimit and RateLimit-Policy are those
// of the IETF's draft, RateLimit-Limit and its siblings those of its first drafts,
// which more clients know: they tell of the limit that is nearest.
type rates struct {
	header  http.Header
	nearest int
	written bool
}

func (a *rates) add(name string, rate object.Rate, got limit.Result) error {
	reset := strconv.Itoa(seconds(got.Reset))
	left := strconv.Itoa(got.Remaining)
	a.header.Add("RateLimit-Policy", fmt.Sprintf(`"%s";q=%d;w=%d`, name, rate.Requests, seconds(rate.Per)))
	a.header.Add("RateLimit", fmt.Sprintf(`"%s";r=%s;t=%s`, name, left, reset))
	if !a.written || got.Remaining < a.nearest {
		a.written, a.nearest = true, got.Remaining
		a.header.Set("RateLimit-Limit", strconv.Itoa(rate.Requests))
		a.header.Set("RateLimit-Remaining", left)
		a.header.Set("RateLimit-Reset", reset)
	}
	if got.OK {
		return nil
	}
	wait := max(seconds(got.Retry), 1)
	of := "each account"
	if name == "web_api" {
		of = "each account here"
	}
	return with(http.StatusTooManyRequests, object.Denied, "these were too many requests: %s may send %d in %s; try again in %d s",
		of, rate.Requests, object.FormatDuration(rate.Per), wait).set("Retry-After", strconv.Itoa(wait))
}

// seconds rounds up: who comes back a moment too early is refused again.
func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }
