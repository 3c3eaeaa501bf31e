package system

import (
	"context"
	"sync"
	"time"
)

// settingsEvery is how often settings are looked after that other nodes changed.
const settingsEvery = 3 * time.Second

// Run connects to all systems, and until ctx ends checks them at the interval,
// forgets what is old, and takes over what other nodes changed. It waits for
// nothing that a system does.
func (r *Registry) Run(ctx context.Context) {
	if len(r.systems) == 0 {
		return
	}
	settings, health := time.NewTicker(settingsEvery), time.NewTicker(r.o.Interval)
	defer settings.Stop()
	defer health.Stop()
	r.CheckAll(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-settings.C:
			_ = r.reload(ctx) // the platform's database says by itself when it fails
		case <-health.C:
			r.CheckAll(ctx)
		}
	}
}

// CheckAll asks every system that no other node has asked just now whether it
// lives, and forgets what was found more than a day ago.
func (r *Registry) CheckAll(ctx context.Context) {
	var all sync.WaitGroup
	for _, s := range r.systems {
		if r.mine(ctx, s) {
			all.Go(func() { s.check(ctx) })
		}
	}
	all.Wait()
	_, _ = r.o.DB.Exec(ctx, `DELETE FROM appos_system_health WHERE at < ?`, r.o.Now().Add(-kept))
}

// CheckNow asks one system, whoever asked it before.
func (r *Registry) CheckNow(ctx context.Context, s *System) { s.check(ctx) }
