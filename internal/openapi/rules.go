package openapi

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/apposengine/appos/internal/object"
)

// restrict adds to the schema of a field what its validate tag says about it, as
// keywords where there are some and as a sentence where there are none.
func restrict(s *Schema, f *object.Field) {
	var says []string
	omits := false
	for rule := range strings.SplitSeq(f.Validate, ",") {
		if rule == "dive" {
			break // what follows is about the entries
		}
		name, arg, _ := strings.Cut(rule, "=")
		omits = omits || name == "omitempty"
		if !keyword(s, f, name, arg) {
			if said := sentence(name, arg); said != "" {
				says = append(says, said)
			}
		}
	}
	if omits && !f.Optional {
		// the empty value passes, whatever the other rules say
		s.MinLength, s.MinItems, s.Pattern, s.Format = nil, nil, "", numberFormat(s)
	}
	if f.Kind == object.FieldDecimal {
		if f.Min != "" && f.Min != "0" {
			says = append(says, "At least "+f.Min+".")
		}
		if f.Max != "" {
			says = append(says, "At most "+f.Max+".")
		}
	}
	if len(says) > 0 {
		s.Description = strings.TrimSpace(s.Description + " " + strings.Join(says, " "))
	}
}

func numberFormat(s *Schema) string {
	if s.Type == "string" {
		return ""
	}
	return s.Format
}

// formats are rules of texts that are forms of JSON Schema, or patterns.
var formats = map[string]func(*Schema){
	"email":     func(s *Schema) { s.Format = "email" },
	"url":       func(s *Schema) { s.Format = "uri" },
	"http_url":  func(s *Schema) { s.Format = "uri" },
	"uri":       func(s *Schema) { s.Format = "uri" },
	"uuid":      func(s *Schema) { s.Format = "uuid" },
	"uuid4":     func(s *Schema) { s.Format = "uuid" },
	"hostname":  func(s *Schema) { s.Format = "hostname" },
	"ipv4":      func(s *Schema) { s.Format = "ipv4" },
	"ipv6":      func(s *Schema) { s.Format = "ipv6" },
	"alpha":     func(s *Schema) { s.Pattern = "^[a-zA-Z]+$" },
	"alphanum":  func(s *Schema) { s.Pattern = "^[a-zA-Z0-9]+$" },
	"number":    func(s *Schema) { s.Pattern = "^[0-9]+$" },
	"numeric":   func(s *Schema) { s.Pattern = `^[-+]?[0-9]+(\.[0-9]+)?$` },
	"e164":      func(s *Schema) { s.Pattern = `^\+?[1-9][0-9]{7,14}$` },
	"hexcolor":  func(s *Schema) { s.Pattern = "^#([0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})$" },
	"uppercase": func(s *Schema) { s.Pattern = "^[^a-z]*$" },
	"lowercase": func(s *Schema) { s.Pattern = "^[^A-Z]*$" },
}

// keyword adds one rule as a keyword, or says that there is none for it.
func keyword(s *Schema, f *object.Field, name, arg string) bool {
	switch name {
	case "", "omitempty", "oneof":
		return true
	case "required":
		if f.Kind == object.FieldText && len(f.Enum) == 0 && !f.Optional {
			s.MinLength = ptr(1)
		}
		return true
	case "unique":
		s.UniqueItems = f.Kind == object.FieldJSON
		return s.UniqueItems
	}
	if set := formats[name]; set != nil && f.Kind == object.FieldText {
		set(s)
		return true
	}
	if s.Ref != "" || len(f.Enum) > 0 {
		return true
	}
	n, err := strconv.ParseFloat(arg, 64)
	if err != nil {
		return false
	}
	switch f.Kind {
	case object.FieldText:
		return length(&s.MinLength, &s.MaxLength, name, n)
	case object.FieldInt, object.FieldFloat:
		return bound(s, name, n)
	case object.FieldDecimal: // a string; its bounds are said
		switch name {
		case "min", "max", "gte", "lte":
			return true
		}
		return false
	}
	switch {
	case f.Kind != object.FieldJSON || f.Type == nil:
		return false
	case f.Type.Kind() == reflect.Slice:
		return length(&s.MinItems, &s.MaxItems, name, n)
	case f.Type.Kind() == reflect.Map:
		return length(&s.MinProperties, &s.MaxProperties, name, n)
	}
	return false
}

func length(low, high **int, name string, n float64) bool {
	at := int(n)
	switch name {
	case "min", "gte":
		*low = ptr(at)
	case "max", "lte":
		*high = ptr(at)
	case "gt":
		*low = ptr(at + 1)
	case "lt":
		*high = ptr(at - 1)
	case "len":
		*low, *high = ptr(at), ptr(at)
	default:
		return false
	}
	return true
}

func bound(s *Schema, name string, n float64) bool {
	if math.Abs(n) > maxWhole {
		return false
	}
	switch name {
	case "min", "gte":
		s.Minimum = ptr(n)
	case "max", "lte":
		s.Maximum = ptr(n)
	case "gt":
		s.Minimum, s.ExclusiveMinimum = nil, ptr(n)
	case "lt":
		s.Maximum, s.ExclusiveMaximum = nil, ptr(n)
	case "eq", "len":
		s.Minimum, s.Maximum = ptr(n), ptr(n)
	default:
		return false
	}
	return true
}

// relations are rules that put a field beside another, in words.
var relations = map[string]string{
	"eqfield": "The same as %s.", "nefield": "Not the same as %s.", "gtfield": "Greater, or later, than %s.",
	"gtefield": "Not less, or earlier, than %s.", "ltfield": "Less, or earlier, than %s.", "ltefield": "Not greater, or later, than %s.",
	"min": "At least %s.", "gte": "At least %s.", "max": "At most %s.", "lte": "At most %s.", "gt": "More than %s.", "lt": "Less than %s.",
}

// sentence is a rule in words.
func sentence(name, arg string) string {
	if form := relations[name]; form != "" {
		if strings.HasSuffix(name, "field") {
			arg = object.Snake(arg)
		}
		return fmt.Sprintf(form, arg)
	}
	if arg != "" {
		return fmt.Sprintf("Meets the rule %s=%s.", name, arg)
	}
	return fmt.Sprintf("Meets the rule %s.", name)
}
