package ui

import (
	"fmt"
	"strconv"
	"strings"
)

// marks are how a language writes numbers.
type marks struct{ group, point string }

func marksOf(lang string) marks {
	switch lang {
	case "fr":
		return marks{"\u202f", ","}
	case "de":
		return marks{".", ","}
	}
	return marks{",", "."}
}

// Int writes a whole number in the user's language: 12,345.
func (c *Ctx) Int(n int) string { return localNumber(c.s.kit, strconv.Itoa(n), true) }

// Number writes a number with the given digits after the point, in the user's
// language. It takes any type that prints as a plain number: float64, int,
// decimal.Decimal.
func (c *Ctx) Number(n any, digits int) string {
	return localNumber(c.s.kit, fixed(n, digits), true)
}

// Percent writes a share of one hundred, such as 12.5 as "12.5%".
func (c *Ctx) Percent(n float64, digits int) string {
	if c.s.kit == "en" {
		return c.Number(n, digits) + "%"
	}
	return c.Number(n, digits) + "\u202f%"
}

// fixed is n with the digits after the point, in plain form.
func fixed(n any, digits int) string {
	switch n := n.(type) {
	case float64:
		return strconv.FormatFloat(n, 'f', digits, 64)
	case interface{ StringFixed(places int32) string }:
		return n.StringFixed(int32(digits))
	}
	s := fmt.Sprint(n)
	if digits > 0 && !strings.ContainsAny(s, ".e") {
		s += "." + strings.Repeat("0", digits)
	}
	return s
}

// localNumber turns a plain number, "-1234.5", into the language's form.
func localNumber(lang, plain string, grouped bool) string {
	m := marksOf(lang)
	sign := ""
	if strings.HasPrefix(plain, "-") {
		sign, plain = "-", plain[1:]
	}
	whole, frac, hasFrac := strings.Cut(plain, ".")
	if strings.ContainsAny(plain, "eIN") { // an exponent, Inf, NaN
		return sign + plain
	}
	if grouped && len(whole) > 3 {
		var b strings.Builder
		lead := len(whole) % 3
		b.WriteString(whole[:lead])
		for i := lead; i < len(whole); i += 3 {
			if i > 0 {
				b.WriteString(m.group)
			}
			b.WriteString(whole[i : i+3])
		}
		whole = b.String()
	}
	if hasFrac {
		return sign + whole + m.point + frac
	}
	return sign + whole
}

// plainNumber reads a number as people of the language write it. Where the
// separators leave a doubt it refuses, rather than store a thousandfold.
func plainNumber(lang, text string) (plain string, ok bool) {
	text = strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\u00a0', '\u202f', '\'', '\u2019':
			return -1
		case '\u2212':
			return '-'
		}
		return r
	}, text)
	sign := ""
	if strings.HasPrefix(text, "-") || strings.HasPrefix(text, "+") {
		sign, text = strings.TrimPrefix(text[:1], "+"), text[1:]
	}
	m := marksOf(lang)
	group := m.group
	if lang == "fr" {
		group = "." // narrow spaces are gone; a dot may be a foreign point
	}
	whole, frac, hasPoint := strings.Cut(text, m.point)
	switch {
	case strings.Contains(frac, m.point) || strings.Contains(frac, group):
		return "", false
	case strings.Contains(whole, group):
		if grouped(whole, group) && lang != "fr" {
			whole = strings.ReplaceAll(whole, group, "")
			break
		}
		// "12.5" where the language writes "12,5": the only point there is
		if hasPoint || group != "." || strings.Count(whole, ".") != 1 {
			return "", false
		}
		whole, frac, hasPoint = strings.Cut(whole, ".")
	}
	if !digits(whole) || !digits(frac) || whole+frac == "" {
		return "", false
	}
	if whole == "" {
		whole = "0"
	}
	if hasPoint && frac != "" {
		return sign + whole + "." + frac, true
	}
	return sign + whole, true
}

func grouped(whole, group string) bool {
	parts := strings.Split(whole, group)
	for i, p := range parts {
		if len(p) > 3 || p == "" || (i > 0 && len(p) != 3) {
			return false
		}
	}
	return true
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
