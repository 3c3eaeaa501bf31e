package store

import (
	"context"
	"fmt"
)

// A Group is databases that are used together, of which a transaction is on
// one: what is written to another while it runs would stay when it is undone,
// and is refused with an Elsewhere error.
type Group struct{ _ byte }

// member is a database of a group.
type member struct {
	DB
	group *Group
	name  string // for people
}

type ownerKey struct{ g *Group }

// NewGroup returns a group without databases.
func NewGroup() *Group { return new(Group) }

// Join returns the database as one of the group. The name is for messages.
func (g *Group) Join(name string, db DB) DB { return &member{db, g, name} }

// Current is the database of the group that ctx has a transaction on, or nil.
func (g *Group) Current(ctx context.Context) DB {
	if m := g.owner(ctx); m != nil {
		return m
	}
	return nil
}

func (g *Group) owner(ctx context.Context) *member {
	if m, ok := ctx.Value(ownerKey{g}).(*member); ok && m.DB.InTx(ctx) {
		return m
	}
	return nil
}

// free says whether nothing but this database has a transaction in ctx.
func (m *member) free(ctx context.Context) error {
	if o := m.group.owner(ctx); o != nil && o != m {
		return &Error{Kind: Elsewhere, Text: fmt.Sprintf("the transaction is on %s, this is in %s", o.name, m.name)}
	}
	return nil
}

func (m *member) Tx(ctx context.Context, f func(context.Context) error) error {
	if err := m.free(ctx); err != nil {
		return err
	}
	return m.DB.Tx(ctx, func(ctx context.Context) error { return f(m.owning(ctx)) })
}

func (m *member) Migrate(ctx context.Context, f func(context.Context) error) error {
	if err := m.free(ctx); err != nil {
		return err
	}
	return m.DB.Migrate(ctx, func(ctx context.Context) error { return f(m.owning(ctx)) })
}

// owning is a context of a transaction of this database, as one that the others
// know.
func (m *member) owning(ctx context.Context) context.Context {
	if m.group.owner(ctx) != nil {
		return ctx
	}
	return context.WithValue(ctx, ownerKey{m.group}, m)
}

func (m *member) Exec(ctx context.Context, sql string, args ...any) (int64, error) {
	if err := m.free(ctx); err != nil {
		return 0, err
	}
	return m.DB.Exec(ctx, sql, args...)
}

func (m *member) Query(ctx context.Context, sql string, args ...any) (Rows, error) {
	if !readsOnly(sql) {
		if err := m.free(ctx); err != nil {
			return nil, err
		}
	}
	return m.DB.Query(ctx, sql, args...)
}

func (m *member) QueryRow(ctx context.Context, dst []any, sql string, args ...any) error {
	if !readsOnly(sql) {
		if err := m.free(ctx); err != nil {
			return err
		}
	}
	return m.DB.QueryRow(ctx, dst, sql, args...)
}
