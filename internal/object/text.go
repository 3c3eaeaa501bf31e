package object

import (
	"maps"
	"slices"
	"strings"
)

// Text is one label in every language, by language tag; "en" is required. A text
// of a translation set has its name under "", so that one that was changed in the
// console is known by it wherever the value went.
type Text map[string]string

// Name is the name of a text of a translation set, such as
// "crm.translation_sets.labels.welcome"; "" of others.
func (t Text) Name() string { return t[""] }

// Named returns a copy of the text with a name.
func (t Text) Named(name string) Text {
	named := make(Text, len(t)+1)
	maps.Copy(named, t)
	named[""] = name
	return named
}

// Languages are the tags of the text's languages, sorted.
func (t Text) Languages() []string {
	tags := slices.Sorted(maps.Keys(t))
	if len(tags) > 0 && tags[0] == "" {
		tags = tags[1:]
	}
	return tags
}

// In returns the text in the language, else in the language without its region,
// else in English.
func (t Text) In(lang string) string {
	for lang != "" {
		if s, ok := t[lang]; ok {
			return s
		}
		lang = lang[:max(0, strings.LastIndexByte(lang, '-'))]
	}
	return t["en"]
}

// Texts are the texts of translation sets that are not as the code has them, with
// all their languages. It never changes: another one takes its place. Nil changes
// nothing.
type Texts struct {
	revision int64
	byName   map[string]Text
}

// NewTexts returns the texts, by name, as of a revision.
func NewTexts(revision int64, byName map[string]Text) *Texts { return &Texts{revision, byName} }

// Of returns the text as it is now.
func (x *Texts) Of(t Text) Text {
	if x == nil || len(x.byName) == 0 {
		return t
	}
	if changed, ok := x.byName[t[""]]; ok {
		return changed
	}
	return t
}

// Revision tells different texts apart; 0 is those of the code.
func (x *Texts) Revision() int64 {
	if x == nil {
		return 0
	}
	return x.revision
}

// Translations describes a set of labels, by key in snake case.
type Translations struct {
	Keys  []string // in the order declared
	Texts map[string]Text
}

// TextName is the name of a text of the set with the reference.
func TextName(set, key string) string { return set + "." + key }
