package ui

import (
	"encoding/json"
	"reflect"
	"strings"

	"github.com/apposengine/appos/internal/object"
)

// entryField describes the entries of a list as if one were a field of its own.
func entryField(f *object.Field) *object.Field {
	e := *f.Elem
	e.Optional = false
	return &e
}

// linesOf are the entries of a list as a control shows them, one a line; not ok
// when an entry would not come back from its line.
func (c *Ctx) linesOf(f *object.Field, v reflect.Value) (lines string, ok bool) {
	texts := make([]string, v.Len())
	for i := range texts {
		texts[i] = c.formValue(f.Elem, v.Index(i))
		if texts[i] == "" || texts[i] != strings.TrimSpace(texts[i]) || strings.ContainsAny(texts[i], "\r\n") || i == 0 && strings.HasPrefix(texts[i], "[") {
			return "", false
		}
	}
	return strings.Join(texts, "\n"), true
}

// parseLines reads what linesOf writes, or JSON.
func (c *Ctx) parseLines(f *object.Field, text string) (v reflect.Value, fault string) {
	v = reflect.New(f.Type).Elem()
	if strings.HasPrefix(text, "[") {
		if json.Unmarshal([]byte(text), v.Addr().Interface()) != nil {
			return v, "rule.json"
		}
		return v, ""
	}
	e := entryField(f)
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		entry, fault := c.parseForm(e, line)
		if fault != "" {
			return v, fault
		}
		v = reflect.Append(v, entry)
	}
	return v, ""
}
