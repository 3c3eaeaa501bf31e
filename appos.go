// Package appos is what an app imports: it declares business objects, and it
// calls them.
//
// An object that runs is a message and a handler. The message is an exported
// struct: its fields are the inputs, and the embedded [Returns] says what comes
// back. The handler is an unexported function. Callers hold only the message,
// so every call passes through [Call], where it is checked, logged and measured:
//
//	// CalculateDiscount prices an amount for a customer.
//	type CalculateDiscount struct {
//		appos.Returns[Discount]
//
//		Customer appos.ID[Customer] `validate:"required"`
//		Amount   decimal.Decimal    `validate:"gte=0"`
//	}
//
//	var _ = appos.Rule(App, calculateDiscount)
//
//	func calculateDiscount(ctx context.Context, in CalculateDiscount) (Discount, error) { … }
//
// Declarations stand at package level. Nothing fails there: what is wrong with
// them is reported when the platform boots, all at once, with file and line.
//
// The package opens no connections and decides nothing itself. Its verbs ask
// the platform that the context carries.
package appos

import (
	"context"

	"github.com/apposengine/appos/internal/object"
)

// App is one application: what its objects are declared on.
type App struct {
	descriptor *object.App
}

// NewApp returns the app that manifest, its app.yaml, describes. The name is
// its prefix in URLs, references and tables, such as "crm".
func NewApp(name string, manifest []byte) *App {
	a := &object.App{Name: name, Manifest: manifest, Source: caller()}
	if !nameForm.MatchString(name) {
		a.Fault(a.Source, name, "the app's name %q is not lower case letters, digits and underscores, beginning with a letter", name)
	}
	return &App{a}
}

// Name is the app's name, such as "crm".
func (a *App) Name() string { return a.descriptor.Name }

// Descriptor is what was declared on the app. It is for the platform's own packages.
func (a *App) Descriptor() *object.App { return a.descriptor }

// Declared is what declarations return, so that they can stand at package level
// beside what they declare: var _ = appos.Rule(App, handler).
type Declared struct{}

// A Group is a group of users, as the console knows it.
type Group string

// Access says which groups may use an object.
type Access []Group

// Allow gives the groups access. Without groups nobody but administrators has it.
func Allow(groups ...Group) Access { return groups }

func (a Access) grants(p object.Permission) []object.Grant {
	var grants []object.Grant
	for _, g := range a {
		grants = append(grants, object.Grant{Group: string(g), Permissions: p})
	}
	return grants
}

// Seed declares a function that fills an empty database, for demonstrations and
// development. It runs once, as the account system, when the server starts for
// the first time, unless it is told not to. Setups run at the same time, so a seed
// cannot rely on them.
func Seed(app *App, f func(context.Context) error) Declared {
	app.descriptor.Seeds = append(app.descriptor.Seeds, f)
	return Declared{}
}

// Setup declares a function that prepares what the app cannot do without, such
// as its first accounts. It runs once, as the account system, when the server
// starts for the first time, in every environment. One that is cut off runs again
// at the next start, so it must bear being repeated.
func Setup(app *App, f func(context.Context) error) Declared {
	app.descriptor.Setups = append(app.descriptor.Setups, f)
	return Declared{}
}
