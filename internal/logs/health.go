package logs

// Health says how the pipeline is.
type Health struct {
	// Degraded says that the disk does not take what is written.
	Degraded bool
	// Reason is the disk's error.
	Reason string
	// SecurityWaiting is how many security entries are kept in memory until the
	// disk takes them, and SecurityBytes their size.
	SecurityWaiting uint64
	SecurityBytes   int
	// Dropped is how many entries were lost since the start: the queue was full,
	// or the disk failed. That of Security is always zero.
	Dropped map[Category]uint64
}

// Health returns how the pipeline is.
func (p *Pipeline) Health() Health {
	h := Health{Dropped: p.Dropped()}
	p.write.Lock()
	last := p.last
	p.write.Unlock()
	p.security.mu.Lock()
	defer p.security.mu.Unlock()
	h.SecurityWaiting, h.SecurityBytes = p.security.waiting()
	for _, err := range []error{last, p.security.err} {
		if err != nil {
			h.Degraded, h.Reason = true, err.Error()
		}
	}
	return h
}

// Dropped returns how many entries of each category were lost since the start.
// What the queue dropped is counted when the queue is next written.
func (p *Pipeline) Dropped() map[Category]uint64 {
	all := make(map[Category]uint64, categories)
	for c := range categories {
		all[Category(c)] = p.dropped[c].Load()
	}
	return all
}
