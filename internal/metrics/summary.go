package metrics

import (
	"time"

	"github.com/DataDog/sketches-go/ddsketch"
)

// Window is how far back a summary looks.
type Window uint8

// The windows. Their far end is the beginning of an hour (Day) or of a UTC day
// (Week, Month), so that they cover up to an hour or a day less.
const (
	Day   Window = iota // 24 hours
	Week                // 7 days
	Month               // 30 days
)

var windowNames = [...]string{"24h", "7d", "30d"}

// String is "24h", "7d" or "30d".
func (w Window) String() string {
	if int(w) < len(windowNames) {
		return windowNames[w]
	}
	return windowNames[Day]
}

// ParseWindow returns the window of a name such as "7d".
func ParseWindow(name string) (Window, bool) {
	for i, n := range windowNames {
		if n == name {
			return Window(i), true
		}
	}
	return Day, false
}

// Summary is what happened in a window. Percentiles are within Accuracy of a
// duration that was measured; they are zero when there was no call.
type Summary struct {
	Count, Errors  uint64
	Total, Mean    time.Duration
	P50, P95, P99  time.Duration
	Shortest, Peak time.Duration
}

// Point is a summary of one hour or one day.
type Point struct {
	Start time.Time // UTC
	Summary
}

// Summary returns what the object with the index did in the window.
func (o *Objects) Summary(index int, w Window) Summary {
	return o.Merged([]int{index}, w)
}

// Merged returns what several objects did together, such as those of an app.
func (o *Objects) Merged(indexes []int, w Window) Summary {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.rotate()
	var sum sums
	sketch := newSketch()
	for _, i := range indexes {
		for at, first := o.span(w); at >= first; at-- {
			o.collect(i, w, at, &sum, sketch)
		}
	}
	return summarize(sum, sketch)
}

// Series returns the window hour by hour (Day) or day by day, oldest first,
// with empty points where nothing was called.
func (o *Objects) Series(index int, w Window) []Point {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.rotate()
	unit := int64(24 * 3600)
	if w == Day {
		unit = 3600
	}
	last, first := o.span(w)
	points := make([]Point, 0, last-first+1)
	for at := first; at <= last; at++ {
		var sum sums
		sketch := newSketch()
		o.collect(index, w, at, &sum, sketch)
		points = append(points, Point{time.Unix(at*unit, 0).UTC(), summarize(sum, sketch)})
	}
	return points
}

// span is the last and the first slot of a window.
func (o *Objects) span(w Window) (last, first int64) {
	switch w {
	case Week:
		return o.hour / 24, o.hour/24 - 6
	case Month:
		return o.hour / 24, o.hour/24 - (keptDays - 1)
	}
	return o.hour, o.hour - (keptHours - 1)
}

// collect adds one slot of an object; the newest has the open hour as well.
func (o *Objects) collect(index int, w Window, at int64, sum *sums, sketch *ddsketch.DDSketch) {
	if uint(index) >= uint(len(o.live)) {
		return
	}
	var base state
	if h := o.past[index]; h != nil {
		s := &h.days[at%keptDays]
		if w == Day {
			s = &h.hours[at%keptHours]
		}
		if s.at == at && s.count > 0 {
			sum.add(s.sums)
			s.mergeInto(sketch)
		}
		base = h.base
	}
	if last, _ := o.span(w); at == last {
		if l := o.live[index].Load(); l != nil {
			l.since(&base, sum, sketch, true)
		}
	}
}

func summarize(sum sums, sketch *ddsketch.DDSketch) Summary {
	s := Summary{Count: sum.count, Errors: sum.errors, Total: time.Duration(sum.nanos)}
	if s.Count == 0 || sketch.IsEmpty() {
		return s
	}
	s.Mean = s.Total / time.Duration(s.Count)
	if q, err := sketch.GetValuesAtQuantiles([]float64{0, 0.50, 0.95, 0.99, 1}); err == nil {
		s.Shortest, s.P50, s.P95, s.P99, s.Peak = time.Duration(q[0]), time.Duration(q[1]), time.Duration(q[2]), time.Duration(q[3]), time.Duration(q[4])
	}
	return s
}
