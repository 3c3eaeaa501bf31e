package constant

import (
	"context"
	"strings"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// The actions that are noted.
const (
	actionSet   = "constant.set"
	actionReset = "constant.reset"
)

// Change sets a constant in one environment, or takes back what was set there.
type Change struct {
	Ref string
	Env string // "" is the server's own
	// Text is the value in the form of Format; nil makes it what the code says.
	Text *string
	// Version is that of the override which is to be replaced, 0 is none; another
	// one there is a Conflict. Nil replaces whatever there is.
	Version *int64
	By      string // the sign-in name
}

// Set stores a change and notes it. On this node it holds when Set returns, on
// others within a second.
func (v *Overrides) Set(ctx context.Context, c Change) error {
	o := v.o.Registry.ByRef(c.Ref)
	ref := c.Ref
	switch {
	case o != nil && o.Constant != nil:
		ref = o.Ref
	case c.Text != nil || !v.known(c.Ref): // what is left of a constant can be cleared away
		return object.Errorf(object.NotFound, "no constant has the reference %q", c.Ref)
	}
	if c.Env == "" {
		c.Env = v.o.Env
	}
	if !EnvName(c.Env) {
		return invalid(ref, "environment", "must be lower-case letters, digits and underscores, such as prod")
	}
	if c.Text != nil {
		value, err := Parse(o.Constant, *c.Text)
		if err == nil {
			err = v.o.Check(o, value)
		}
		if err != nil {
			return invalid(ref, "value", err.Error())
		}
		text := Format(o.Constant, value)
		c.Text = &text
	}
	return v.topic.Change(ctx, func(ctx context.Context, revision int64) error {
		return v.store(ctx, o, ref, c, revision)
	})
}

// EnvName says whether an environment can have the name.
func EnvName(name string) bool {
	return name != "" && len(name) <= 63 && name[0] >= 'a' && name[0] <= 'z' &&
		strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == ""
}

func invalid(ref, field, message string) error {
	return &object.Error{Code: object.Invalid, Object: ref, Kind: object.KindConstant, Text: "the constant was not changed",
		Fields: []object.FieldError{{Field: field, Rule: "constant", Message: message}}}
}

func (v *Overrides) known(ref string) bool {
	for _, x := range v.All() {
		if x.Ref == ref {
			return true
		}
	}
	return false
}

// store writes a change, in the transaction of ctx.
func (v *Overrides) store(ctx context.Context, o *object.Object, ref string, c Change, revision int64) error {
	db := v.o.DB
	refs := []string{ref}
	if o != nil {
		for _, name := range o.Formerly {
			refs = append(refs, object.RefOf(o.App.Name, o.Kind, name))
		}
	}
	var was Override
	for _, ref := range refs {
		var x Override
		err := db.QueryRow(ctx, []any{&x.Text, &x.Version, &x.By}, `SELECT value, version, changed_by FROM appos_constant_override WHERE constant = ? AND environment = ?`, ref, c.Env)
		if err != nil && err != store.ErrNoRows {
			return err
		}
		if err == nil && was.Version == 0 {
			was = x
		}
	}
	if c.Version != nil && *c.Version != was.Version {
		return conflict(o, ref, c.Env, was, *c.Version)
	}
	if was.Version == 0 && c.Text == nil || c.Text != nil && was.Version != 0 && was.Text == *c.Text {
		return nil // it is so already
	}
	for _, ref := range refs {
		if _, err := db.Exec(ctx, `DELETE FROM appos_constant_override WHERE constant = ? AND environment = ?`, ref, c.Env); err != nil {
			return err
		}
	}
	before, after, action := map[string]string{"environment": c.Env}, map[string]string{"environment": c.Env}, actionReset
	if was.Version != 0 {
		before["value"] = was.Text
	}
	if c.Text != nil {
		action, after["value"] = actionSet, *c.Text
		if _, err := db.Exec(ctx, `INSERT INTO appos_constant_override (constant, environment, value, version, changed_by, changed_at) VALUES (?, ?, ?, ?, ?, ?)`,
			ref, c.Env, *c.Text, revision, c.By, v.o.Now()); err != nil {
			return err
		}
	}
	if v.o.Audit == nil {
		return nil
	}
	return v.o.Audit(ctx, action, ref, before, after)
}

// conflict says who was faster. It does not say what the value is: errors are logged.
func conflict(o *object.Object, ref, env string, is Override, expected int64) error {
	e := object.Errorf(object.Conflict, "somebody has reset %s in %s meanwhile; look at it again", ref, env)
	if is.Version != 0 {
		e = object.Errorf(object.Conflict, "%s has set %s in %s meanwhile; look at it again", is.By, ref, env)
	}
	e.Object, e.Err = ref, &object.Stale{Expected: expected, Is: is.Version}
	if o != nil {
		e.Kind = o.Kind
	}
	return e
}
