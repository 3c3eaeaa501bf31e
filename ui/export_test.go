package ui

import (
	"slices"
	"strings"
	"time"
)

// Words are the kit's table, for the test that they are complete.
var (
	Words = words
)

// FormatNumber and ParseNumber are the two directions of a form's numbers.
func FormatNumber(lang, plain string, grouped bool) string { return localNumber(lang, plain, grouped) }
func ParseNumber(lang, text string) (string, bool)         { return plainNumber(lang, text) }

// DurationText and ParseDuration are the two directions of a form's durations.
func DurationText(lang string, d time.Duration) string           { return durationText(lang, d) }
func ParseDuration(lang, text string) (d time.Duration, ok bool) { return parseDuration(lang, text) }

// Contrasts are those of white on the primary colour of light pages, and of the
// primary colour on the background of dark ones.
func (t Theme) Contrasts() (light, dark float64) {
	t = t.orDefault()
	l, d := t.lightness()
	return contrast(1, luminance(l, t.Chroma, t.Hue)), contrast(luminance(d, t.Chroma*darkChroma, t.Hue), luminance(0.185, 0.006, 265))
}

// SafeURL is what Href writes.
func SafeURL(address string) string { return safeURL(address) }

// LocalURL is where a redirect goes.
func LocalURL(address string) string { return localURL(address) }

// HasWord says whether the kit has words for a key or, ending in a dot, a family.
func HasWord(key string) bool {
	_, ok := words[key]
	return ok || slices.ContainsFunc([]string{"one", "other"}, func(form string) bool { _, ok := words[key+"."+form]; return ok })
}

// TextDiff is what the history shows of two texts: -what went- and +what came+.
func TextDiff(c *Ctx, old, fresh string) (string, bool) {
	n, ok := textDiff(c, old, fresh)
	if !ok {
		return "", false
	}
	var b strings.Builder
	if err := n.Render(&b); err != nil {
		return err.Error(), false
	}
	return strings.NewReplacer(`<del><span class="sr">was </span>`, "-", "</del>", "-", `<ins><span class="sr">became </span>`, "+", "</ins>", "+").Replace(b.String()), true
}
