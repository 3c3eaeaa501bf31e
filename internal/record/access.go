package record

import (
	"context"

	"github.com/apposengine/appos/internal/object"
)

// Access is what the caller decided for one call: who it is, which rows and
// fields of one record it reaches. A nil Access reaches everything and is
// written down as the user "system"; only AppOS itself may use it.
type Access struct {
	User        string // the sign-in name, stored in created_by, updated_by and the audit log
	ExecutionID string

	// Rows are the conditions that every row must meet to be read, and that a
	// row must still meet after it is written. They are joined by and.
	Rows []object.Cond

	// Hidden fields are zero when read, cannot be filtered, sorted or searched
	// by, and are missing in JSON. A hidden field that is not ReadOnly can be
	// written blindly: a value other than zero is stored, and zero where CreateSet
	// or UpdateSet say that it was meant.
	Hidden Mask
	// ReadOnly fields cannot be set by Create nor changed by Update.
	ReadOnly Mask

	// Related returns the access to another record that is reached through this
	// one: relations that are loaded, rows that are referred to. Its error ends
	// the call; nil means that the caller gives access to no other record.
	Related func(o *object.Object) (*Access, error)

	// Validate is called with a row, defaults and hidden values in place, before
	// it is stored; its error ends the call. Nil checks nothing.
	Validate func(row any) error

	// Changed is told of every row that was changed, in the transaction of the
	// change, when the row and its audit entries are written: pointers to whole
	// structs that are the callee's own, before is nil of a creation and after of a
	// deletion. Its error undoes the change. Nil tells nobody.
	Changed func(ctx context.Context, on object.Change, before, after any) error

	// Observed is told of rows in the transaction of their change as Changed is,
	// before it, but the change is over with it: it writes to no record. It gets the
	// row as it is after the change, or as it was before a deletion, when it is still
	// there; changed are the positions of the fields that an update changed. Its error
	// undoes the change. Nil tells nobody.
	Observed func(ctx context.Context, on object.Change, row any, changed []int) error

	reached map[*object.Object]*Access // what Related has answered
}

// system is what a nil Access stands for.
var system = &Access{User: "system"}

func (a *Access) orSystem() *Access {
	if a == nil {
		return system
	}
	return a
}

// related returns the access to the record o that is reached through a.
func (a *Access) related(o *object.Object) (*Access, error) {
	if a == system {
		return system, nil
	}
	if a.Related == nil {
		return nil, object.Errorf(object.Denied, "no access to %s", o.Ref)
	}
	if r := a.reached[o]; r != nil {
		return r, nil
	}
	r, err := a.Related(o)
	if err != nil {
		return nil, err
	}
	if a.reached == nil {
		a.reached = map[*object.Object]*Access{}
	}
	a.reached[o] = r.orSystem()
	return a.reached[o], nil
}

func (a *Access) validate(row any) error {
	if a.Validate == nil {
		return nil
	}
	return a.Validate(row)
}
