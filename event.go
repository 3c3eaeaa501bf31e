package appos

import (
	"reflect"

	"github.com/apposengine/appos/internal/object"
)

// OnCreate declares what follows when a row of T is created: message turns the row
// into the message of a rule, which runs in the transaction of the creation. One
// that returns a pointer to a message returns nil where nothing follows.
//
//	var _ = appos.OnCreate(App, func(c Customer) WelcomeCustomer { return WelcomeCustomer{Customer: c.ID} })
//
// The rule runs as the user who made the change, who needs the permission to use
// it; what it fails with fails the change, and nothing is stored. message gets the
// whole row, with the fields that the user may not view, and decides what of it
// goes on. A row that was deleted and is brought back by [Restore] is created
// once more.
func OnCreate[T any, M marker](app *App, message func(row T) M) Declared {
	return declareEvent[T, M](app, object.Created, func(_, after any) M { return message(*after.(*T)) })
}

// OnUpdate declares what follows when a row of T is changed, as [OnCreate] does.
// It gets the row as it was and as it is now; they differ in one field at
// least, unless a user wrote one to which they are blind.
//
//	var _ = appos.OnUpdate(App, func(before, after Order) *ShipOrder {
//		if before.Status == after.Status || after.Status != Confirmed {
//			return nil
//		}
//		return &ShipOrder{Order: after.ID}
//	})
//
// A rule that changes the row again is followed again; where that never ends the
// change fails.
func OnUpdate[T any, M marker](app *App, message func(before, after T) M) Declared {
	return declareEvent[T, M](app, object.Updated, func(before, after any) M { return message(*before.(*T), *after.(*T)) })
}

// OnDelete declares what follows when a row of T is deleted, as [OnCreate] does.
// It gets the row as it was.
func OnDelete[T any, M marker](app *App, message func(row T) M) Declared {
	return declareEvent[T, M](app, object.Deleted, func(before, _ any) M { return message(*before.(*T)) })
}

func declareEvent[T any, M marker](app *App, on object.Change, message func(before, after any) M) Declared {
	t := reflect.TypeFor[M]()
	pointer := t.Kind() == reflect.Pointer
	if pointer {
		t = t.Elem()
	}
	app.descriptor.Events = append(app.descriptor.Events, object.RecordEvent{
		On: on, Type: reflect.TypeFor[T](), Message: t, Source: caller(),
		Make: func(before, after any) (any, bool) {
			m := message(before, after)
			if !pointer {
				return m, true
			}
			if v := reflect.ValueOf(m); !v.IsNil() {
				return v.Elem().Interface(), true
			}
			return nil, false
		},
	})
	return Declared{}
}
