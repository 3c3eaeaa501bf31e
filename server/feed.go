package server

import (
	"context"
	"sync/atomic"

	"github.com/apposengine/appos/internal/cache"
	"github.com/apposengine/appos/internal/feed"
	"github.com/apposengine/appos/internal/store"
)

// feedChannel is where nodes tell each other of changes.
const feedChannel = "appos_changes"

// openFeed opens the way on which word of changes goes to other nodes: Redis
// when there is one, else PostgreSQL. Processes that share a file of SQLite and
// no Redis do not hear each other.
func (s *Server) openFeed() {
	var channel feed.Channel
	n := store.NotifierOf(s.db)
	switch {
	case s.bare:
	case s.cfg.Redis.URL.Set():
		channel = cachedMessages{s.cache}
	case n != nil:
		channel = &storedMessages{n: n}
	}
	s.feed = feed.New(feed.Config{Channel: channel})
	s.close = append(s.close, s.feed.Close)
}

// cachedMessages go through the cache that nodes share.
type cachedMessages struct{ c cache.Cache }

func (m cachedMessages) Send(ctx context.Context, message []byte) {
	m.c.Publish(ctx, feedChannel, message)
}

func (m cachedMessages) Receive(ctx context.Context, heard func([]byte)) {
	cancel := m.c.Subscribe(feedChannel, heard)
	defer cancel()
	<-ctx.Done()
}

func (m cachedMessages) Up() bool { return m.c.Health().State == cache.Up }

// storedMessages go through the platform's database.
type storedMessages struct {
	n  store.Notifier
	up atomic.Bool
}

func (m *storedMessages) Send(ctx context.Context, message []byte) {
	_ = m.n.Notify(ctx, feedChannel, string(message)) // who misses it notices
}

func (m *storedMessages) Receive(ctx context.Context, heard func([]byte)) {
	m.n.Listen(ctx, feedChannel, func(message string) { heard([]byte(message)) }, m.up.Store)
}

func (m *storedMessages) Up() bool { return m.up.Load() }
