package system

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/secret"
	"github.com/apposengine/appos/internal/store"
)

// System is one connected system of a server.
type System struct {
	r         *Registry
	o         *object.Object
	typ       Type
	variables layer
	dialect   store.Dialect // what records were compiled for

	mu         sync.Mutex
	console    console
	revision   int64
	generation int // grows when the settings change
	current    *lease
	opening    chan struct{} // closed when an attempt to connect ends; nil when there is none
	down       *outage       // nil when it is up, or was not needed yet
	retry      *time.Timer
	closed     bool
}

// outage is why a system cannot be used, and since when.
type outage struct {
	since time.Time
	err   error
	tries int
}

// Object is the system's declaration.
func (s *System) Object() *object.Object { return s.o }

// Type is the kind of system, such as "database".
func (s *System) Type() Type { return s.typ }

// layers are all settings in an environment, credentials sealed.
func (s *System) layers(env string) []layer {
	layers := declared(s.o, env)
	if env == s.r.o.Env {
		layers = append(layers, s.variables)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, in := range []struct {
		env  string
		from Origin
	}{{everyEnv, FromConsole}, {env, FromConsoleEnv}} {
		text := map[string]string{}
		for key, e := range s.console[in.env] {
			text[key] = e.text
			if e.sealed != nil {
				text[key] = sealedMark
			}
		}
		layers = append(layers, layer{in.from, text})
		if env == everyEnv {
			break
		}
	}
	return layers
}

// sealedMark stands for a credential that was not unsealed. A text of a form
// never begins with a zero byte.
const sealedMark = "\x00sealed"

// values are the settings that are in force in an environment. Credentials of
// the console stay sealed.
func (s *System) values(env string) Values {
	v, _ := merge(s.layers(env))
	return v
}

// unsealed is values with the credentials.
func (s *System) unsealed(env string) (Values, error) {
	v := s.values(env)
	for key, text := range v.text {
		if text != sealedMark {
			continue
		}
		s.mu.Lock()
		e, own := s.console[env][key]
		if !own {
			e = s.console[everyEnv][key]
		}
		s.mu.Unlock()
		plain, err := s.r.o.Ring.Open(e.sealed, e.place())
		if err != nil {
			return v, err
		}
		v.text[key] = string(plain)
	}
	return v, nil
}

// place is where the sealed value of an entry stands.
func (e entry) place() secret.Place {
	return secret.Place{Table: "appos_system_setting", Row: e.system + " in " + e.env, Column: e.key}
}

// seen is the revision of the settings that are known here.
func (s *System) seen() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.revision
}

// adopt takes over settings. Who has the system in use goes on with what it has;
// the next one connects anew, unless the settings come to the same.
func (s *System) adopt(revision int64, c console) {
	if c == nil {
		c = console{}
	}
	s.mu.Lock()
	s.console, s.revision = c, revision
	old := s.current
	s.mu.Unlock()
	v, err := s.unsealed(s.r.o.Env)
	if old != nil && err == nil && maps.Equal(v.text, old.values.text) {
		return // such as sealed with another key
	}
	s.mu.Lock()
	old = s.current
	s.generation++
	s.current, s.down = nil, nil
	if s.retry != nil {
		s.retry.Stop()
	}
	s.mu.Unlock()
	if old != nil {
		old.retire()
	}
}

// open connects with the settings of an environment, which it returns.
func (s *System) open(ctx context.Context, env string) (Client, Values, error) {
	v, err := s.unsealed(env)
	if err != nil {
		return nil, v, err
	}
	if v.Get("url") == "" {
		return nil, v, errors.New("nothing says where it is: set the URL in the console, or with the variable " + VariableOf(s.o, "url"))
	}
	for key, wrong := range s.typ.Check(v) {
		return nil, v, fmt.Errorf("the setting %s %s", key, wrong)
	}
	client, err := s.typ.Open(ctx, v)
	if err != nil {
		return nil, v, scrubbed(err, v)
	}
	return client, v, nil
}

// scrubbed is an error without credentials, whatever the other side repeats.
func scrubbed(err error, v Values) error {
	text := err.Error()
	clean := text
	for _, key := range []string{"password", "user"} {
		if c := v.Get(key); len(c) > 2 {
			clean = strings.ReplaceAll(clean, c, "["+key+"]")
		}
	}
	if clean == text {
		return err
	}
	kind, _ := store.KindOf(err)
	return &store.Error{Kind: kind, Text: strings.TrimPrefix(clean, kind.String()+": ")}
}

func (s *System) close() {
	s.mu.Lock()
	s.closed = true
	l := s.current
	s.current = nil
	if s.retry != nil {
		s.retry.Stop()
	}
	s.mu.Unlock()
	if l != nil {
		l.retire()
	}
}
