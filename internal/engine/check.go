package engine

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/apposengine/appos/internal/object"
)

// Faults are mistakes in declarations. They are reported together.
type Faults []object.Fault

func (f Faults) Error() string {
	lines := make([]string, 0, len(f)+1)
	lines = append(lines, fmt.Sprintf("%d declarations are at fault:", len(f)))
	if len(f) == 1 {
		lines[0] = "1 declaration is at fault:"
	}
	for _, fault := range f {
		lines = append(lines, "  "+fault.String())
	}
	return strings.Join(lines, "\n")
}

// check finds what is wrong with declarations by themselves and together.
// Groups are all that app.yaml files and the platform declare; nil skips that
// check, for tests that load only some apps.
func check(reg *object.Registry, valid *validation, groups []string) Faults {
	var faults Faults
	for _, o := range reg.Objects {
		fault := func(format string, args ...any) {
			faults = append(faults, object.Fault{Source: o.Source, Object: o.Ref, Text: fmt.Sprintf(format, args...)})
		}
		if t := o.Type(); t != nil {
			if err := valid.tags(t); err != nil {
				fault("%v", err)
			}
		}
		if o.Message != nil && o.Handler == nil {
			fault("has no handler")
		}
		if o.Message != nil { // records are checked where they are compiled
			checkFields(reg, o.Message.Fields, fault)
		}
		if o.CacheFor > 0 && o.Message != nil && o.Output != nil {
			checkKept(o, fault)
		}
		if o.Constant != nil {
			checkConstant(reg, o, valid, fault)
		}
		if groups != nil {
			checkGroups(o, groups, fault)
		}
	}
	return faults
}

func checkFields(reg *object.Registry, fields []object.Field, fault func(string, ...any)) {
	for _, f := range fields {
		if f.Kind == object.FieldRef && !f.System {
			if target := reg.ByType(f.Target); target == nil || target.Record == nil {
				fault("field %s refers to %s, which is not a record of this server; declare it, or list its app", f.Name, f.Target)
			}
		}
	}
}

// checkKept refuses to keep what would not come back whole: answers are kept as
// JSON, under inputs as JSON.
func checkKept(o *object.Object, fault func(string, ...any)) {
	const instead = "; change that, or do without appos.CacheFor"
	if at := lost(o.Message.Type, "", map[reflect.Type]bool{}); at != "" {
		fault("its answers are kept by its inputs as JSON, which has no place for %s"+instead, at)
	}
	if at := lost(o.Output, "", map[reflect.Type]bool{}); at != "" {
		fault("its answers are kept as JSON, which has no place for %s"+instead, at)
	}
}

func checkConstant(reg *object.Registry, o *object.Object, valid *validation, fault func(string, ...any)) {
	values := map[string]any{"": o.Constant.Value}
	for env, v := range o.Constant.ByEnv {
		values[env] = v
	}
	for env, v := range values {
		where := ""
		if env != "" {
			where = fmt.Sprintf(" in %q", env)
		}
		if err := checkReference(reg, o.Constant, v); err != nil {
			fault("its value%s %v", where, err)
		}
		if o.Constant.Validate != "" {
			if err := valid.value(v, o.Constant.Validate); err != nil {
				fault("its value %v%s %v", v, where, err)
			}
		}
	}
}

func checkReference(reg *object.Registry, c *object.Constant, value any) error {
	if !c.Ref {
		return nil
	}
	if ref := reflect.ValueOf(value).String(); reg.ByRef(ref) == nil {
		return fmt.Errorf("refers to %q, which no object has%s", ref, suggest(reg, ref))
	}
	return nil
}

// CheckConstant says what is wrong with a value of a constant, continuing a
// sentence that begins with the value; nil is nothing.
func (e *Engine) CheckConstant(o *object.Object, value any) error {
	if err := checkReference(e.reg, o.Constant, value); err != nil {
		return err
	}
	if o.Constant.Validate == "" {
		return nil
	}
	return e.valid.value(value, o.Constant.Validate)
}

func suggest(reg *object.Registry, ref string) string {
	refs := make([]string, len(reg.Objects))
	for i, o := range reg.Objects {
		refs[i] = o.Ref
	}
	if near := object.Nearest(ref, refs); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}

func checkGroups(o *object.Object, groups []string, fault func(string, ...any)) {
	named := map[string]string{} // group → where
	for _, g := range o.Grants {
		named[g.Group] = "it grants to"
	}
	if o.Record != nil {
		for _, f := range o.Record.Fields {
			for _, g := range slices.Concat(f.View, f.Update) {
				named[g] = "field " + f.Name + " is granted to"
			}
		}
	}
	for _, g := range slices.Sorted(maps.Keys(named)) {
		if !slices.Contains(groups, g) {
			hint := "; add it to groups in app.yaml"
			if near := object.Nearest(g, groups); near != "" {
				hint = fmt.Sprintf("; did you mean %q? Otherwise add it to groups in app.yaml", near)
			}
			fault("%s group %q, which no app.yaml lists%s", named[g], g, hint)
		}
	}
}

// sorted orders faults by where they are, each once.
func (f Faults) sorted() Faults {
	slices.SortStableFunc(f, func(a, b object.Fault) int {
		return cmp.Or(strings.Compare(a.Source.File, b.Source.File), cmp.Compare(a.Source.Line, b.Source.Line), strings.Compare(a.Object, b.Object))
	})
	return slices.Compact(f)
}
