package ui

import (
	"strings"

	"github.com/apposengine/appos/internal/wording"
)

// languages are those that the kit speaks, in the order of its tables.
var languages = wording.Languages

// phrase is a word of the kit in every language.
type phrase = wording.Phrase

// Languages are the tags of the languages that the kit speaks, English first.
func Languages() []string { return languages[:] }

// T is a word of the kit in the user's language; pairs fill {name}. A key that
// the kit does not have is returned as it is.
func (c *Ctx) T(key string, pairs ...string) string {
	p, ok := words[key]
	if !ok {
		return key
	}
	s := p[0]
	for i, l := range languages {
		if l == c.s.kit {
			s = p[i]
		}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		s = strings.ReplaceAll(s, "{"+pairs[i]+"}", pairs[i+1])
	}
	return s
}

// count is a word that depends on a number, which fills {n}: key.one or key.other.
func (c *Ctx) count(key string, n int, pairs ...string) string {
	form := ".other"
	if n == 1 || (n == 0 && c.s.kit == "fr") {
		form = ".one"
	}
	return c.T(key+form, append(pairs, "n", c.Int(n))...)
}
