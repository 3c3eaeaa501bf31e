package ui

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/wording"
)

// faultText says what is wrong with a field in the user's language. A rule that
// the kit has no words for is told in those of the error.
func (c *Ctx) faultText(f *object.Field, fe object.FieldError) string {
	if fe.Of == "" && f != nil && (fe.Rule == "max" || fe.Rule == "min" || fe.Rule == "len") && f.Kind == object.FieldText {
		fe.Of = "text"
	}
	if fe.Param == "" && f != nil {
		fe.Param = ruleArg(f.Validate, fe.Rule)
	}
	if fe.Rule == "oneof" && f != nil && f.Enum != nil {
		fe.Param = "" // the form lists them, by their labels
	}
	return wording.Fault(c.s.kit, fe)
}

// ruleArg is the argument of a rule in a validate tag: "100" of "max=100".
func ruleArg(tag, rule string) string {
	for part := range strings.SplitSeq(tag, ",") {
		if name, arg, _ := strings.Cut(part, "="); name == rule {
			return arg
		}
	}
	return ""
}

// sentence makes the text of an error one, in the user's language.
func (c *Ctx) sentence(text string) string { return wording.Sentence(wording.Say(c.s.kit, text)) }

// needed says whether a field must be filled in: because its rules say so, or
// because its type has no value that stands for none.
func needed(f *object.Field) bool {
	switch {
	case f.Required:
		return f.Kind != object.FieldBool
	case f.Optional:
		return false
	case f.Kind == object.FieldRef, f.Kind == object.FieldTime, f.Kind == object.FieldDate:
		return true
	case len(f.Enum) > 0:
		return !strings.Contains(f.Validate, "omitempty")
	}
	return false
}

// checkField notes what is plainly wrong with a text for a field, while the user
// types. The whole truth is the record's, on saving.
func (c *Ctx) checkField(form *Form, f *object.Field, text string) {
	switch {
	case text == "":
		form.Check(f.Column, !needed(f), c.T("rule.required"))
	case f.Email:
		at := strings.IndexByte(text, '@')
		form.Check(f.Column, at > 0 && strings.Contains(text[at:], ".") && !strings.ContainsAny(text, " \t"), c.T("rule.email"))
	case f.MaxLen > 0 && f.Kind == object.FieldText:
		form.Check(f.Column, utf8.RuneCountInString(text) <= f.MaxLen, c.T("rule.max.text", "n", strconv.Itoa(f.MaxLen)))
	case f.Min != "" || f.Max != "":
		c.checkBounds(form, f, text)
	}
}

// checkBounds notes a number that is outside of its bounds.
func (c *Ctx) checkBounds(form *Form, f *object.Field, text string) {
	plain, ok := plainNumber(c.s.kit, text)
	if !ok {
		return // that it is no number is noted where it is read
	}
	n, err := strconv.ParseFloat(plain, 64)
	if err != nil {
		return
	}
	if low, err := strconv.ParseFloat(f.Min, 64); err == nil {
		form.Check(f.Column, n >= low, c.T("rule.min", "n", localNumber(c.s.kit, f.Min, true)))
	}
	if high, err := strconv.ParseFloat(f.Max, 64); err == nil {
		form.Check(f.Column, n <= high, c.T("rule.max", "n", localNumber(c.s.kit, f.Max, true)))
	}
}
