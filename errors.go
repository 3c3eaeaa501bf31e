package appos

import "github.com/apposengine/appos/internal/object"

// Error is what every verb returns when it fails.
type Error = object.Error

// FieldError says what is wrong with one field of an input.
type FieldError = object.FieldError

// Code is the class of an error; errors.Is(err, appos.Denied) tests for it.
type Code = object.Code

// The classes of errors.
const (
	Denied         = object.Denied      // the user may not
	Invalid        = object.Invalid     // the input is wrong
	NotFound       = object.NotFound    // it does not exist, or the user may not know that it does
	Conflict       = object.Conflict    // the state does not allow it: a stale version, a duplicate
	TimedOut       = object.Timeout     // it took too long
	OutsideFailed  = object.Integration // an outside system failed
	DatabaseFailed = object.RecordFault // the database failed
	DispatchFailed = object.Dispatch    // no object has the reference, or it cannot be run
	Internal       = object.Internal    // a defect
)

// Errorf returns an error of the class. Its text is for people; a cause that is
// wrapped with %w goes to the log and is not shown.
func Errorf(code Code, format string, args ...any) error {
	return object.Errorf(code, format, args...)
}
