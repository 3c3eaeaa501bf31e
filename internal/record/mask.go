package record

// Mask is a set of fields of a record, by position in object.Record.Fields. The
// zero Mask is empty.
type Mask struct {
	first uint64
	rest  []uint64
}

// Has says whether the field at position i is in the set.
func (m Mask) Has(i int) bool {
	if i < 64 {
		return m.first&(1<<uint(i)) != 0
	}
	at := i/64 - 1
	return at < len(m.rest) && m.rest[at]&(1<<uint(i%64)) != 0
}

// With returns the set with the field at position i added.
func (m Mask) With(i int) Mask {
	if i < 64 {
		m.first |= 1 << uint(i)
		return m
	}
	rest := make([]uint64, max(i/64, len(m.rest)))
	copy(rest, m.rest)
	rest[i/64-1] |= 1 << uint(i%64)
	m.rest = rest
	return m
}

// Empty says whether no field is in the set.
func (m Mask) Empty() bool {
	for _, w := range m.rest {
		if w != 0 {
			return false
		}
	}
	return m.first == 0
}
