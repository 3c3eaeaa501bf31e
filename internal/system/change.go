package system

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// Change is what an administrator sets about a system.
type Change struct {
	Env string            // such as "prod"; empty is every environment
	Set map[string]string // by key; a credential, too
	// Clear takes back what the console had set: what the variable or the code
	// says counts again.
	Clear []string
	By    string // the sign-in name
}

// Change stores settings, notes the change, and connects anew with them, on
// other nodes within a few seconds. What is wrong is an Invalid error that names
// the settings, and nothing is stored.
func (r *Registry) Change(ctx context.Context, ref string, c Change) error {
	s := r.System(ref)
	if s == nil {
		return object.Errorf(object.NotFound, "no connected system has the reference %q", ref)
	}
	set, err := s.checked(c)
	if err != nil {
		return err
	}
	c.Set = set
	err = r.o.DB.Tx(ctx, func(ctx context.Context) error { return s.store(ctx, c) })
	if err != nil {
		return err
	}
	return r.reload(context.WithoutCancel(ctx))
}

// checked says what is wrong with a change, or returns what it sets: a URL
// without the user and the password that were typed into it.
func (s *System) checked(c Change) (map[string]string, error) {
	var faults []object.FieldError
	fault := func(key, message string) {
		faults = append(faults, object.FieldError{Field: key, Rule: "setting", Message: message})
	}
	if c.Env != everyEnv && !envName(c.Env) {
		fault("environment", "must be lower-case letters, digits and underscores, such as prod")
	}
	set := maps.Clone(c.Set)
	if bare, more, ok := splitURL(set["url"]); ok {
		set["url"] = bare
		for key, text := range more {
			if set[key] == "" {
				set[key] = text
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(set)) {
		x, ok := settingOf(s.typ, key)
		switch {
		case !ok:
			fault(key, unknownSetting(s.typ, key))
		case strings.ContainsRune(set[key], 0):
			fault(key, "must not hold a zero byte")
		case set[key] == "":
			fault(key, "is empty; clear it instead")
		default:
			if text := x.wrong(set[key]); text != "" {
				fault(key, text)
			}
		}
	}
	if len(faults) == 0 {
		for key, text := range s.together(c.Env, set, c.Clear) {
			fault(key, text)
		}
	}
	if len(faults) > 0 {
		slices.SortFunc(faults, func(a, b object.FieldError) int { return strings.Compare(a.Field, b.Field) })
		return nil, &object.Error{Code: object.Invalid, Object: s.o.Ref, Kind: s.o.Kind, Text: "some settings are not valid", Fields: faults}
	}
	return set, nil
}

// together checks the settings as they would be.
func (s *System) together(env string, set map[string]string, cleared []string) map[string]string {
	layers := s.layers(env)
	last := &layers[len(layers)-1]
	last.text = maps.Clone(last.text)
	for _, key := range cleared {
		delete(last.text, key)
	}
	maps.Copy(last.text, set)
	v, _ := merge(layers)
	if v.Get("url") == "" {
		return nil // another environment has one, or a variable will
	}
	return s.typ.Check(v)
}

func envName(name string) bool {
	if name == "" || len(name) > 63 || name[0] < 'a' || name[0] > 'z' {
		return false
	}
	return strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == ""
}

// store writes a change, in the transaction of ctx.
func (s *System) store(ctx context.Context, c Change) error {
	db, now := s.r.o.DB, s.r.o.Now()
	// first, so that changes come one after the other
	if _, err := db.Exec(ctx, `INSERT INTO appos_system (system, revision) VALUES (?, 1) ON CONFLICT (system) DO UPDATE SET revision = appos_system.revision + 1`, s.o.Ref); err != nil {
		return err
	}
	before, after := map[string]string{}, map[string]string{}
	if c.Env != everyEnv {
		before["environment"], after["environment"] = c.Env, c.Env
	}
	keys := slices.Concat(slices.Sorted(maps.Keys(c.Set)), c.Clear)
	for _, key := range keys {
		x, _ := settingOf(s.typ, key)
		text, set := c.Set[key]
		had, was, err := s.remove(ctx, c.Env, key)
		if err != nil {
			return err
		}
		if x.Form == Credential {
			was = "set"
		}
		if had {
			before[key] = was
		}
		if !set {
			continue
		}
		e := entry{system: s.o.Ref, env: c.Env, key: key, text: text}
		after[key] = text
		var value, sealed any = text, nil
		if x.Form == Credential {
			after[key] = "set"
			if had {
				after[key] = "replaced"
			}
			if err := s.r.o.Ring.Mark(ctx, db); err != nil {
				return err
			}
			// within the transaction: a rotation waits for it, or it for the rotation
			b, err := s.r.o.Ring.Seal([]byte(text), e.place())
			if err != nil {
				return object.Errorf(object.Internal, "the credential could not be encrypted: %w", err)
			}
			value, sealed = nil, b
		}
		if _, err := db.Exec(ctx, `INSERT INTO appos_system_setting (system, environment, name, value, sealed, changed_by, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			s.o.Ref, c.Env, key, value, sealed, c.By, now); err != nil {
			return err
		}
	}
	if s.r.o.Audit == nil {
		return nil
	}
	return s.r.o.Audit(ctx, "system.configure", s.o.Ref, before, after)
}

// remove takes a setting back, under every name that the system has had.
func (s *System) remove(ctx context.Context, env, key string) (had bool, was string, err error) {
	db := s.r.o.DB
	refs := []string{s.o.Ref}
	for _, name := range s.o.Formerly {
		refs = append(refs, object.RefOf(s.o.App.Name, s.o.Kind, name))
	}
	for _, ref := range refs {
		var text *string
		err := db.QueryRow(ctx, []any{&text}, `DELETE FROM appos_system_setting WHERE system = ? AND environment = ? AND name = ? RETURNING value`, ref, env, key)
		if err == store.ErrNoRows {
			continue
		}
		if err != nil {
			return false, "", err
		}
		had = true
		if text != nil && was == "" {
			was = *text
		}
	}
	return had, was, nil
}
