package openapi

import (
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos/internal/object"
)

// members is an example of an object, in the order of its members.
type members []member

type member struct {
	name  string
	value any
}

// MarshalJSON writes the members in their order.
func (m members) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, x := range m {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(append(out, raw(x.name)...), ':'), raw(x.value)...)
	}
	return append(out, '}'), nil
}

// The moment and the user of examples.
const (
	sampleTime = "2026-01-31T15:04:05Z"
	sampleUser = "ana"
)

// sampleTexts are examples of what fields are often called.
var sampleTexts = map[string]string{
	"name": "Northwind Traders", "title": "A title", "description": "What it is about.", "code": "NW-1042", "number": "2026-1042", "reference": "REF-1042",
	"sku": "SKU-1042", "contact": "Ana Martin", "full_name": "Ana Martin", "first_name": "Ana", "last_name": "Martin", "company": "Northwind Traders",
	"email": "ana@example.com", "phone": "+33 1 23 45 67 89", "address": "12 rue des Lilas", "street": "12 rue des Lilas", "city": "Lyon", "zip": "69001",
	"postcode": "69001", "postal_code": "69001", "country": "France", "region": "North", "currency": "EUR", "language": "fr", "time_zone": "Europe/Paris",
	"url": "https://example.com", "website": "https://example.com", "notes": "Call before noon.", "note": "Call before noon.", "comment": "Call before noon.",
	"source": "shop", "user": sampleUser, "username": sampleUser, "color": "#0f766e", "status": "open", "reason": "A duplicate.",
}

// sampleForms are examples of what rules ask for.
var sampleForms = map[string]string{
	"email": "ana@example.com", "url": "https://example.com", "http_url": "https://example.com", "uri": "https://example.com", "hostname": "example.com",
	"uuid": "0199a3c2-7c1e-4f6a-9b55-3f6f0c2d9a10", "uuid4": "0199a3c2-7c1e-4f6a-9b55-3f6f0c2d9a10", "ipv4": "192.0.2.10", "ip": "192.0.2.10", "ipv6": "2001:db8::10",
	"alpha": "Abc", "alphanum": "Abc123", "number": "42", "numeric": "42", "e164": "+33123456789", "hexcolor": "#0f766e", "uppercase": "ABC", "lowercase": "abc",
}

// sample is an example of a field's values, as REST reads and writes them.
func sample(f *object.Field) any {
	switch f.Kind {
	case object.FieldText:
		return sampleText(f)
	case object.FieldInt:
		return int64(sampleNumber(f, 3).IntPart())
	case object.FieldFloat:
		n, _ := sampleNumber(f, 2.5).Float64()
		return n
	case object.FieldDecimal:
		return sampleNumber(f, 12.5).StringFixed(int32(f.Scale))
	case object.FieldBool:
		return f.Default == "true"
	case object.FieldTime:
		return sampleTime
	case object.FieldRef:
		return 1
	case object.FieldDate:
		return sampleTime[:len("2006-01-02")]
	case object.FieldDuration:
		return "48h"
	case object.FieldFile:
		return sampleOf(fileSchema(), "")
	}
	if f.Elem != nil {
		return []any{sample(f.Elem)}
	}
	return sampleOf(goSchema(f.Type), f.Key)
}

func sampleText(f *object.Field) string {
	if len(f.Enum) > 0 {
		if slices.Contains(f.Enum, f.Default) {
			return f.Default
		}
		return f.Enum[0]
	}
	s := ""
	for rule := range strings.SplitSeq(f.Validate, ",") {
		if form := sampleForms[rule]; form != "" {
			s = form
		}
	}
	if s == "" {
		s = sampleTexts[f.Key]
	}
	if s == "" {
		s = object.Humanize(f.Key)
	}
	return fit(s, f.MinLen, f.MaxLen)
}

// fit makes a text as long as it must be.
func fit(s string, low, high int) string {
	runes := []rune(s)
	for len(runes) < low {
		runes = append(runes, 'x')
	}
	if high > 0 && len(runes) > high {
		runes = runes[:high]
	}
	return string(runes)
}

// sampleNumber is a number that the field's rules let pass.
func sampleNumber(f *object.Field, usual float64) decimal.Decimal {
	low, hasLow := number(f.Min)
	high, hasHigh := number(f.Max)
	for _, text := range []string{f.Default, strconv.FormatFloat(usual, 'f', -1, 64), f.Min, f.Max} {
		n, ok := number(text)
		if ok && (!hasLow || !n.LessThan(low)) && (!hasHigh || !n.GreaterThan(high)) && (f.Kind != object.FieldInt || n.IsInteger()) {
			return n
		}
	}
	return low
}

func number(text string) (decimal.Decimal, bool) {
	n, err := decimal.NewFromString(text)
	return n, err == nil
}

// sampleOf is an example of what a schema describes; name is what it is called.
func sampleOf(s *Schema, name string) any {
	kind := s.Type
	for _, t := range s.Types {
		if t != "null" {
			kind = t
		}
	}
	switch {
	case s.Const != nil:
		return *s.Const
	case len(s.Enum) > 0:
		return s.Enum[0]
	case len(s.Examples) > 0:
		return s.Examples[0]
	}
	switch kind {
	case "string":
		return sampleString(s, name)
	case "integer", "number":
		return sampleBetween(s)
	case "boolean":
		return false
	case "array":
		if s.Items == nil {
			return []any{}
		}
		return []any{sampleOf(s.Items, name)}
	case "object":
		m := members{}
		for _, name := range s.PropertyOrder {
			m = append(m, member{name, sampleOf(s.Properties[name], name)})
		}
		if len(m) == 0 && s.AdditionalProperties != nil && s.AdditionalProperties.Not == nil {
			m = append(m, member{"key", sampleOf(s.AdditionalProperties, "key")})
		}
		return m
	}
	return members{}
}

func sampleString(s *Schema, name string) any {
	switch s.Format {
	case "date-time":
		return sampleTime
	case "date":
		return sampleTime[:len("2006-01-02")]
	case "email", "uri", "uuid", "hostname", "ipv4", "ipv6":
		form := map[string]string{"uri": "url"}[s.Format]
		if form == "" {
			form = s.Format
		}
		return sampleForms[form]
	}
	switch s.Pattern {
	case durationForm, daysForm:
		return "48h"
	}
	if strings.HasPrefix(s.Pattern, "^[0-9a-f]{64}") {
		return strings.Repeat("0123456789abcdef", 4)
	}
	if strings.HasPrefix(strings.Replace(s.Pattern, "-?", "", 1), "^[0-9]") {
		return "12"
	}
	t := sampleTexts[name]
	if t == "" {
		t = object.Humanize(name)
	}
	low, high := 0, 0
	if s.MinLength != nil {
		low = *s.MinLength
	}
	if s.MaxLength != nil {
		high = *s.MaxLength
	}
	return fit(t, low, high)
}

func sampleBetween(s *Schema) any {
	n := 3.0
	if s.Minimum != nil && n < *s.Minimum {
		n = *s.Minimum
	}
	if s.ExclusiveMinimum != nil && n <= *s.ExclusiveMinimum {
		n = *s.ExclusiveMinimum + 1
	}
	if s.Maximum != nil && n > *s.Maximum {
		n = *s.Maximum
	}
	return n
}
