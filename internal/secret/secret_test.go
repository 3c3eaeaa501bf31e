package secret_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/secret"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
)

var (
	ctx = context.Background()
	at  = secret.Place{Table: "systems", Row: "7", Column: "password"}
)

// safe is a database of sealed values, a vault.
type safe struct {
	t    *testing.T
	db   store.DB
	path string
	fail func(n int) error // of the n-th value that is sealed anew
}

func TestMain(m *testing.M) { storetest.Main(m) }

func open(t *testing.T) *safe {
	t.Helper()
	db := storetest.New(t)
	kept := store.Table{Name: "kept", Key: []string{"id"}, Columns: []store.Column{{Name: "id", Type: store.Int}, {Name: "sealed", Type: store.Bytes}}}
	if err := migrate.Create(ctx, db, append(secret.Tables(), kept)...); err != nil {
		t.Fatal(err)
	}
	return &safe{t: t, db: db, path: filepath.Join(t.TempDir(), "keys", "master.json")}
}

func (s *safe) options() secret.Options { return secret.Options{DB: s.db, Path: s.path} }

func (s *safe) ring() *secret.Ring {
	s.t.Helper()
	r, err := secret.Open(ctx, s.options())
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

func place(id int) secret.Place {
	return secret.Place{Table: "kept", Row: fmt.Sprint(id), Column: "sealed"}
}

// put stores the number of a row, sealed.
func (s *safe) put(r *secret.Ring, id int) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		if err := r.Mark(ctx, s.db); err != nil {
			return err
		}
		sealed, err := r.Seal([]byte(fmt.Sprint("value ", id)), place(id))
		if err != nil {
			return err
		}
		_, err = s.db.Exec(ctx, "INSERT INTO kept (id, sealed) VALUES (?, ?)", id, sealed)
		return err
	})
}

func (s *safe) check(r *secret.Ring, from, to int) {
	s.t.Helper()
	for id := from; id < to; id++ {
		var sealed []byte
		if err := s.db.QueryRow(ctx, []any{&sealed}, "SELECT sealed FROM kept WHERE id = ?", id); err != nil {
			s.t.Fatal(err)
		}
		plain, err := r.Open(sealed, place(id))
		if err != nil || string(plain) != fmt.Sprint("value ", id) {
			s.t.Fatalf("value %d is %q, %v", id, plain, err)
		}
	}
}

func (s *safe) Name() string { return "kept values" }

func (s *safe) Reseal(ctx context.Context, again func([]byte, secret.Place) ([]byte, bool, error)) (n int, err error) {
	var ids []int
	rows, err := s.db.Query(ctx, "SELECT id FROM kept ORDER BY id")
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			return 0, err
		}
		ids = append(ids, id)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return 0, err
	}
	for _, id := range ids {
		err := s.db.Tx(ctx, func(ctx context.Context) error {
			var sealed []byte
			if err := s.db.QueryRow(ctx, []any{&sealed}, "SELECT sealed FROM kept WHERE id = ?", id); err != nil {
				return err
			}
			fresh, changed, err := again(sealed, place(id))
			if err != nil || !changed {
				return err
			}
			if s.fail != nil {
				if err := s.fail(n); err != nil {
					return err
				}
			}
			n++
			_, err = s.db.Exec(ctx, "UPDATE kept SET sealed = ? WHERE id = ?", fresh, id)
			return err
		})
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

func TestSealedValues(t *testing.T) {
	r := open(t).ring()
	sealed, err := r.Seal([]byte("hunter2"), at)
	if err != nil {
		t.Fatal(err)
	}
	twin, _ := r.Seal([]byte("hunter2"), at)
	if bytes.Contains(sealed, []byte("hunter2")) || bytes.Equal(sealed, twin) {
		t.Error("the value shows")
	}
	if plain, err := r.Open(sealed, at); err != nil || string(plain) != "hunter2" {
		t.Errorf("opened %q, %v", plain, err)
	}
	damaged := func(what string, sealed []byte, at secret.Place) {
		_, err := r.Open(sealed, at)
		var e *secret.Error
		if !errors.As(err, &e) || e.Reason != secret.Damaged {
			t.Errorf("%s: %v", what, err)
		}
	}
	for i := range sealed {
		b := bytes.Clone(sealed)
		b[i] ^= 1
		if _, err := r.Open(b, at); err == nil {
			t.Fatalf("it opens with byte %d changed", i)
		}
	}
	last := bytes.Clone(sealed)
	last[len(last)-1] ^= 1
	damaged("changed", last, at)
	damaged("cut", sealed[:len(sealed)-1], at)
	damaged("empty", nil, at)
	damaged("not sealed", []byte("hunter2 in plain sight"), at)
	for _, other := range []secret.Place{
		{Table: "systems", Row: "8", Column: "password"}, {Table: "systems", Row: "7", Column: "user"}, {Table: "other", Row: "7", Column: "password"},
		{Table: "systems", Row: "7password", Column: ""}, {Table: `systems""7`, Row: "", Column: "password"},
	} {
		damaged("moved to "+other.String(), sealed, other)
	}
}

func TestOpen(t *testing.T) {
	s := open(t)
	r := s.ring()
	if i, err := os.Stat(s.path); err != nil || i.Mode().Perm() != 0o600 {
		t.Fatalf("the key file: %v, %v", i, err)
	}
	// nothing is lost with a key that sealed nothing
	first := status(t, r).Keys[0].ID
	must(t, os.Remove(s.path))
	if status(t, s.ring()).Keys[0].ID == first {
		t.Error("the same key came back")
	}
	r = s.ring()
	must(t, s.put(r, 0))
	must(t, os.Chmod(s.path, 0o644))
	refused(t, s.options(), "can be read by others")
	must(t, os.Chmod(s.path, 0o600))
	text, err := os.ReadFile(s.path)
	must(t, err)

	must(t, os.Remove(s.path))
	s.check(r, 0, 1) // what runs goes on
	if _, err := r.Seal([]byte("x"), at); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("sealing with a key that is lost: %v", err)
	}
	refused(t, s.options(), "is missing", fmt.Sprint(status(t, ringOf(t, s.db, string(text))).Keys[0].ID))
	if _, err := os.Stat(s.path); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a key was made though values need another")
	}
	other := open(t)
	other.ring()
	refused(t, secret.Options{DB: s.db, Path: other.path}, "not those of this database")
	must(t, os.WriteFile(s.path, []byte(`{"primaryKeyId":1,"key":[{"hush"}]}`), 0o600))
	if err := refused(t, s.options(), "no Tink keyset"); strings.Contains(err.Error(), "hush") {
		t.Errorf("the error quotes the file: %v", err)
	}
	s.check(ringOf(t, s.db, string(text)), 0, 1)
}

