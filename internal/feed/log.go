package feed

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// entry is a change in the log: one of the seq-th message of a node.
type entry struct {
	origin string
	seq    uint64
	told
}

// origin is what is known of a node, this one among them.
type origin struct {
	seq  uint64 // of the last message that was heard, or should have been
	lost uint64 // up to here messages are not in the log

	heardAt   uint64 // the tick
	listening bool   // somebody listens there
	hears     bool   // it knows that somebody listens here
	gone      bool
}

// keep adds changes to the log and tells those who listen here.
func (f *Feed) keep(from string, seq uint64, rows []told) {
	for _, row := range rows {
		f.log = append(f.log, entry{from, seq, row})
	}
	if over := len(f.log) - f.o.Log; over > 0 {
		for _, e := range f.log[:over] {
			if o := f.origins[e.origin]; o != nil {
				o.lost = max(o.lost, e.seq)
			}
		}
		f.log = slices.Delete(f.log, 0, over)
	}
	for s := range f.subs {
		s.add(rows)
	}
}

// position is how far everything was heard: the number of each node's last
// message, as "NODE.7~OTHER.3". It means the same at every node.
func (f *Feed) position() string {
	names := make([]string, 0, len(f.origins))
	for name, o := range f.origins {
		if name == f.self || o.seq > 0 {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(a, b) })
	var b strings.Builder
	for i, name := range names {
		if i > 0 {
			b.WriteByte('~')
		}
		b.WriteString(name + "." + strconv.FormatUint(f.origins[name].seq, 10))
	}
	return b.String()
}

// since returns the changes after a position; it is false when not all of them
// are known.
func (f *Feed) since(position string) ([]told, bool) {
	if len(position) > 4096 {
		return nil, false
	}
	at := map[string]uint64{}
	for part := range strings.SplitSeq(position, "~") {
		name, number, ok := strings.Cut(part, ".")
		seq, err := strconv.ParseUint(number, 10, 64)
		if !ok || err != nil || f.origins[name] == nil {
			return nil, false
		}
		at[name] = seq
	}
	for name, o := range f.origins {
		if at[name] < o.lost {
			return nil, false
		}
	}
	var rows []told
	for _, e := range f.log {
		if e.seq > at[e.origin] {
			rows = append(rows, e.told)
		}
	}
	return rows, true
}

// forget drops nodes that are gone and of which the log has nothing.
func (f *Feed) forget() {
	kept := map[string]bool{f.self: true}
	for _, e := range f.log {
		kept[e.origin] = true
	}
	for name, o := range f.origins {
		if o.gone && !kept[name] {
			delete(f.origins, name)
		}
	}
}
