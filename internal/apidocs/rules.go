package apidocs

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/apposengine/appos/internal/openapi"
)

// Bounds that values have because everything must have one: they are not spoken of.
const (
	wholeBound = 1<<53 - 1
	textBound  = 4096
	listBound  = 100_000
)

// about is what is said of values: the words, and the rules.
func about(words string, s *openapi.Schema, way direction) string {
	if s == nil {
		return words
	}
	if words == "" {
		words = s.Description
	}
	rules := strings.Join(rulesOf(s, way), "; ")
	if rules != "" {
		rules = strings.ToUpper(rules[:1]) + rules[1:] + "."
	}
	return strings.TrimSpace(words + " " + rules)
}

func rulesOf(s *openapi.Schema, way direction) []string {
	var says []string
	add := func(format string, args ...any) { says = append(says, fmt.Sprintf(format, args...)) }
	if values := choices(s); values != nil {
		add("one of `%s`", strings.Join(values, "`, `"))
	}
	if s.Pattern != "" {
		add("of the form `%s`", s.Pattern)
	}
	if way == received {
		return says // bounds are for who sends
	}
	switch low, high := s.Minimum, s.Maximum; {
	case low != nil && high != nil && *low > -wholeBound && *high < wholeBound:
		add("%v to %v", *low, *high)
	case low != nil && *low > -wholeBound:
		add("at least %v", *low)
	case high != nil && *high < wholeBound:
		add("at most %v", *high)
	}
	if s.MinLength != nil && *s.MinLength > 0 {
		add("at least %s", count(*s.MinLength, "character"))
	}
	if s.MaxLength != nil && *s.MaxLength < textBound && s.Format == "" && s.Pattern == "" {
		add("at most %s", count(*s.MaxLength, "character"))
	}
	if s.MinItems != nil && *s.MinItems > 0 {
		add("at least %s", count(*s.MinItems, "entry"))
	}
	if s.MaxItems != nil && *s.MaxItems < listBound {
		add("at most %s", count(*s.MaxItems, "entry"))
	}
	if s.Default != nil {
		add("`%s` when missing", plain(s.Default))
	}
	if s.ReadOnly {
		add("only in answers")
	}
	return says
}

// choices are the values that a schema, or the entries of its list, can have; nil
// is any.
func choices(s *openapi.Schema) []string {
	if s.Items != nil {
		s = s.Items
	}
	var all []string
	for _, v := range s.Enum {
		if v != nil {
			all = append(all, fmt.Sprint(v))
		}
	}
	return all
}

// plain is a value in JSON as people write it.
func plain(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}

func count(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "y"):
		noun = strings.TrimSuffix(noun, "y") + "ie"
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
