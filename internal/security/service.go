package security

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/apposengine/appos/internal/cache"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// Options are what a Service stands on. DB and Registry are required.
type Options struct {
	DB       store.DB
	Registry *object.Registry
	// Cache, when nodes share one, spares them reading permission rows that
	// another has read. What it answers is authenticated and never decides alone.
	Cache cache.Cache
	// CachedSessions reads sessions from Cache, too, as far as it can be believed.
	CachedSessions bool
	Sink           Sink             // nil drops events
	Now            func() time.Time // nil is time.Now

	TTL         time.Duration // how long compiled permissions and users are kept at most; zero is 5 minutes
	Session     SessionOptions
	Login       LoginOptions
	Keys        KeyOptions
	MinPassword int // characters; less than 8 is 8
}

// SessionOptions limit sessions.
type SessionOptions struct {
	Absolute   time.Duration // how long one lasts at most; zero is 1 hour
	Idle       time.Duration // how long one lasts without a request; zero is 30 minutes
	MaxPerUser int           // of browsers; one more ends the oldest; zero is 5
	Token      time.Duration // how long a bearer token lasts at most; zero is Absolute
	MaxTokens  int           // of one user; one more ends the oldest; zero is 20
}

// KeyOptions limit API keys.
type KeyOptions struct {
	Lifetime   time.Duration // of keys that do not say; zero is 90 days
	MaxPerUser int           // that can be used; zero is 50
}

// LoginOptions protect sign-in against guessing.
type LoginOptions struct {
	Attempts int           // failures of one name from one address before it is refused; zero is 5
	Delay    time.Duration // the first refusal; every further failure doubles it; zero is 30 s
	Lockout  time.Duration // the longest refusal, and how long failures are remembered; zero is 15 minutes
}

func (o *Options) defaults() {
	set := func(d *time.Duration, to time.Duration) {
		if *d <= 0 {
			*d = to
		}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sink == nil {
		o.Sink = SinkFunc(func(context.Context, Event) {})
	}
	set(&o.TTL, 5*time.Minute)
	set(&o.Session.Absolute, time.Hour)
	set(&o.Session.Idle, 30*time.Minute)
	set(&o.Session.Token, o.Session.Absolute)
	set(&o.Keys.Lifetime, 90*24*time.Hour)
	set(&o.Login.Delay, 30*time.Second)
	set(&o.Login.Lockout, 15*time.Minute)
	if o.Session.MaxPerUser <= 0 {
		o.Session.MaxPerUser = 5
	}
	if o.Session.MaxTokens <= 0 {
		o.Session.MaxTokens = 20
	}
	if o.Keys.MaxPerUser <= 0 {
		o.Keys.MaxPerUser = 50
	}
	if o.Login.Attempts <= 0 {
		o.Login.Attempts = 5
	}
	o.MinPassword = max(o.MinPassword, 8)
}

// Service is users, groups and sessions. All methods may be called from several
// goroutines. Errors that people cause are *object.Error.
type Service struct {
	o        Options
	db       store.DB
	perms    *Permissions
	sessions SessionStore
	failed   *keyFailures
	uses     *keyUses
}

// New returns the service of the database, which has the tables that Tables
// returns. Bootstrap and Permissions.Sync fill them.
func New(ctx context.Context, o Options) (*Service, error) {
	if o.DB == nil || o.Registry == nil {
		return nil, errors.New("security: a database and a registry are required")
	}
	o.defaults()
	secret, err := ensureEpoch(ctx, o.DB, o.Now())
	if err != nil {
		return nil, fmt.Errorf("security: %w", err)
	}
	var shared *sealed
	if o.Cache != nil {
		shared = &sealed{cache: o.Cache, secret: secret}
	}
	s := &Service{o: o, db: o.DB, perms: newPermissions(o, shared), failed: newKeyFailures(o), uses: newKeyUses()}
	s.sessions = DatabaseSessions(o.DB)
	if o.CachedSessions && shared != nil {
		s.sessions = &cachedSessions{db: o.DB, truth: s.sessions, shared: shared, idle: o.Session.Idle, now: o.Now}
	}
	return s, nil
}

// Now is the time by which sessions and keys end.
func (s *Service) Now() time.Time { return s.o.Now() }

// Permissions decides who may do what.
func (s *Service) Permissions() *Permissions { return s.perms }

// Close waits for what is still being written about keys that were used. The
// database is closed after it.
func (s *Service) Close() error {
	s.uses.wait()
	return nil
}

func (s *Service) event(ctx context.Context, e Event) {
	e.At = s.o.Now()
	s.o.Sink.SecurityEvent(ctx, e)
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails
	return b
}
