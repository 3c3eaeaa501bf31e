package ui

import (
	"unicode"

	"github.com/apposengine/appos/internal/object"
)

// text is a label in the user's language, as the console has it.
func (c *Ctx) text(t object.Text) string { return c.s.texts.Of(t).In(c.s.lang) }

// label looks the keys up in the translation sets of an app, in order, and
// returns the first label found, else the last key in words.
func (c *Ctx) label(app string, keys ...string) string {
	for _, key := range keys {
		for _, set := range c.translations(app) {
			if t, ok := set.Texts[key]; ok {
				return c.text(t)
			}
		}
	}
	return object.Humanize(keys[len(keys)-1])
}

// translations are the sets of an app, kept for those of the app shown.
func (c *Ctx) translations(app string) []*object.Translations {
	own := app == c.s.App.Name
	if own && c.s.read {
		return c.s.sets
	}
	var sets []*object.Translations
	if rt := c.runtime(); rt != nil {
		for _, o := range rt.Registry().Of(app, object.KindTranslationSet) {
			sets = append(sets, o.Translations)
		}
	}
	if own {
		c.s.sets, c.s.read = sets, true
	}
	return sets
}

// singular and plural name a record for people.
func (c *Ctx) singular(o *object.Object) string { return c.label(o.App.Name, o.Name) }
func (c *Ctx) plural(o *object.Object) string   { return c.label(o.App.Name, object.Plural(o.Name)) }

// noun is a label as it stands within a sentence: German keeps its capital, and
// so does an acronym.
func (c *Ctx) noun(label string) string {
	r := []rune(label)
	if c.s.kit == "de" || len(r) == 0 || len(r) > 1 && unicode.IsUpper(r[1]) {
		return label
	}
	return string(unicode.ToLower(r[0])) + string(r[1:])
}

// fieldLabel names a field of a record for people.
func (c *Ctx) fieldLabel(o *object.Object, f *object.Field) string {
	if f.System {
		return c.T("field." + f.Key)
	}
	return c.label(o.App.Name, o.Name+"_"+f.Key, f.Key)
}

// enumLabel names a value of an enumeration for people.
func (c *Ctx) enumLabel(app string, f *object.Field, value string) string {
	key := object.Snake(value)
	return c.label(app, f.Key+"_"+key, key)
}
