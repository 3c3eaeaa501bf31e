package object

import (
	"fmt"
	"time"
)

// System describes a connected system: something outside that the platform
// talks to, and how. Settings are texts by key, such as "url"; which there are
// and what they may be is known to the package that connects to the type.
type System struct {
	Type   string                       // such as "database"
	Values map[string]string            // the defaults in code; never credentials
	ByEnv  map[string]map[string]string // what single environments change
}

// RecordDefaults are what records of an app are that do not say so themselves.
type RecordDefaults struct {
	Audited     bool
	SoftDeleted bool
	StoredIn    *Object // a connected system, as it was declared; nil is the platform's database
}

// on returns the record with what it does not say itself.
func (d RecordDefaults) on(r *Record) *Record {
	if d == (RecordDefaults{}) {
		return r
	}
	changed := *r
	changed.Audited = r.Audited || d.Audited
	changed.SoftDeleted = r.SoftDeleted || d.SoftDeleted
	if r.StoredIn == nil {
		changed.StoredIn = d.StoredIn
	}
	return &changed
}

// Outage is the cause of an error when a database or a connected system does not
// answer: asking again later may succeed.
type Outage struct {
	System     string        // its reference; "" is the platform's database
	RetryAfter time.Duration // when it is tried again
}

func (o *Outage) Error() string {
	if o.System == "" {
		return "the database does not answer; what was not confirmed may not be stored"
	}
	return fmt.Sprintf("the connected system %s does not answer", o.System)
}

// NoSpace is the cause of an error when what was to be stored has no room: reading
// works, and writing does again when there is room.
type NoSpace struct{}

func (*NoSpace) Error() string { return "the disk is full; nothing was stored" }
