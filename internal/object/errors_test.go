package object_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/apposengine/appos/internal/object"
)

func TestErrors(t *testing.T) {
	cause := errors.New("connection refused to 10.0.0.7")
	err := error(object.Errorf(object.RecordFault, "customers cannot be read: %w", cause))
	wrapped := fmt.Errorf("in a rule: %w", err)

	if !errors.Is(wrapped, object.RecordFault) || errors.Is(wrapped, object.Denied) || !errors.Is(wrapped, cause) {
		t.Errorf("%v is of the wrong class, or has lost its cause", wrapped)
	}
	e := object.AsError(wrapped)
	if e.Public() != "customers cannot be read" {
		t.Errorf("the public text is %q", e.Public())
	}
	if got := e.Error(); got != "customers cannot be read: connection refused to 10.0.0.7" {
		t.Errorf("the whole text is %q", got)
	}
	if e := object.AsError(errors.New("boom")); e.Code != object.Internal || e.Public() != "internal error" {
		t.Errorf("a foreign error becomes %s, public %q", e.Code, e.Public())
	}
	if e := object.AsError(fmt.Errorf("no: %w", object.Denied)); e.Code != object.Denied {
		t.Errorf("a bare class becomes %s", e.Code)
	}
	if object.AsError(nil) != nil {
		t.Error("no error becomes one")
	}
	fields := &object.Error{Code: object.Invalid, Object: "crm.records.customer", Fields: []object.FieldError{{Field: "name", Message: "is required"}, {Field: "tier", Message: "is unknown"}}}
	if got := fields.Error(); got != "crm.records.customer: invalid input: name is required; tier is unknown" {
		t.Errorf("fields read %q", got)
	}
}
