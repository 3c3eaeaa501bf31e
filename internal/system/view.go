package system

import (
	"maps"
	"slices"
	"time"

	"github.com/apposengine/appos/internal/object"
)

// Value is what a setting is in an environment, and why. What a credential is
// it does not say.
type Value struct {
	Setting
	Set      bool
	Text     string // "" for a credential
	From     Origin
	Variable string    // the variable that sets it, or would
	By       string    // who set it in the console
	At       time.Time // and when
	Own      bool      // the console sets it for exactly this environment
	Ignored  bool      // it is meant for another kind of URL, and means nothing here
}

// Values are all settings of the system in an environment; "" is what holds in
// every environment that says nothing else.
func (s *System) Values(env string) []Value {
	v, from := merge(s.layers(env))
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Value
	for _, x := range s.typ.Settings() {
		text, set := v.text[x.Key]
		out := Value{Setting: x, Set: set, Text: text, From: FromDefault, Variable: VariableOf(s.o, x.Key)}
		if x.Form == Credential {
			out.Text = ""
		}
		if set {
			out.From = from[x.Key]
		}
		switch out.From {
		case FromConsole:
			e := s.console[everyEnv][x.Key]
			out.By, out.At, out.Own = e.by, e.at, env == everyEnv
		case FromConsoleEnv:
			e := s.console[env][x.Key]
			out.By, out.At, out.Own = e.by, e.at, true
		}
		if s.dialectIn(v) == "sqlite" {
			_, none := onSQLite[x.Key]
			out.Ignored = none
		}
		all = append(all, out)
	}
	return all
}

func (s *System) dialectIn(v Values) string {
	d, _ := dialectOf(v.Get("url"))
	return d.String()
}

// Environments are those that something is set for, and the server's own.
func (s *System) Environments() []string {
	all := map[string]bool{s.r.o.Env: true}
	for env := range s.o.System.ByEnv {
		all[env] = true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for env := range s.console {
		if env != everyEnv {
			all[env] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// Records are those that are stored in the system.
func (s *System) Records() []*object.Object {
	var all []*object.Object
	for _, o := range s.r.o.Registry.Of("", object.KindRecord) {
		if o.Record.StoredIn == s.o {
			all = append(all, o)
		}
	}
	return all
}
