package appos_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/appostest"
)

// The history passes the gate: those who may not view have none, and those who
// may not update restore nothing.
func TestHistoryNeedsPermission(t *testing.T) {
	env := appostest.New(t, shop, workshop)
	manager := env.As(managers)
	lamp, err := appos.Create(manager, Article{Name: "Lamp", Price: decimal.NewFromInt(10)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := appos.Update(manager, lamp.ID, func(a *Article) { a.Price = decimal.NewFromInt(11) }); err != nil {
		t.Fatal(err)
	}
	stranger := env.As()
	for name, work := range map[string]func(context.Context) error{
		"history": func(ctx context.Context) error { _, err := appos.History(ctx, lamp.ID, nil); return err },
		"changes": func(ctx context.Context) error { _, err := appos.Changes[Article](ctx, nil); return err },
		"restore": func(ctx context.Context) error { _, err := appos.Restore(ctx, lamp.ID, 1); return err },
	} {
		if err := work(stranger); !errors.Is(err, appos.Denied) {
			t.Errorf("%s by a stranger: %v", name, err)
		}
		if err := work(context.Background()); !errors.Is(err, appos.DispatchFailed) {
			t.Errorf("%s outside: %v", name, err)
		}
	}
	auditor := env.As(auditors) // they view, but do not update
	if _, err := appos.History(auditor, lamp.ID, nil); err != nil {
		t.Error(err)
	}
	if _, err := appos.Restore(auditor, lamp.ID, 1); !errors.Is(err, appos.Denied) {
		t.Errorf("restore by an auditor: %v", err)
	}
	if _, err := appos.History(manager, appos.ID[Sale](1), nil); !errors.Is(err, appos.DispatchFailed) || !strings.Contains(err.Error(), "has no history") {
		t.Errorf("of a record that is not audited: %v", err)
	}
	if _, err := appos.History(manager, appos.ID[Article](0), nil); !errors.Is(err, appos.NotFound) {
		t.Errorf("of the row 0: %v", err)
	}
	other := new(Article)
	if _, err := appos.Changes(manager, func(_ *Article, h *appos.HistoryQuery) { h.Fields(&other.Name) }); !errors.Is(err, appos.Invalid) {
		t.Errorf("of the field of another row: %v", err)
	}
}

// Bringing a row back from the deleted takes the right to delete, and makes it a
// creation to what follows.
func TestRestoreOfDeleted(t *testing.T) {
	env := appostest.New(t, clinic)
	nurse, doctor := env.As(nurses), env.As(doctors)
	p, err := appos.Create(doctor, Patient{Name: "Ann"})
	if err != nil {
		t.Fatal(err)
	}
	if err := appos.Delete(doctor, p.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := appos.Restore(nurse, p.ID, 1); !errors.Is(err, appos.Denied) || !strings.Contains(err.Error(), "delete") {
		t.Errorf("by a nurse: %v", err)
	}
	got, err := appos.Restore(doctor, p.ID, 1)
	if err != nil || got.Name != "Ann" || got.Version != 3 {
		t.Errorf("%+v, %v", got, err)
	}
	if n, err := appos.Count[Visit](doctor, nil); err != nil || n != 2 {
		t.Errorf("%d creations were followed, %v", n, err)
	}
}

var clinic = appos.NewApp("clinic", []byte("app:\n  name: Clinic\n  groups: [nurses, doctors]\n"))

const (
	nurses  appos.Group = "nurses"
	doctors appos.Group = "doctors"
)

type Patient struct {
	appos.Entity[Patient]

	Name string
}

type Visit struct {
	appos.Entity[Visit]

	Patient int64
}

type Admit struct {
	appos.Returns[appos.None]

	Patient appos.ID[Patient]
}

var (
	_ = appos.Record[Patient](clinic, appos.CRUD{
		View: appos.Allow(nurses, doctors), Create: appos.Allow(doctors), Update: appos.Allow(nurses, doctors), Delete: appos.Allow(doctors),
	}, appos.Audited, appos.SoftDeleted)
	_ = appos.Record[Visit](clinic, appos.CRUD{View: appos.Allow(doctors), Create: appos.Allow(doctors)})
	_ = appos.OnCreate(clinic, func(p Patient) Admit { return Admit{Patient: p.ID} })
	_ = appos.Rule(clinic, func(ctx context.Context, in Admit) (appos.None, error) {
		_, err := appos.Create(ctx, Visit{Patient: int64(in.Patient)})
		return appos.None{}, err
	}, appos.Allow(doctors))
)
