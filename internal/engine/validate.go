package engine

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/go-playground/validator/v10"
	"github.com/shopspring/decimal"

	"github.com/apposengine/appos/internal/object"
)

// validation checks values against their validate tags and says what is wrong
// in words for people.
type validation struct {
	v *validator.Validate
}

func newValidation() *validation {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterCustomTypeFunc(func(field reflect.Value) any {
		// bounds of decimals are compared as numbers; what is stored stays exact
		return field.Interface().(decimal.Decimal).InexactFloat64()
	}, decimal.Decimal{})
	v.RegisterCustomTypeFunc(func(field reflect.Value) any {
		if d := field.Interface().(object.Date); !d.IsZero() {
			return d.In(time.UTC)
		}
		return time.Time{} // no day, as required and omitempty understand it
	}, object.Date{})
	v.RegisterTagNameFunc(func(sf reflect.StructField) string {
		if name, _, _ := strings.Cut(sf.Tag.Get("json"), ","); name != "" && name != "-" {
			return name
		}
		return object.Snake(sf.Name)
	})
	if err := v.RegisterValidation("validateFn", ofItsOwn); err != nil {
		panic(err) // only a rule without a name or a function is refused
	}
	return &validation{v}
}

// ofItsOwn is the rule validateFn: it asks the value's own method Validate() error.
// That of the library looks methods up by their names, for which the linker has to
// keep the methods of all types; the build tag validator_novalidatefn leaves it out.
func ofItsOwn(fl validator.FieldLevel) bool {
	p := reflect.New(fl.Field().Type())
	p.Elem().Set(fl.Field())
	own, ok := p.Interface().(interface{ Validate() error })
	if !ok || fl.Param() != "" {
		panic(fmt.Sprintf("validateFn takes no name of a method, and needs Validate() error on %s", p.Type().Elem()))
	}
	return own.Validate() == nil
}

// Message checks a message, a struct or a pointer to one.
func (v *validation) Message(m *object.Message, in any) error {
	return v.check(in, func(key string) string { return key })
}

// Row checks a row, a pointer to the record's struct.
func (v *validation) Row(r *object.Record, row any) error {
	return v.check(row, func(key string) string {
		for i := range r.Fields {
			if r.Fields[i].JSON == key {
				return r.Fields[i].Column
			}
		}
		return key
	})
}

func (v *validation) check(in any, column func(string) string) error {
	err := v.v.Struct(in)
	if err == nil {
		return nil
	}
	var failed validator.ValidationErrors
	if !errors.As(err, &failed) {
		return &object.Error{Code: object.Internal, Err: fmt.Errorf("validating %T: %w", in, err)}
	}
	fields := make([]object.FieldError, len(failed))
	for i, f := range failed {
		_, path, _ := strings.Cut(f.Namespace(), ".")
		// the namespace names embedded structs, which JSON and forms do not
		if first, rest, ok := strings.Cut(path, "."); ok && first == "entity" {
			path = rest
		}
		param := f.Param()
		if strings.HasSuffix(f.Tag(), "field") { // the rule is about another field, by its Go name
			param = column(object.Snake(param))
		}
		fields[i] = object.FieldError{Field: column(path), Rule: f.Tag(), Param: param, Message: explain(f, param), Of: about(f)}
	}
	return &object.Error{Code: object.Invalid, Text: "some fields are not valid", Fields: fields}
}

// about is what a failed rule is about, where that changes its meaning.
func about(f validator.FieldError) string {
	switch tag := f.Tag(); {
	case tag == "unique":
		return "list"
	case strings.HasSuffix(tag, "field") && tag != "eqfield" && tag != "nefield":
		if f.Kind() == reflect.Struct {
			return "time"
		}
	case slices.Contains(lengths, tag) && f.Kind() == reflect.String:
		return "text"
	case slices.Contains(lengths, tag) && (f.Kind() == reflect.Slice || f.Kind() == reflect.Map):
		return "list"
	}
	return ""
}

// lengths are the rules that count what a text or a list has.
var lengths = []string{"max", "min", "len", "gt", "gte", "lt", "lte"}

// explain puts a failed rule into words that follow the field's name.
func explain(f validator.FieldError, param string) string {
	text := f.Kind() == reflect.String
	list := f.Kind() == reflect.Slice || f.Kind() == reflect.Map
	unit := func(more, fewer string) string {
		switch {
		case text:
			return fmt.Sprintf("must be %s %s characters long", more, f.Param())
		case list:
			return fmt.Sprintf("must have %s %s entries", more, f.Param())
		}
		return fmt.Sprintf("must be %s %s", fewer, param)
	}
	switch f.Tag() {
	case "required":
		return "is required"
	case "max", "lte":
		return unit("at most", "at most")
	case "min", "gte":
		return unit("at least", "at least")
	case "gt":
		return unit("more than", "greater than")
	case "lt":
		return unit("fewer than", "less than")
	case "len":
		return unit("exactly", "exactly")
	case "email":
		return "must be an e-mail address, such as ana@example.com"
	case "oneof":
		return "must be one of " + strings.Join(object.SplitOneOf(param), ", ")
	case "eqfield":
		return "must be the same as " + param
	case "nefield":
		return "must not be the same as " + param
	case "gtfield", "gtefield", "ltfield", "ltefield":
		return "must be " + relations[f.Tag()][f.Kind() == reflect.Struct] + " " + param
	case "unique":
		return "must not have an entry twice"
	case "url", "http_url":
		return "must be a web address, such as https://example.com"
	case "uuid":
		return "must be a UUID"
	case "alphanum":
		return "must be letters and digits only"
	case "numeric", "number":
		return "must be a number"
	case "validateFn":
		return "is not valid"
	case "uppercase":
		return "must be in upper case"
	case "lowercase":
		return "must be in lower case"
	}
	if f.Param() != "" {
		return fmt.Sprintf("does not meet the rule %s=%s", f.Tag(), f.Param())
	}
	return fmt.Sprintf("does not meet the rule %q", f.Tag())
}

// relations are how rules put one field before another: numbers, and days or
// times.
var relations = map[string]map[bool]string{
	"gtfield":  {false: "greater than", true: "later than"},
	"gtefield": {false: "at least", true: "no earlier than"},
	"ltfield":  {false: "less than", true: "earlier than"},
	"ltefield": {false: "at most", true: "no later than"},
}

// tags reports a struct whose validate tags cannot be used, which the library
// answers with a panic.
func (v *validation) tags(t reflect.Type) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("its validate tags cannot be used: %v", p)
		}
	}()
	_ = v.v.Struct(reflect.New(t).Interface())
	return nil
}

// value checks one value against a rule in the syntax of the validate tag.
func (v *validation) value(value any, rule string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the rule %q cannot be used: %v", rule, p)
		}
	}()
	if err := v.v.Var(value, rule); err != nil {
		var failed validator.ValidationErrors
		if errors.As(err, &failed) && len(failed) > 0 {
			return errors.New(explain(failed[0], failed[0].Param()))
		}
		return err
	}
	return nil
}
