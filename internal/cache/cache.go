package cache

import (
	"context"
	"time"
)

// Cache keeps values for a while. All methods may be called from several
// goroutines.
type Cache interface {
	// Get returns the value of the key, which must not be changed, and false when
	// it is not known: never set, past its time, evicted, or out of reach.
	Get(ctx context.Context, key string) ([]byte, bool)
	// Set keeps a copy of the value for ttl at most. A ttl that is not positive
	// keeps nothing.
	Set(ctx context.Context, key string, value []byte, ttl time.Duration)
	// Delete forgets the keys, and says whether that is certain: when a shared
	// cache is out of reach, it may still know them later.
	Delete(ctx context.Context, keys ...string) bool
	// Incr adds one to the counter of the key and returns it. The counter begins
	// at zero and ends ttl after its first increment. It is false when the cache
	// is out of reach.
	Incr(ctx context.Context, key string, ttl time.Duration) (int64, bool)

	// Publish sends the message to the subscribers of the channel: those of this
	// process always, those of other nodes when they can be reached.
	Publish(ctx context.Context, channel string, message []byte)
	// Subscribe calls f for the messages of the channel, one after the other,
	// until cancel is called. Messages that arrive while f is 256 messages behind
	// are dropped, as are those of other nodes while they cannot be reached.
	Subscribe(channel string, f func(message []byte)) (cancel func())

	// Health says how the cache is.
	Health() Health
	// Close releases everything. Calls after it answer "not known".
	Close()
}

// State is whether a cache answers.
type State string

const (
	// Up answers.
	Up State = "up"
	// Connecting has not answered yet since the start.
	Connecting State = "connecting"
	// Down has failed and is tried again in the background.
	Down State = "down"
)

// Health says how a cache is.
type Health struct {
	Kind  string    // "memory" or "redis"
	State State     // a cache that is not Up makes the platform slower, never wrong
	Since time.Time // when the state began
	Error string    // the last failure while not Up; never holds an address's password
	Trips uint64    // how often the state became Down
}
