package secret

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/apposengine/appos/internal/store"
)

// Vault is somewhere that sealed values are kept.
type Vault interface {
	// Name is what is kept, for people.
	Name() string
	// Reseal passes every sealed value through again and stores those that it
	// changed. Values that are written meanwhile must be seen by it, or have been
	// sealed after it began. It returns how many it changed.
	Reseal(ctx context.Context, again func(sealed []byte, at Place) ([]byte, bool, error)) (int, error)
}

// Rotation is how a rotation went.
type Rotation struct {
	Resumed bool   // an earlier one had been cut off
	Primary uint32 // the new key
	Values  int    // that were sealed anew
	// Keyset is what a ring that is kept in the environment has to be set to
	// next, and again after the following Rotate; nil for one in a file.
	Keyset []byte
	Done   bool // false: set Keyset, then rotate again
}

// Rotate gives the ring a new primary key, seals every value of the vaults anew,
// and disables the old keys. Cut off at any point, the next Rotate goes on where
// it stopped. Values open all the while, also on other nodes; those that share no
// file with this one need the new keys before.
func (r *Ring) Rotate(ctx context.Context, db store.DB, now time.Time, vaults ...Vault) (Rotation, error) {
	var done Rotation
	if err := r.Mark(ctx, db); err != nil {
		return done, err
	}
	// one at a time: the row is locked until the new key is written
	err := db.Tx(ctx, func(ctx context.Context) error {
		if err := r.noteRotation(ctx, db, now); err != nil {
			return err
		}
		l, err := r.current()
		if err != nil {
			return err
		}
		done.Resumed = enabled(l.handle) > 1
		if !done.Resumed {
			next, err := withNewPrimary(l.handle)
			if err != nil {
				return fmt.Errorf("a new key: %w", err)
			}
			if done.Keyset, err = r.put(next); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return done, err
	}
	if done.Keyset != nil {
		return done, nil // nothing may be sealed with a key that no other node has
	}
	l, err := r.current()
	if err != nil {
		return done, err
	}
	done.Primary = primary(l.handle)
	if done.Values, err = r.reseal(ctx, db, l, vaults); err != nil {
		return done, err
	}
	last, err := with(l.handle, false)
	if err != nil {
		return done, err
	}
	done.Keyset, err = r.put(last)
	done.Done = err == nil
	return done, err
}

// put writes the ring, or returns it for a ring that cannot be written.
func (r *Ring) put(h *keyset.Handle) ([]byte, error) {
	text, err := writeKeyset(h)
	if err != nil {
		return nil, err
	}
	if r.from.path == "" {
		return text, nil
	}
	return nil, r.from.write(text, false)
}

// reseal passes over all values until none is left that another key sealed.
func (r *Ring) reseal(ctx context.Context, db store.DB, l *loaded, vaults []Vault) (total int, err error) {
	// what an earlier rotation left behind is sealed with a key that it disabled
	all, err := with(l.handle, true)
	if err != nil {
		return 0, err
	}
	text, err := writeKeyset(all)
	if err != nil {
		return 0, err
	}
	old, err := load(text, r.from.String())
	if err != nil {
		return 0, err
	}
	newest := primary(l.handle)
	again := func(sealed []byte, at Place) ([]byte, bool, error) {
		if id, ok := KeyOf(sealed); ok && id == newest {
			return sealed, false, nil
		}
		plain, err := old.envelope.Decrypt(sealed, at.associated())
		if err != nil {
			return nil, false, old.refused(sealed, at)
		}
		fresh, err := old.envelope.Encrypt(plain, at.associated())
		return fresh, true, err
	}
	for _, v := range append([]Vault{samples{db}}, vaults...) {
		n, err := v.Reseal(ctx, again)
		total += n
		if err != nil {
			return total, fmt.Errorf("%s: %w", v.Name(), err)
		}
	}
	return total, nil
}

// samples is the row that tells a ring.
type samples struct{ db store.DB }

func (samples) Name() string { return "the sample" }

func (s samples) Reseal(ctx context.Context, again func([]byte, Place) ([]byte, bool, error)) (int, error) {
	return 0, s.db.Tx(ctx, func(ctx context.Context) error {
		var kept []byte
		err := s.db.QueryRow(ctx, []any{&kept}, `SELECT "sample" FROM appos_secret WHERE id = 1`)
		if errors.Is(err, store.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		fresh, changed, err := again(kept, sample)
		if err != nil || !changed {
			return err
		}
		_, err = s.db.Exec(ctx, `UPDATE appos_secret SET "sample" = ? WHERE id = 1`, fresh)
		return err
	})
}

func enabled(h *keyset.Handle) (n int) {
	for _, k := range keysOf(h) {
		if k.Enabled {
			n++
		}
	}
	return n
}

func primary(h *keyset.Handle) uint32 {
	for _, k := range keysOf(h) {
		if k.Primary {
			return k.ID
		}
	}
	return 0
}

// Status is what a ring is, without what is secret about it.
type Status struct {
	From string // the file, or "the environment"
	Keys []Key
}

// Status describes the ring.
func (r *Ring) Status() (Status, error) {
	l, err := r.current()
	if err != nil {
		return Status{}, err
	}
	return Status{r.from.String(), keysOf(l.handle)}, nil
}

// Unfinished says whether a rotation was cut off.
func (s Status) Unfinished() bool {
	n := 0
	for _, k := range s.Keys {
		if k.Enabled {
			n++
		}
	}
	return n > 1
}
