package graph

import (
	"math/bits"
	"slices"
	"strings"
)

// row is the edges of one caller: a hash table with open addressing that never
// changes once it is published, so that readers take no lock. The edges in it
// are shared between a row and its successors.
type row struct {
	slots []*edge // a power of two, at most half full
	shift uint8   // 32 minus the bits of a slot's number
	n     int
}

// find returns the edge to callee, or nil. A nil row has none.
func (r *row) find(callee int32) *edge {
	if r == nil {
		return nil
	}
	for i := r.slot(callee); ; i++ {
		e := r.slots[i&uint32(len(r.slots)-1)]
		if e == nil || e.callee == callee {
			return e
		}
	}
}

// slot is where the search for callee begins: Fibonacci hashing.
func (r *row) slot(callee int32) uint32 { return uint32(callee) * 2654435769 >> r.shift }

// with returns a copy of the row that also has e.
func (r *row) with(e *edge) *row {
	all := append(r.edges(), e)
	size := 4
	if need := 2 * len(all); need > size {
		size = 1 << bits.Len(uint(need-1))
	}
	next := &row{slots: make([]*edge, size), shift: uint8(32 - bits.Len(uint(size-1))), n: len(all)}
	for _, e := range all {
		i := next.slot(e.callee)
		for next.slots[i&uint32(size-1)] != nil {
			i++
		}
		next.slots[i&uint32(size-1)] = e
	}
	return next
}

// edges lists the edges, in no order.
func (r *row) edges() []*edge {
	if r == nil {
		return nil
	}
	all := make([]*edge, 0, r.n+1)
	for _, e := range r.slots {
		if e != nil {
			all = append(all, e)
		}
	}
	return all
}

// sorted orders edges by the references at their ends.
func sorted(edges []Edge) []Edge {
	slices.SortFunc(edges, func(a, b Edge) int {
		if c := strings.Compare(a.From.Ref, b.From.Ref); c != 0 {
			return c
		}
		return strings.Compare(a.To.Ref, b.To.Ref)
	})
	return edges
}
