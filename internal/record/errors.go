package record

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unsafe"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// fail returns an error about this record.
func (p *Plan) fail(a *Access, code object.Code, format string, args ...any) *object.Error {
	e := &object.Error{Code: code, Object: p.o.Ref, Kind: object.KindRecord, Text: fmt.Sprintf(format, args...)}
	if a != nil {
		e.User, e.ExecutionID = a.User, a.ExecutionID
	}
	return e
}

// fieldError is an Invalid error about one field.
func (p *Plan) fieldError(field, rule, format string, args ...any) *object.Error {
	return p.faults(nil, []object.FieldError{{Field: field, Rule: rule, Message: fmt.Sprintf(format, args...)}})
}

// faults is an Invalid error about several fields.
func (p *Plan) faults(a *Access, fields []object.FieldError) *object.Error {
	e := p.fail(a, object.Invalid, "some fields are not valid")
	e.Fields = fields
	return e
}

// unknown says that there is no field with the name, or none that may be seen.
func (p *Plan) unknown(name string, hidden Mask) *object.Error {
	return p.fieldError(name, "unknown", "is not a field of %s%s", p.o.Name, p.suggest(name, hidden))
}

func (p *Plan) suggest(name string, hidden Mask, more ...string) string {
	known := more
	for i := range p.cols {
		if f := p.cols[i].f; !hidden.Has(i) && !f.Hidden && !f.Secret {
			known = append(known, f.Column)
		}
	}
	if near := object.Nearest(name, known); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}

func (p *Plan) notFound(a *Access, id int64) error {
	return p.fail(a, object.NotFound, "no %s with id %d", p.noun(), id)
}

func (p *Plan) stale(a *Access, id, expected, is int64) error {
	out := p.fail(a, object.Conflict, "%s %d was changed by somebody else: version %d was expected, it has version %d", p.noun(), id, expected, is)
	out.Err = &object.Stale{Expected: expected, Is: is}
	return out
}

// failed returns an error of the database, or of a function in a transaction,
// as one that says which field it is about. base may be nil.
func (p *Plan) failed(ctx context.Context, a *Access, base unsafe.Pointer, err error) error {
	var known *object.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	var e *store.Error
	if errors.As(err, &e) {
		switch e.Kind {
		case store.Unique:
			return p.taken(a, base, e.Columns)
		case store.CheckFailed:
			return p.unmet(a, e.Constraint)
		case store.ForeignKey:
			out := p.fail(a, object.Conflict, "a row that is referred to does not exist any more")
			out.Err = e
			return out
		case store.NotNull:
			if len(e.Columns) > 0 {
				return p.fieldError(e.Columns[0], "required", "is required")
			}
		}
	}
	err = databaseError(err)
	if errors.As(err, &known) {
		known.Object, known.Kind, known.User, known.ExecutionID = p.o.Ref, object.KindRecord, a.User, a.ExecutionID
	}
	return err
}

// taken says which value exists already.
func (p *Plan) taken(a *Access, base unsafe.Pointer, columns []string) error {
	e := p.fail(a, object.Conflict, "another %s has this already", p.noun())
	for _, name := range columns {
		i, ok := p.byColumn[name]
		if !ok {
			continue
		}
		c := &p.cols[i]
		message := "is already taken"
		if len(columns) > 1 {
			others := strings.Join(slices.DeleteFunc(slices.Clone(columns), func(other string) bool { return other == name }), " and ")
			e.Fields = append(e.Fields, object.FieldError{Field: name, Rule: "unique_together", Param: others, Message: "is already taken together with " + others})
			continue
		}
		if base != nil && !c.f.Hidden && !c.f.Secret && !a.Hidden.Has(i) {
			message = fmt.Sprintf("%q is already taken", FormatValue(c.f, c.value(base)))
		}
		e.Fields = append(e.Fields, object.FieldError{Field: name, Rule: "unique", Message: message})
	}
	return e
}

// about says of an error that it is about this record.
func (p *Plan) about(err error) error {
	e := *object.AsError(err)
	e.Object, e.Kind = p.o.Ref, object.KindRecord
	return &e
}
