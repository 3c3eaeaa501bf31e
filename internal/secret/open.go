package secret

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/apposengine/appos/internal/store"
)

// Tables are what the package keeps: one row, once something was sealed, that
// tells whether a ring is the database's.
func Tables() []store.Table {
	return []store.Table{{
		Name: "appos_secret",
		Columns: []store.Column{
			{Name: "id", Type: store.Int},
			{Name: "sample", Type: store.Bytes},
			{Name: "rotated_at", Type: store.Time, Null: true},
		},
		Key: []string{"id"},
	}}
}

var sample = Place{Table: "appos_secret", Row: "1", Column: "sample"}

// Options say where the ring is.
type Options struct {
	DB store.DB // has Tables
	// Keys is a Tink keyset in JSON, or the path of a file that holds one; empty
	// is Path.
	Keys string
	// Path is where a ring is made when there is none.
	Path string
}

// Open returns the ring of a database. It makes a file with a new key when there
// is none and nothing was ever sealed in this database; otherwise a ring that is
// missing, or another database's, is an error.
func Open(ctx context.Context, o Options) (*Ring, error) {
	r := &Ring{from: sourceOf(o.Keys, o.Path)}
	var kept []byte
	err := o.DB.QueryRow(ctx, []any{&kept}, `SELECT "sample" FROM appos_secret WHERE id = 1`)
	used := err == nil
	if err != nil && !errors.Is(err, store.ErrNoRows) {
		return nil, fmt.Errorf("the keys: %w", err)
	}
	_, err = r.current()
	switch {
	case err == nil && used:
		return r, r.owns(kept)
	case !errors.Is(err, fs.ErrNotExist):
		return r, err
	case used:
		id, _ := KeyOf(kept)
		return nil, fmt.Errorf("%w, and the database has values that are encrypted with its key %d; put the file back from where you keep its copy, or give it in APPOS_KEYS", err, id)
	}
	text, err := newKeyset()
	if err != nil {
		return nil, fmt.Errorf("a new key: %w", err)
	}
	if err := r.from.write(text, true); err != nil && !errors.Is(err, fs.ErrExist) { // another node may have been first
		return nil, err
	}
	_, err = r.current()
	return r, err
}

// owns says whether the ring opens what this database holds.
func (r *Ring) owns(kept []byte) error {
	_, err := r.Open(kept, sample)
	var e *Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &e) && e.Reason == Disabled:
		return nil // left behind by a rotation; the next one takes it along
	case errors.As(err, &e) && e.Reason == Unknown:
		return fmt.Errorf("the keys in %s are not those of this database, whose values are encrypted with key %d; put back the right file, or give it in APPOS_KEYS", r.from, e.Key)
	}
	return err
}

// Mark notes, in the transaction of ctx, that the database has sealed values, so
// that the ring is never made anew. Whoever stores one calls it.
func (r *Ring) Mark(ctx context.Context, db store.DB) error {
	sealed, err := r.Seal([]byte("sealed with the key of this database"), sample)
	if err != nil {
		return err
	}
	_, err = db.Exec(ctx, `INSERT INTO appos_secret (id, "sample") VALUES (1, ?) ON CONFLICT DO NOTHING`, sealed)
	return err
}

func (r *Ring) noteRotation(ctx context.Context, db store.DB, now time.Time) error {
	_, err := db.Exec(ctx, `UPDATE appos_secret SET rotated_at = ? WHERE id = 1`, now)
	return err
}
