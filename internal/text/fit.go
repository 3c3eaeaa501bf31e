package text

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/apposengine/appos/internal/object"
)

// maxText is the length of a text, in characters.
const maxText = 4000

// maxTag is the length of a language tag; longer ones are well-formed, and nobody's.
const maxTag = 35

var blank = regexp.MustCompile(`\{[A-Za-z_][A-Za-z0-9_]*\}`)

// Blanks are the {name}s of a text that In fills, sorted, each once.
func Blanks(s string) []string {
	all := blank.FindAllString(s, -1)
	slices.Sort(all)
	return slices.Compact(all)
}

// Wrong says what is wrong with a text that is to stand for a declared one in some
// language, continuing a sentence that begins with the text; nil is nothing.
func Wrong(declared object.Text, said string) error {
	switch {
	case strings.TrimSpace(said) == "":
		return errors.New("must not be empty; reset it instead")
	case !utf8.ValidString(said):
		return errors.New("must be UTF-8")
	case utf8.RuneCountInString(said) > maxText:
		return fmt.Errorf("must be at most %d characters long", maxText)
	}
	for _, r := range said {
		if unseen(r) {
			return fmt.Errorf("must not have the character U+%04X, which nobody sees", r)
		}
	}
	want, got := Blanks(declared["en"]), Blanks(said)
	for _, b := range got {
		if !slices.Contains(want, b) {
			return fmt.Errorf("has the blank %s, which the English text does not have", b)
		}
	}
	for _, b := range want {
		if !slices.Contains(got, b) {
			return fmt.Errorf("must have the blank %s, as the English text does", b)
		}
	}
	return nil
}

// unseen says whether a character changes what is shown without being shown:
// control characters, and those that turn the direction of what follows. Marks
// that scripts need, such as joiners, stay.
func unseen(r rune) bool {
	switch {
	case r == '\n':
		return false
	case unicode.IsControl(r), r == unicode.ReplacementChar, r == '\uFEFF', r == '\u2028', r == '\u2029':
		return true
	}
	return r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069'
}

// Tag is the usual spelling of a language tag (BCP 47): "FR-ch" is "fr-CH". One
// that the text has already keeps its own.
func Tag(declared object.Text, tag string) (string, error) {
	wrong := errors.New("must be a language tag, such as fr, pt-BR or zh-Hant")
	if len(tag) > maxTag {
		return "", wrong
	}
	parsed, err := language.Parse(tag)
	if base, _, _ := parsed.Raw(); err != nil || base.String() == "und" {
		return "", wrong
	}
	for _, known := range declared.Languages() {
		if same, err := language.Parse(known); err == nil && same == parsed {
			return known, nil
		}
	}
	return parsed.String(), nil
}
