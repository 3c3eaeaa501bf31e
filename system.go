package appos

import (
	"context"

	"github.com/apposengine/appos/internal/object"
)

// System is a connected system: something outside that the platform talks to.
type System struct{ o *object.Object }

// Settings are how a connected system of some type is reached: [Database].
type Settings interface {
	system() string // its type
	// values are the settings that are set, as texts by key.
	values() map[string]string
}

// ConnectedSystem declares something outside that the platform talks to. The
// settings are defaults for every environment, envs change some of them in one:
//
//	var Warehouse = appos.ConnectedSystem(App, "warehouse",
//		appos.Database{URL: "sqlite:.appos/warehouse.db"},
//		appos.Allow(Admins),
//		appos.In("prod", appos.Database{URL: "postgres://db.internal/warehouse", Pool: appos.Pool{Size: 20}}))
//
// Users and passwords never stand in code: administrators set them in the
// console, which keeps them encrypted, or the variables
// APPOS_{APP}_{NAME}_USER and APPOS_{APP}_{NAME}_PASSWORD hold them. Every other
// setting can be changed in the same two places; the console goes before the
// variable, the variable before code.
//
// The groups may use the system directly. Rows that are stored in it are open to
// whom their record's own permissions say.
func ConnectedSystem[S Settings](app *App, name string, defaults S, allow Access, envs ...EnvValue[S]) *System {
	s := &object.System{Type: defaults.system(), Values: defaults.values()}
	o := object.Object{
		Kind: object.KindConnectedSystem, Name: name, Source: caller(), System: s,
		Declared: true, Grants: allow.grants(object.View | object.Use),
	}
	for _, e := range envs {
		if s.ByEnv == nil {
			s.ByEnv = map[string]map[string]string{}
		}
		if _, twice := s.ByEnv[e.env]; twice {
			app.descriptor.Fault(o.Source, object.RefOf(app.Name(), o.Kind, name), "environment %q is given twice", e.env)
		}
		s.ByEnv[e.env] = e.value.values()
	}
	declare(app, o)
	return &System{app.descriptor.Objects[len(app.descriptor.Objects)-1]}
}

// Formerly keeps old names alive after a rename.
func (s *System) Formerly(names ...string) *System {
	s.o.Formerly = append(s.o.Formerly, names...)
	return s
}

// Tx is [Tx] on the database of the system, for records that are stored in it.
// It opens nothing to the user: every access in it is checked as always.
func (s *System) Tx(ctx context.Context, f func(ctx context.Context) error) error {
	rt, err := runtimeOf(ctx)
	if err != nil {
		return err
	}
	return rt.TxIn(ctx, s.o, f)
}
