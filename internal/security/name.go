package security

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/apposengine/appos/internal/object"
)

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9_.-]{1,62}$`)

// fold makes names that differ in case only the same.
func fold(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

func checkName(name string) error {
	if !nameForm.MatchString(name) {
		return fieldError("name", "name", "must begin with a letter and have 2 to 63 letters, digits, points, dashes and underscores")
	}
	return nil
}

func fieldError(field, rule, message string) error {
	return &object.Error{Code: object.Invalid, Text: "invalid input",
		Fields: []object.FieldError{{Field: field, Rule: rule, Message: message}}}
}

// checkText refuses texts that are too long or hold control characters.
func checkText(field, value string, longest int) error {
	if len(value) > longest {
		return fieldError(field, "max", "must have at most "+itoa(longest)+" bytes")
	}
	if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return fieldError(field, "text", "must not contain control characters")
	}
	return nil
}

func checkZone(zone string) error {
	if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
		return fieldError("time_zone", "timezone", `must be a time zone such as "Europe/Paris"`)
	}
	return nil
}

func itoa(n int) string { return strconv.Itoa(n) }

// faults joins what is wrong with several fields into one error.
func faults(errs ...error) error {
	var all *object.Error
	for _, err := range errs {
		if err == nil {
			continue
		}
		e := object.AsError(err)
		if all == nil {
			all = &object.Error{Code: e.Code, Text: e.Text}
		}
		all.Fields = append(all.Fields, e.Fields...)
	}
	if all == nil {
		return nil
	}
	return all
}
