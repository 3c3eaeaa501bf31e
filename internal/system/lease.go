package system

import "sync"

// lease is a client that several use. One that was retired is closed when the
// last of them is done with it.
type lease struct {
	client Client
	values Values // that it was opened with

	mu      sync.Mutex
	users   int
	retired bool
}

func (l *lease) take() {
	l.mu.Lock()
	l.users++
	l.mu.Unlock()
}

func (l *lease) release() {
	l.mu.Lock()
	l.users--
	end := l.retired && l.users == 0
	l.mu.Unlock()
	if end {
		_ = l.client.Close() // nobody is left to tell
	}
}

func (l *lease) retire() {
	l.mu.Lock()
	end := !l.retired && l.users == 0
	l.retired = true
	l.mu.Unlock()
	if end {
		_ = l.client.Close()
	}
}
