package ui

import (
	"strings"

	"github.com/apposengine/appos/internal/object"
)

// checkText says which declared check a row does not meet: by the label
// check_{name} of the app, else by the check's name. It is "" for other faults.
func (e *editor) checkText(fe object.FieldError) string {
	if fe.Rule != "check" || fe.Param == "" {
		return ""
	}
	key := "check_" + fe.Param
	for _, set := range e.c.translations(e.o.App.Name) {
		if t, ok := set.Texts[key]; ok {
			return e.c.text(t)
		}
	}
	return e.c.T("rule.check.named", "name", object.Humanize(fe.Param))
}

// faultText says what is wrong with a field of the record. Rules that are about
// other fields call them by their labels.
func (e *editor) faultText(f *object.Field, fe object.FieldError) string {
	if fe.Rule != "unique_together" && !strings.HasSuffix(fe.Rule, "field") {
		return e.c.faultText(f, fe)
	}
	key := "rule." + fe.Rule
	if f.Kind == object.FieldDate || f.Kind == object.FieldTime {
		key += ".time"
	}
	if _, known := words[key]; !known {
		return e.c.faultText(f, fe)
	}
	var labels []string
	for column := range strings.SplitSeq(fe.Param, " and ") {
		label := column
		if other := e.o.Record.Field(column); other != nil {
			label = e.c.fieldLabel(e.o, other)
		}
		labels = append(labels, label)
	}
	return e.c.T(key, "name", strings.Join(labels, ", "))
}
