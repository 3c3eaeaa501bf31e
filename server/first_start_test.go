package server_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
	"github.com/apposengine/appos/server"
)

// TestFirstStartOfSeveralNodes: nodes that meet a new database at the same time seed
// it once, and all of them start.
func TestFirstStartOfSeveralNodes(t *testing.T) {
	var seeds, setups atomic.Int64
	var meet sync.WaitGroup // every node has found that the database is new
	meet.Add(3)
	app := appos.NewApp("shop", []byte("app:\n  name: Shop\n"))
	appos.Seed(app, func(context.Context) error { seeds.Add(1); return nil })
	appos.Setup(app, func(context.Context) error {
		setups.Add(1)
		meet.Done()
		meet.Wait()
		return nil
	})

	url := storetest.URL(t)
	open := func() *server.Server {
		cfg := config.Default()
		cfg.Platform.Data = t.TempDir()
		cfg.Database.URL = config.NewSecret(url)
		cfg.AdminPassword = config.NewSecret("correct horse battery")
		s, err := server.Open(t.Context(), cfg, app)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s
	}
	nodes := []*server.Server{open(), open(), open()}
	var starts errgroup.Group
	for _, n := range nodes {
		starts.Go(func() error { return n.FirstStart(t.Context(), true) })
	}
	if err := starts.Wait(); err != nil {
		t.Error(err)
	}
	// a later start finds all of it done
	if err := open().FirstStart(t.Context(), true); err != nil {
		t.Error(err)
	}
	if seeds.Load() != 1 || setups.Load() != 3 {
		t.Errorf("%d seeds and %d setups, want 1 and 3", seeds.Load(), setups.Load())
	}
}

// TestSetupsWaitForLongSeeds: a setup that could not write for as long as a write
// waits, because the seeds did, runs again after them.
func TestSetupsWaitForLongSeeds(t *testing.T) {
	app := appos.NewApp("shop", []byte("app:\n  name: Shop\n"))
	var tries atomic.Int64
	seeded := make(chan struct{})
	appos.Seed(app, func(context.Context) error { close(seeded); return nil })
	appos.Setup(app, func(context.Context) error {
		<-seeded
		if tries.Add(1) == 1 {
			return &store.Error{Kind: store.Busy, Text: "another transaction has not ended"}
		}
		return nil
	})
	cfg := config.Default()
	cfg.Platform.Data = t.TempDir()
	cfg.AdminPassword = config.NewSecret("correct horse battery")
	s, err := server.Open(t.Context(), cfg, app)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.FirstStart(t.Context(), true); err != nil || tries.Load() != 2 {
		t.Errorf("after %d tries: %v", tries.Load(), err)
	}
}
