package logs

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
)

// secured is the way of security entries: through to the file, or kept.
type secured struct {
	mu      sync.Mutex
	files   map[Kind]*dayFile
	line    []byte
	pending []kept
	err     error // why pending is not written
}

// kept is lines that a disk refused to take.
type kept struct {
	kind Kind
	text []byte
}

// secure writes an entry before it returns. What the disk refuses is kept, in
// order, and tried again with every tick and every entry that follows.
func (p *Pipeline) secure(e *Entry) {
	s := &p.security
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line = appendLine(s.line[:0], e)
	if len(s.pending) == 0 || p.retryLocked() == nil {
		n, err := p.secureFile(e.Kind).append(p.cfg.Now(), s.line)
		if err == nil {
			return
		}
		s.err = err
		s.keep(e.Kind, s.line[n:])
		return
	}
	s.keep(e.Kind, s.line)
}

func (s *secured) keep(k Kind, text []byte) {
	if last := len(s.pending) - 1; last >= 0 && s.pending[last].kind == k {
		s.pending[last].text = append(s.pending[last].text, text...)
		return
	}
	s.pending = append(s.pending, kept{k, bytes.Clone(text)})
}

// retry writes the security entries that are kept.
func (p *Pipeline) retry() error {
	p.security.mu.Lock()
	defer p.security.mu.Unlock()
	return p.retryLocked()
}

func (p *Pipeline) retryLocked() error {
	s := &p.security
	for len(s.pending) > 0 {
		first := &s.pending[0]
		n, err := p.secureFile(first.kind).append(p.cfg.Now(), first.text)
		if err != nil {
			first.text = first.text[n:]
			s.err = err
			return err
		}
		s.pending[0] = kept{}
		s.pending = s.pending[1:]
	}
	s.pending, s.err = nil, nil
	return nil
}

func (p *Pipeline) secureFile(k Kind) *dayFile {
	f := p.security.files[k]
	if f == nil {
		f = &dayFile{
			dir:    filepath.Join(p.cfg.Dir, string(k), Security.String()),
			limit:  p.cfg.RotateBytes,
			create: p.cfg.Create,
		}
		p.security.files[k] = f
	}
	return f
}

// waiting counts the entries that are kept and their bytes.
func (s *secured) waiting() (entries uint64, size int) {
	for _, k := range s.pending {
		entries += countLines(k.text)
		size += len(k.text)
	}
	return entries, size
}

func (s *secured) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	for _, f := range s.files {
		err = errors.Join(err, f.close())
	}
	if n, _ := s.waiting(); n > 0 {
		err = errors.Join(err, fmt.Errorf("logs: %d security entries could not be written and are lost: %w", n, s.err))
	}
	return err
}
