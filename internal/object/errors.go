package object

import (
	"errors"
	"fmt"
	"strings"
)

// Code is the class of an error; errors.Is(err, code) tests for it.
type Code string

// The classes of errors.
const (
	Denied      Code = "denied"      // the user may not
	Invalid     Code = "invalid"     // the input is wrong
	NotFound    Code = "not_found"   // it does not exist, or the user may not know that it does
	Conflict    Code = "conflict"    // the state does not allow it: a stale version, a duplicate
	Timeout     Code = "timeout"     // it took too long
	Integration Code = "integration" // an outside system failed
	RecordFault Code = "record"      // the database failed
	Dispatch    Code = "dispatch"    // no object has the reference, or it cannot be run
	Internal    Code = "internal"    // a defect
)

// Error makes a Code an error, so that errors.Is can test for it.
func (c Code) Error() string { return string(c) }

// FieldError says what is wrong with one field of an input.
type FieldError struct {
	Field   string `json:"field"`           // snake case, with a path for nested ones: "lines[2].price"
	Rule    string `json:"rule"`            // such as "required", "max", "unique"
	Param   string `json:"param,omitempty"` // the rule's argument, such as the largest length
	Message string `json:"message"`         // for people
	Of      string `json:"-"`               // what the rule is about where that changes its meaning: "text", "list", "time"
}

// Error is what every verb returns when it fails.
type Error struct {
	Code        Code
	Object      string // the reference of the object that failed
	Kind        Kind
	User        string
	ExecutionID string
	Process     string
	Step        string
	Chain       []string     // references of the callers, outermost first
	Text        string       // for people; never holds internals
	Fields      []FieldError // what is wrong with the input, field by field
	Err         error        // the cause; not shown outside
}

func (e *Error) Error() string {
	var b strings.Builder
	if e.Object != "" {
		b.WriteString(e.Object)
		b.WriteString(": ")
	}
	if e.Text != "" {
		b.WriteString(e.Text)
	} else {
		b.WriteString(e.Code.label())
	}
	for i, f := range e.Fields {
		sep := "; "
		if i == 0 {
			sep = ": "
		}
		b.WriteString(sep + f.Field + " " + f.Message)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

func (c Code) label() string {
	switch c {
	case Denied:
		return "permission denied"
	case Invalid:
		return "invalid input"
	case NotFound:
		return "not found"
	case Conflict:
		return "conflict"
	case Timeout:
		return "timed out"
	case Integration:
		return "an outside system failed"
	case RecordFault:
		return "the database failed"
	case Dispatch:
		return "cannot be run"
	}
	return "internal error"
}

// Unwrap gives errors.Is and errors.As the class and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Code}
	}
	return []error{e.Code, e.Err}
}

// Public is the text that people outside may read.
func (e *Error) Public() string {
	if e.Text != "" {
		return e.Text
	}
	return e.Code.label()
}

// Stale is the cause of a Conflict over the version of a row.
type Stale struct {
	Expected, Is int64
}

func (s *Stale) Error() string {
	return fmt.Sprintf("version %d was expected, it is %d", s.Expected, s.Is)
}

// Errorf returns an error of the class. The text is for people; wrap a cause
// with %w, and it is kept for the log but not shown.
func Errorf(code Code, format string, args ...any) *Error {
	var shown []any
	var cause error
	for _, a := range args {
		if err, ok := a.(error); ok && strings.Contains(format, "%w") {
			cause = err
			continue
		}
		shown = append(shown, a)
	}
	if cause != nil {
		format = strings.TrimSuffix(strings.ReplaceAll(format, "%w", ""), ": ")
	}
	return &Error{Code: code, Text: fmt.Sprintf(format, shown...), Err: cause}
}

// AsError returns err as an *Error: itself, the one it wraps, or an Internal
// error around it.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	var code Code
	if errors.As(err, &code) {
		return &Error{Code: code, Err: err}
	}
	return &Error{Code: Internal, Err: err}
}
