package appos_test

import (
	"context"
	"errors"
	"testing"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/appostest"
)

// An app whose row security is careless: it reads the rows that it filters.

var careless = appos.NewApp("careless", []byte("app:\n  name: Careless\n  groups: [staff]\n"))

const staff appos.Group = "staff"

type Desk struct {
	appos.Entity[Desk]

	Name string
}

type Clerk struct {
	appos.Entity[Clerk]

	Name string
}

type Room struct {
	appos.Entity[Room]

	Name string
}

var (
	deskCRUD  = appos.CRUD{View: appos.Allow(staff), Create: appos.Allow(staff), Update: appos.Allow(staff), Delete: appos.Allow(staff)}
	_         = appos.Record[Desk](careless, deskCRUD)
	_         = appos.Record[Clerk](careless, deskCRUD)
	_         = appos.Record[Room](careless, deskCRUD)
	roomAsked int

	_ = appos.Rows(careless, func(ctx context.Context, d *Desk, q *appos.Query) {
		_, _ = appos.Count(ctx, func(*Clerk, *appos.Query) {})
		_, _ = appos.Count(ctx, func(*Clerk, *appos.Query) {})
		q.Where(appos.Eq(&d.Name, "mine"))
	})
	_ = appos.Rows(careless, func(ctx context.Context, c *Clerk, q *appos.Query) {
		_, _ = appos.Count(ctx, func(*Desk, *appos.Query) {})
		_, _ = appos.Count(ctx, func(*Desk, *appos.Query) {})
		q.Where(appos.Eq(&c.Name, "mine"))
	})
	_ = appos.Rows(careless, func(ctx context.Context, r *Room, q *appos.Query) {
		roomAsked++
		if _, err := appos.Count(ctx, func(*Room, *appos.Query) {}); err == nil {
			q.Where(appos.Eq(&r.Name, "mine"))
		}
	})
)

// Row security that reads what it filters never ends by itself.
func TestRowSecurityThatReadsItself(t *testing.T) {
	env := appostest.New(t, careless)
	ctx := env.As(staff)
	if _, err := appos.Find(ctx, func(*Room, *appos.Query) {}); !errors.Is(err, appos.Internal) {
		t.Errorf("a filter that reads its own record = %v; want Internal", err)
	}
	if roomAsked != 1 {
		t.Errorf("the filter ran %d times", roomAsked)
	}
	if _, err := appos.Find(ctx, func(*Desk, *appos.Query) {}); !errors.Is(err, appos.Internal) {
		t.Errorf("two filters that read each other's record = %v; want Internal", err)
	}
}
