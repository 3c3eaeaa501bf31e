package webhook

import (
	"sync"
)

// figures count what this node did.
type figures struct {
	mu     sync.Mutex
	counts map[string]int64
}

func (f *figures) count(state DeliveryState) {
	result := string(state)
	if state == Waiting {
		result = "retried"
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.counts == nil {
		f.counts = map[string]int64{}
	}
	f.counts[result]++
}

// Counts are the attempts of this node by how they ended: delivered, retried or
// failed.
func (s *Service) Counts() map[string]float64 {
	s.figures.mu.Lock()
	defer s.figures.mu.Unlock()
	all := map[string]float64{"delivered": 0, "retried": 0, "failed": 0}
	for result, n := range s.figures.counts {
		all[result] = float64(n)
	}
	return all
}
