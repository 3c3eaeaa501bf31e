package security

import (
	"context"
	"time"
)

// The names of events.
const (
	EventSignIn       = "sign_in"
	EventSignInFailed = "sign_in_failed"
	EventLockedOut    = "locked_out"      // a sign-in was refused without looking at the password
	EventSignOut      = "sign_out"        //
	EventEvicted      = "session_evicted" // the oldest session of a user with too many
	EventRevoked      = "session_revoked"
	EventChanged      = "changed" // users, groups, memberships or permissions; the audit has the rest
	EventKeyRefused   = "api_key_refused"
	EventKeyLocked    = "api_key_locked_out"  // an address failed too often
	EventKeyMoved     = "api_key_new_network" // a key is used from where it never was before
	EventUndecided    = "undecidable"         // a check was refused because the database did not answer
)

// Event is something that whoever watches over security wants to know. It never
// holds a password or a token.
type Event struct {
	Name    string
	At      time.Time
	User    string // the sign-in name, as far as it is known to exist
	Address string // of the client
	Object  string // a reference, where there is one
	Detail  string
}

// Sink takes events. It must not wait.
type Sink interface {
	SecurityEvent(ctx context.Context, e Event)
}

// SinkFunc makes a function a Sink.
type SinkFunc func(ctx context.Context, e Event)

// SecurityEvent calls f.
func (f SinkFunc) SecurityEvent(ctx context.Context, e Event) { f(ctx, e) }
