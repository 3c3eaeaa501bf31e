package security

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// Permissions decides who may do what, and keeps the rows that say so.
type Permissions struct {
	db     store.DB
	reg    *object.Registry
	now    func() time.Time
	ttl    time.Duration
	sink   Sink
	shared *sealed // nil without a shared cache
	groups numbers

	current atomic.Pointer[snapshot]
	floor   atomic.Int64 // snapshots of earlier epochs are outdated
	users   *otter.Cache[int64, *object.User]
	loading chan struct{} // held while a new snapshot is read

	declared atomic.Pointer[map[string][]object.Grant] // by exact ref, as of the last Sync
}

// patience is how long a check waits for the database when what it knows is out
// of date.
const patience = 5 * time.Second

func newPermissions(o Options, shared *sealed) *Permissions {
	return &Permissions{
		db: o.DB, reg: o.Registry, now: o.Now, ttl: o.TTL, sink: o.Sink, shared: shared,
		groups:  numbers{byID: map[string]int32{}},
		loading: make(chan struct{}, 1),
		users: otter.Must(&otter.Options[int64, *object.User]{
			MaximumSize:      10_000,
			ExpiryCalculator: otter.ExpiryWriting[int64, *object.User](o.TTL),
		}),
	}
}

// Check says whether the user has all of the permission on the object.
//
// A system administrator has every permission on every object. Where the user
// was read before the latest known change, what holds now decides, so that a
// process which runs for days loses a right like everyone else; that reads the
// database, and a database that does not answer is a no.
func (p *Permissions) Check(u *object.User, o *object.Object, permission object.Permission) bool {
	s := p.current.Load()
	if s == nil || u == nil || u.Epoch != s.epoch {
		if u, s = p.renewed(u); u == nil {
			return false
		}
	}
	if u.Type == object.SystemAdmin {
		return permission != 0 && o != nil
	}
	return s.allows(u, o, permission)
}

// ByGroup is Check without the privilege of system administrators: whether the
// groups of the user have the permission.
func (p *Permissions) ByGroup(u *object.User, o *object.Object, permission object.Permission) bool {
	s := p.current.Load()
	if s == nil || u == nil || u.Epoch != s.epoch {
		if u, s = p.renewed(u); u == nil {
			return false
		}
	}
	return s.allows(u, o, permission)
}

// renewed is the user as of now, and the snapshot of the same epoch; nil when
// there is no such active user any more, or it cannot be found out.
func (p *Permissions) renewed(u *object.User) (*object.User, *snapshot) {
	if u == nil || u.ID == 0 {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	now, s, err := p.at(ctx, u.ID, max(u.Epoch, p.floor.Load()))
	if err != nil {
		if object.AsError(err).Code != object.Denied {
			p.sink.SecurityEvent(ctx, Event{Name: EventUndecided, At: p.now(), User: u.Name, Detail: err.Error()})
		}
		return nil, nil
	}
	return narrowed(now, u.Scope), s
}

// at returns the active user, and the snapshot of the same epoch, which is the
// least one or later.
func (p *Permissions) at(ctx context.Context, id, least int64) (*object.User, *snapshot, error) {
	if u, s := p.known(id, least); u != nil {
		return u, s, nil
	}
	return p.load(apart(ctx), id, least)
}

// known is what at returns, as far as it is in memory.
func (p *Permissions) known(id, least int64) (*object.User, *snapshot) {
	s := p.current.Load()
	if s == nil || s.epoch < least || p.now().Sub(s.loaded) > p.ttl {
		return nil, nil
	}
	if u, ok := p.users.GetIfPresent(id); ok && u.Epoch == s.epoch {
		return u, s
	}
	return nil, nil
}

// outdate makes everything before the epoch unusable.
func (p *Permissions) outdate(epoch int64) {
	for {
		floor := p.floor.Load()
		if floor >= epoch || p.floor.CompareAndSwap(floor, epoch) {
			break
		}
	}
	if s := p.current.Load(); s != nil && s.epoch < epoch {
		p.current.CompareAndSwap(s, nil) // when it fails, a newer one came
	}
}

// publish makes the snapshot the current one unless a later one is known.
func (p *Permissions) publish(s *snapshot) {
	for {
		old := p.current.Load()
		if old != nil && old.epoch > s.epoch || s.epoch < p.floor.Load() {
			return
		}
		if p.current.CompareAndSwap(old, s) {
			if s.epoch < p.floor.Load() { // outdated meanwhile
				p.current.CompareAndSwap(s, nil)
			}
			return
		}
	}
}