func ringOf(t *testing.T, db store.DB, keys string) *secret.Ring {
	t.Helper()
	r, err := secret.Open(ctx, secret.Options{DB: db, Keys: keys})
	must(t, err)
	return r
}

func refused(t *testing.T, o secret.Options, says ...string) error {
	t.Helper()
	_, err := secret.Open(ctx, o)
	for _, text := range says {
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Fatalf("the error is %v, it lacks %q", err, text)
		}
	}
	return err
}

func status(t *testing.T, r *secret.Ring) secret.Status {
	t.Helper()
	s, err := r.Status()
	must(t, err)
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestRotate cuts a rotation off after every value, while others read and write.
func TestRotate(t *testing.T) {
	s := open(t)
	r := s.ring()
	for id := range 6 {
		must(t, s.put(r, id))
	}
	elsewhere := s.ring() // another process
	first := status(t, r).Keys[0].ID
	next := 6
	for cut := range 6 {
		s.fail = func(n int) error {
			// while it goes on, both read and write
			s.check(elsewhere, 0, next)
			s.check(r, 0, next)
			if n == min(cut, 1) {
				return errors.New("cut off")
			}
			return nil
		}
		done, err := r.Rotate(ctx, s.db, time.Now(), s)
		if err == nil || done.Done || done.Resumed != (cut > 0) {
			t.Fatalf("cut off at %d: %+v, %v", cut, done, err)
		}
		if !status(t, r).Unfinished() {
			t.Error("the rotation is not unfinished")
		}
		must(t, s.put(elsewhere, next))
		next++
	}
	s.fail = nil
	done, err := r.Rotate(ctx, s.db, time.Now(), s)
	if err != nil || !done.Done || !done.Resumed || done.Keyset != nil {
		t.Fatalf("%+v, %v", done, err)
	}
	s.check(elsewhere, 0, next)
	s.check(s.ring(), 0, next)
	for _, k := range status(t, elsewhere).Keys {
		if k.Primary != k.Enabled || k.Primary == (k.ID == first) {
			t.Errorf("key %+v, the first was %d", k, first)
		}
	}
}

// TestRotateLeftBehind has a value that was sealed with a key when it was not
// disabled yet, and stored after.
func TestRotateLeftBehind(t *testing.T) {
	s := open(t)
	r := s.ring()
	late, err := r.Seal([]byte("value 1"), place(1))
	must(t, err)
	_, err = r.Rotate(ctx, s.db, time.Now(), s)
	must(t, err)
	_, err = s.db.Exec(ctx, "INSERT INTO kept (id, sealed) VALUES (1, ?)", late)
	must(t, err)
	var e *secret.Error
	if _, err := r.Open(late, place(1)); !errors.As(err, &e) || e.Reason != secret.Disabled || !strings.Contains(err.Error(), "keys rotate") {
		t.Fatalf("the error is %v", err)
	}
	done, err := r.Rotate(ctx, s.db, time.Now(), s)
	if err != nil || done.Values != 1 {
		t.Fatalf("%+v, %v", done, err)
	}
	s.check(r, 1, 2)
}

// TestRotateInTheEnvironment rotates keys that only the administrator can write.
func TestRotateInTheEnvironment(t *testing.T) {
	s := open(t)
	s.ring()
	text, err := os.ReadFile(s.path)
	must(t, err)
	r := ringOf(t, s.db, string(text))
	must(t, s.put(r, 0))
	done, err := r.Rotate(ctx, s.db, time.Now(), s)
	if err != nil || done.Done || done.Keyset == nil || done.Values != 0 {
		t.Fatalf("the first step: %+v, %v", done, err)
	}
	s.check(r, 0, 1)
	both := ringOf(t, s.db, string(done.Keyset))
	s.check(both, 0, 1)
	done, err = both.Rotate(ctx, s.db, time.Now(), s)
	if err != nil || !done.Done || done.Keyset == nil || done.Values != 1 {
		t.Fatalf("the second step: %+v, %v", done, err)
	}
	s.check(both, 0, 1)
	s.check(ringOf(t, s.db, string(done.Keyset)), 0, 1)
	if _, err := r.Open(nil, place(0)); err == nil {
		t.Error("no error")
	}
}
