package web

import (
	"context"
	"sync"
)

// turns let requests that carry the same key do their work one after the other.
// Those that wait hold no connection to the database: the one at work may need
// another.
type turns struct {
	mu   sync.Mutex
	keys map[string]*turn
}

type turn struct {
	free chan struct{} // has one element unless somebody is at work
	n    int           // at work or waiting
}

// take waits for the turn of the key; done gives it back. It returns the error of
// a context that ends before.
func (t *turns) take(ctx context.Context, key string) (done func(), err error) {
	t.mu.Lock()
	if t.keys == nil {
		t.keys = map[string]*turn{}
	}
	k := t.keys[key]
	if k == nil {
		k = &turn{free: make(chan struct{}, 1)}
		k.free <- struct{}{}
		t.keys[key] = k
	}
	k.n++
	t.mu.Unlock()
	leave := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if k.n--; k.n == 0 {
			delete(t.keys, key)
		}
	}
	select {
	case <-k.free:
		return func() { k.free <- struct{}{}; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}
