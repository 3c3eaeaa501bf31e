package appos

import (
	"context"
	"reflect"
	"strings"

	"github.com/apposengine/appos/internal/object"
)

// Text is one label in every language, by language tag; "en" is required.
type Text map[string]string

// In returns the text in the user's language; args fill {name} by pairs:
// Welcome.In(ctx, "name", user.FullName).
func (t Text) In(ctx context.Context, args ...string) string {
	lang := ""
	if f := object.FrameOf(ctx); f != nil {
		lang = f.Exec.Language
	}
	s := object.Text(t).In(lang)
	for i := 0; i+1 < len(args); i += 2 {
		s = strings.ReplaceAll(s, "{"+args[i]+"}", args[i+1])
	}
	return s
}

// Translations declares a struct of [Text] fields as a translation set, and
// returns it.
//
// Derived screens look their labels up in the app's sets, by snake case: a
// record's name in the singular and plural (Customer, Customers), its fields
// (CustomerName, else Name) and their values (TierGold, else Gold).
func Translations[T any](app *App, name string, set T) T {
	tr := &object.Translations{Texts: map[string]object.Text{}}
	o := object.Object{Kind: object.KindTranslationSet, Name: name, Source: caller(), Translations: tr}
	ref := object.RefOf(app.Name(), o.Kind, name)
	v := reflect.ValueOf(set)
	if v.Kind() != reflect.Struct {
		app.descriptor.Fault(o.Source, ref, "a translation set is a struct of appos.Text fields, not %T", set)
	} else {
		for i := range v.NumField() {
			key := object.Snake(v.Type().Field(i).Name)
			text, ok := v.Field(i).Interface().(Text)
			if !ok {
				app.descriptor.Fault(o.Source, ref, "field %s is not an appos.Text", v.Type().Field(i).Name)
				continue
			}
			if text["en"] == "" {
				app.descriptor.Fault(o.Source, ref, "label %q has no text in \"en\", which every label needs", key)
			}
			tr.Keys = append(tr.Keys, key)
			tr.Texts[key] = object.Text(text)
		}
	}
	declare(app, o)
	return set
}
