package object

import (
	"strings"
	"unicode"
)

// Snake turns a Go name into snake case: "OrderLine" → "order_line",
// "CustomerID" → "customer_id", "HTTPServer" → "http_server".
func Snake(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		if unicode.IsUpper(r) {
			afterLower := i > 0 && !unicode.IsUpper(runes[i-1]) && runes[i-1] != '_'
			endOfAcronym := i > 0 && i+1 < len(runes) && unicode.IsUpper(runes[i-1]) && unicode.IsLower(runes[i+1])
			if afterLower || endOfAcronym {
				b.WriteByte('_')
			}
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Humanize turns a snake-case name into words: "unit_price" → "Unit price".
func Humanize(snake string) string {
	words := strings.ReplaceAll(snake, "_", " ")
	if words == "id" {
		return "ID"
	}
	if words == "" {
		return ""
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

// Plural is the English plural of a snake-case noun: "order_line" →
// "order_lines", "category" → "categories", "tax" → "taxes".
func Plural(noun string) string {
	switch {
	case strings.HasSuffix(noun, "s"), strings.HasSuffix(noun, "x"), strings.HasSuffix(noun, "ch"), strings.HasSuffix(noun, "sh"):
		return noun + "es"
	case strings.HasSuffix(noun, "y") && len(noun) > 1 && !strings.ContainsRune("aeiou", rune(noun[len(noun)-2])):
		return noun[:len(noun)-1] + "ies"
	}
	return noun + "s"
}
