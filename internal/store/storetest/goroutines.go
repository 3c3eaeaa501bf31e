package storetest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/apposengine/appos/internal/store"
)

// goroutines use one transaction at once, which belongs to one of them: a
// statement is stored, or refused, and never half of each.
func goroutines(t *testing.T, db store.DB) {
	withPeople(t, db)
	stored := make([]bool, 16)
	must(t, db.Tx(ctx, func(ctx context.Context) error {
		var all sync.WaitGroup
		for i := range stored {
			all.Go(func() {
				err := add(ctx, db, fmt.Sprintf("p%02d", i))
				if stored[i] = err == nil; !stored[i] {
					if k, ok := store.KindOf(err); !ok || k != store.Invalid {
						t.Errorf("a second goroutine got %v", err)
					}
				}
			})
		}
		all.Wait()
		return nil
	}))
	have := names(t, ctx, db)
	for i, ok := range stored {
		if name := fmt.Sprintf("p%02d", i); strings.Contains(have, name) != ok {
			t.Errorf("%s: told stored %v, the table has %q", name, ok, have)
		}
	}
	if have == "" {
		t.Error("nobody was let in")
	}
}
