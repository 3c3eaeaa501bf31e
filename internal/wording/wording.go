// Package wording says in the languages of the platform what is wrong: with the
// fields of an input, and with a request. Forms and the API say the same.
//
// Errors are written in English where they happen, so that the log and a program
// have one language. Here their texts are found in another one when they are shown
// to somebody: what breaks a rule by the rule, everything else by the English
// text. What is not known stays as it is. The words of apps are not here, they are
// translation sets.
package wording

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/apposengine/appos/internal/object"
)

// Languages are the tags of the languages that the platform speaks, in the order
// of a Phrase.
var Languages = [...]string{"en", "fr", "de"}

// Phrase is the same in every language.
type Phrase = [len(Languages)]string

// Language is the one of Languages that serves a language tag: "fr-CH" is "fr";
// what the platform does not speak is "en".
func Language(tag string) string { return Languages[index(tag)] }

func index(tag string) int {
	base := tag
	if i := strings.IndexAny(tag, "-_"); i >= 0 {
		base = tag[:i]
	}
	for i, l := range Languages {
		if strings.EqualFold(l, base) {
			return i
		}
	}
	return 0
}

// Fault says what is wrong with a field, as a sentence of its own.
func Fault(tag string, f object.FieldError) string {
	key := "rule." + f.Rule
	if f.Of != "" {
		key += "." + f.Of
	}
	arg := f.Param
	if f.Rule == "oneof" && arg != "" {
		key, arg = "rule.oneof.known", strings.Join(object.SplitOneOf(arg), ", ")
	}
	if f.Rule == "check" && arg != "" {
		key, arg = "rule.check.named", object.Humanize(arg)
	}
	p, known := Rules[key]
	if !known || arg == "" && (strings.Contains(p[0], "{n}") || strings.Contains(p[0], "{name}")) {
		return Sentence(Say(tag, f.Message))
	}
	return strings.NewReplacer("{n}", arg, "{name}", arg).Replace(p[index(tag)])
}

// Say is a text of an error in another language; one that is not known stays
// English.
func Say(tag, english string) string {
	i := index(tag)
	if i == 0 || english == "" {
		return english
	}
	if p, ok := fixed[english]; ok {
		return p[i]
	}
	for _, t := range varied {
		if values, ok := t.match(english); ok {
			for j, v := range values {
				values[j] = Say(tag, v)
			}
			return t.fill(i, values)
		}
	}
	return english
}

// Sentence is a text that begins with a capital letter.
func Sentence(text string) string {
	r, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return text
	}
	return string(unicode.ToUpper(r)) + text[size:]
}
