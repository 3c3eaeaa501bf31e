package metrics

import (
	"github.com/DataDog/sketches-go/ddsketch"
	"github.com/DataDog/sketches-go/ddsketch/store"
)

const (
	keptHours = 24
	keptDays  = 30
)

// sums are the plain numbers of a slot.
type sums struct {
	count, errors uint64
	nanos         int64
}

func (s *sums) add(o sums) {
	s.count += o.count
	s.errors += o.errors
	s.nanos += o.nanos
}

// slot is one closed hour, or one day; its sketch is kept encoded, which takes
// about two bytes a bucket.
type slot struct {
	at int64 // the hour or the day, since 1970; the slot is free when it is another's
	sums
	sketch []byte
}

// history is the past of one object: two rings of slots.
type history struct {
	base  state // what the slots already hold of live
	hours [keptHours]slot
	days  [keptDays]slot
}

// close moves what live counted since the last time into the slot of the hour
// and of its day.
func (h *history) close(hour int64, l *live) {
	var sum sums
	sketch := newSketch()
	l.since(&h.base, &sum, sketch, false)
	if sum.count == 0 {
		return
	}
	h.hours[hour%keptHours].add(hour, sum, sketch)
	h.days[hour/24%keptDays].add(hour/24, sum, sketch)
}

func (s *slot) add(at int64, sum sums, sketch *ddsketch.DDSketch) {
	if s.at != at {
		*s = slot{at: at, sketch: s.sketch[:0]}
	}
	s.sums.add(sum)
	all := sketch
	if len(s.sketch) > 0 {
		all = sketch.Copy()
		s.mergeInto(all)
	}
	buf := s.sketch[:0]
	all.Encode(&buf, true)
	s.sketch = buf
}

func (s *slot) mergeInto(sketch *ddsketch.DDSketch) {
	// The bytes are our own, so that they can be decoded; a percentile without
	// this slot is better than none if they could not.
	if past, err := ddsketch.DecodeDDSketch(s.sketch, store.BufferedPaginatedStoreConstructor, indexer); err == nil {
		_ = sketch.MergeWith(past)
	}
}
