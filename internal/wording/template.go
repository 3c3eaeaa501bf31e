package wording

import "strings"

// maxMatched is the length of a text that is compared with templates, in bytes.
const maxMatched = 2000

// A template is a text with parts that vary, written {} in every language.
type template struct {
	phrase Phrase
	parts  []string // of the English one, around its blanks
}

// fixed are the texts in which nothing varies, by the English one; varied are
// the others, in the order of the table.
var fixed, varied = compile(texts)

func compile(all []Phrase) (map[string]Phrase, []template) {
	fixed := map[string]Phrase{}
	var varied []template
	for _, p := range all {
		if parts := strings.Split(p[0], "{}"); len(parts) > 1 {
			varied = append(varied, template{p, parts})
		} else {
			fixed[p[0]] = p
		}
	}
	return fixed, varied
}

// match finds what stands in the blanks of a text that is this one.
func (t template) match(text string) (values []string, ok bool) {
	rest, ok := strings.CutPrefix(text, t.parts[0])
	if !ok || len(text) > maxMatched {
		return nil, false
	}
	for i, part := range t.parts[1:] {
		var value string
		if last := i == len(t.parts)-2; last {
			value, ok = strings.CutSuffix(rest, part)
		} else {
			value, rest, ok = strings.Cut(rest, part)
		}
		if !ok || value == "" {
			return nil, false
		}
		values = append(values, value)
	}
	return values, true
}

// fill is the text in a language with values in its blanks, in their order.
func (t template) fill(language int, values []string) string {
	var b strings.Builder
	for i, part := range strings.Split(t.phrase[language], "{}") {
		if i > 0 {
			b.WriteString(values[i-1])
		}
		b.WriteString(part)
	}
	return b.String()
}
