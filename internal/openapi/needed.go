package openapi

import (
	"strconv"
	"strings"

	"github.com/apposengine/appos/internal/object"
)

// needed says whether requests must have the field: its zero value, which one that
// is missing has, breaks its rules, and there is no default.
func needed(f *object.Field) bool {
	if f.Default != "" || f.Optional && !f.Required {
		return false
	}
	if f.Required {
		return true
	}
	breaks := len(f.Enum) > 0
	for rule := range strings.SplitSeq(f.Validate, ",") {
		name, arg, _ := strings.Cut(rule, "=")
		if name == "omitempty" {
			return false
		}
		if name == "dive" {
			break // what follows is about the entries
		}
		breaks = breaks || f.Kind == object.FieldText && formats[name] != nil || forbidsZero(name, arg)
	}
	return breaks
}

// forbidsZero says whether a rule refuses the number zero, or what is empty.
func forbidsZero(name, arg string) bool {
	n, err := strconv.ParseFloat(arg, 64)
	if err != nil {
		return false
	}
	switch name {
	case "min", "gte":
		return n > 0
	case "gt":
		return n >= 0
	case "max", "lte":
		return n < 0
	case "lt":
		return n <= 0
	case "len", "eq":
		return n != 0
	case "ne":
		return n == 0
	}
	return false
}
