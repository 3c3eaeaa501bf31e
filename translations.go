package appos

import (
	"context"
	"reflect"
	"strings"

	"github.com/apposengine/appos/internal/object"
)

// Text is one label in every language, by language tag; "en" is required.
type Text map[string]string

// In returns the text in the user's language, as the console has it; args fill
// {name} by pairs: Welcome.In(ctx, "name", user.FullName).
func (t Text) In(ctx context.Context, args ...string) string {
	lang, text := "", object.Text(t)
	if f := object.FrameOf(ctx); f != nil {
		lang, text = f.Exec.Language, f.Exec.Texts.Of(text)
	}
	s := text.In(lang)
	for i := 0; i+1 < len(args); i += 2 {
		s = strings.ReplaceAll(s, "{"+args[i]+"}", args[i+1])
	}
	return s
}

// Translations declares a struct of [Text] fields as a translation set, and
// returns it. Administrators change its texts and add languages in the console;
// the texts that Translations returns know of it, those of the struct that it was
// given do not.
//
// Derived screens look their labels up in the app's sets, by snake case: a
// record's name in the singular and plural (Customer, Customers), its fields
// (CustomerName, else Name) and their values (TierGold, else Gold).
func Translations[T any](app *App, name string, set T) T {
	tr := &object.Translations{Texts: map[string]object.Text{}}
	o := object.Object{Kind: object.KindTranslationSet, Name: name, Source: caller(), Translations: tr}
	ref := object.RefOf(app.Name(), o.Kind, name)
	v := reflect.ValueOf(&set).Elem()
	if v.Kind() != reflect.Struct {
		app.descriptor.Fault(o.Source, ref, "a translation set is a struct of appos.Text fields, not %T", set)
	} else {
		for i := range v.NumField() {
			field := v.Type().Field(i)
			key := object.Snake(field.Name)
			if field.Type != reflect.TypeFor[Text]() || !field.IsExported() {
				app.descriptor.Fault(o.Source, ref, "field %s is not an exported appos.Text", field.Name)
				continue
			}
			text := v.Field(i).Interface().(Text)
			if text["en"] == "" {
				app.descriptor.Fault(o.Source, ref, "label %q has no text in \"en\", which every label needs", key)
			}
			tr.Keys = append(tr.Keys, key)
			tr.Texts[key] = object.Text(text).Named(object.TextName(ref, key))
			v.Field(i).Set(reflect.ValueOf(Text(tr.Texts[key])))
		}
	}
	declare(app, o)
	return set
}
