package object

import (
	"slices"
	"strconv"
	"strings"
)

// ReadRules reads from the field's validate tag what screens and schemas also
// need: Required, Enum, Email and the bounds. Kind is set before.
func (f *Field) ReadRules() {
	own, _, _ := CutDive(f.Validate) // what follows is about the entries
	for rule := range strings.SplitSeq(own, ",") {
		name, arg, _ := strings.Cut(rule, "=")
		switch name {
		case "required":
			f.Required = true
		case "oneof":
			f.Enum = SplitOneOf(arg)
		case "email":
			f.Email = true
		}
		text := f.Kind == FieldText
		switch name {
		case "max", "lte", "len":
			if n, err := strconv.Atoi(arg); text && err == nil {
				f.MaxLen = n
			}
		}
		switch name {
		case "min", "gte", "len":
			if n, err := strconv.Atoi(arg); text && err == nil {
				f.MinLen = n
			}
		}
		if f.Kind != FieldInt && f.Kind != FieldFloat && f.Kind != FieldDecimal {
			continue
		}
		switch name {
		case "min", "gte":
			f.Min = arg
		case "max", "lte":
			f.Max = arg
		}
	}
}

// CutDive parts the rules of a list from those of its entries.
func CutDive(rules string) (own, entries string, found bool) {
	parts := strings.Split(rules, ",")
	if i := slices.Index(parts, "dive"); i >= 0 {
		return strings.Join(parts[:i], ","), strings.Join(parts[i+1:], ","), true
	}
	return rules, "", false
}
