package appos_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/appostest"
	"github.com/apposengine/appos/internal/object"
)

// An archive beside the shop, whose records are in a database of their own.

var archive = appos.NewApp("archive", []byte("app:\n  name: Archive\n  groups: [keepers]\n"))

var vault = appos.ConnectedSystem(archive, "vault",
	appos.Database{URL: "sqlite:vault.db", Pool: appos.Pool{Size: 4}},
	appos.Allow("keepers"),
	appos.In("prod", appos.Database{URL: "postgres://vault.internal/archive"}))

type Box struct {
	appos.Entity[Box]

	Label   string `validate:"required" appos:"display,unique"`
	Article *appos.ID[Article]

	Sheets appos.Many[Sheet] `appos:"by=Box"`
}

type Sheet struct {
	appos.Entity[Sheet]

	Title string
	Box   appos.ID[Box]
}

// Key opens a box. It is stored in the platform's database.
type Key struct {
	appos.Entity[Key]

	Name string
	Box  appos.ID[Box]
}

var (
	all = appos.CRUD{View: appos.Allow("keepers"), Create: appos.Allow("keepers"), Update: appos.Allow("keepers"), Delete: appos.Allow("keepers")}
	_   = appos.Record[Box](archive, all)
	_   = appos.Record[Sheet](archive, all)
	_   = appos.RecordDefaults(archive, appos.StoredIn(vault), appos.Audited)

	keyring = appos.NewApp("keyring", []byte("app:\n  name: Keyring\n"))
	_       = appos.Record[Key](keyring, all)
)

// File stores a box, a sheet in it, and an event; and fails when it is told to.
type File struct {
	appos.Returns[appos.ID[Box]]

	Label string
	Fail  bool
	Key   bool
}

var _ = appos.Rule(archive, func(ctx context.Context, in File) (id appos.ID[Box], err error) {
	err = appos.Tx(ctx, func(ctx context.Context) error {
		b, err := appos.Create(ctx, Box{Label: in.Label})
		if err != nil {
			return err
		}
		id = b.ID
		if _, err := appos.Create(ctx, Sheet{Title: "one", Box: id}); err != nil {
			return err
		}
		if err := appos.Event(ctx, "filed", map[string]any{"box": int64(id)}); err != nil {
			return err
		}
		if in.Key {
			_, err = appos.Create(ctx, Key{Name: "k", Box: id})
			return err
		}
		if in.Fail {
			return errors.New("told to")
		}
		return nil
	})
	return id, err
}, appos.Allow("keepers"))

func boxes(t *testing.T, ctx context.Context) int {
	t.Helper()
	n, err := appos.Count[Box](ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTransactionsAreOnOneDatabase(t *testing.T) {
	env := appostest.New(t, shop, archive, keyring)
	ctx := env.As("keepers", managers)
	if _, err := appos.Call(ctx, File{Label: "a"}); err != nil {
		t.Fatal(err)
	}
	if _, err := appos.Call(ctx, File{Label: "b", Fail: true}); err == nil {
		t.Fatal("no error")
	}
	if n := boxes(t, ctx); n != 1 {
		t.Errorf("%d boxes, want the one whose transaction went well", n)
	}
	_, err := appos.Call(ctx, File{Label: "c", Key: true})
	if !errors.Is(err, appos.Invalid) || !strings.Contains(err.Error(), "archive.connected_systems.vault") {
		t.Errorf("a key in the transaction of a box: %v", err)
	}
	for name, tx := range map[string]func(context.Context, func(context.Context) error) error{"main": appos.Tx, "vault": vault.Tx} {
		var box, key error
		err := tx(ctx, func(ctx context.Context) error {
			_, box = appos.Create(ctx, Box{Label: "d"})
			_, key = appos.Create(ctx, Key{Name: "k", Box: 1})
			return errors.Join(box, key)
		})
		if (box == nil) == (key == nil) || !errors.Is(err, appos.Invalid) {
			t.Errorf("%s: box %v, key %v; one of them must be refused", name, box, key)
		}
	}
	if keys, err := appos.Count[Key](ctx, nil); boxes(t, ctx) != 1 || keys != 0 || err != nil {
		t.Errorf("%d boxes and %d keys are stored, error %v", boxes(t, ctx), keys, err)
	}
	// a transaction in another joins it, whatever app it comes from
	err = appos.Tx(ctx, func(ctx context.Context) error {
		return errors.Join(appos.Tx(ctx, func(ctx context.Context) error {
			_, err := appos.Create(ctx, Key{Name: "k", Box: 1})
			return err
		}), vault.Tx(ctx, func(context.Context) error { return nil }))
	})
	if !errors.Is(err, appos.Invalid) {
		t.Errorf("a transaction of the vault within one of the platform: %v", err)
	}
}

func TestReferencesAcrossDatabases(t *testing.T) {
	env := appostest.New(t, shop, archive, keyring)
	ctx := env.As("keepers", managers)
	lamp, err := appos.Create(ctx, Article{Name: "Lamp"})
	if err != nil {
		t.Fatal(err)
	}
	box, err := appos.Create(ctx, Box{Label: "a", Article: &lamp.ID})
	if err != nil {
		t.Fatal(err)
	}
	none := appos.ID[Article](99)
	if _, err := appos.Create(ctx, Box{Label: "b", Article: &none}); !errors.Is(err, appos.Invalid) {
		t.Errorf("a reference to nothing: %v", err)
	}
	if err := appos.Delete(ctx, lamp.ID); !errors.Is(err, appos.Conflict) {
		t.Errorf("deleting what is referred to from another database: %v", err)
	}
	if _, err := appos.Create(ctx, Sheet{Title: "one", Box: box.ID}); err != nil {
		t.Fatal(err)
	}
	found, err := appos.Find(ctx, func(b *Box, q *appos.Query) { q.With(&b.Sheets) })
	if err != nil || len(found) != 1 || len(found[0].Sheets.Rows) != 1 {
		t.Errorf("found %+v, %v", found, err)
	}
}

func TestRecordDefaults(t *testing.T) {
	reg, faults := object.NewRegistry(archive.Descriptor(), shop.Descriptor())
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	for ref, want := range map[string]string{
		"archive.records.box":  "archive.connected_systems.vault true",
		"shop.records.article": " true",
		"shop.records.sale":    " false",
	} {
		r := reg.ByRef(ref).Record
		in := ""
		if r.StoredIn != nil {
			in = r.StoredIn.Ref
		}
		if got := fmt.Sprint(in, " ", r.Audited); got != want {
			t.Errorf("%s is %q, want %q", ref, got, want)
		}
	}
	other := appos.NewApp("other", nil)
	appos.Record[Sheet](other, all, appos.StoredIn(vault))
	if _, faults := object.NewRegistry(other.Descriptor()); !strings.Contains(fmt.Sprint(faults), "whose app is not part of this server") {
		t.Errorf("faults %v", faults)
	}
}
