package platform

import (
	"context"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/text"
)

// SetTranslation changes a text of a translation set in one language, which the
// set need not have yet, until [ResetTranslation]. The {name}s in it stay those of
// the English text. It holds at once on the node that runs this, on others within
// a second. Who runs it needs the permission to update the set, too.
type SetTranslation struct {
	appos.Returns[appos.None]

	Set      string `validate:"required"` // a reference, such as "crm.translation_sets.labels"
	Key      string `validate:"required"` // such as "welcome"
	Language string `validate:"required"` // a language tag, such as "fr" or "pt-BR"
	Text     string `validate:"required,max=4000"`
	Version  *int64 // of what is replaced, as the console knows it; 0 is the code's; nil replaces anything
}

// ResetTranslation makes a text in one language what the code says. It also clears
// away what is left of a text that is gone.
type ResetTranslation struct {
	appos.Returns[appos.None]

	Set      string `validate:"required"`
	Key      string `validate:"required"`
	Language string `validate:"required"`
	Version  *int64 // as of SetTranslation
}

// ImportTranslations changes many texts of a translation set together, or none.
type ImportTranslations struct {
	appos.Returns[ImportedTranslations]

	Set   string                       `validate:"required"`
	Texts map[string]map[string]string // by key, then by language; what is "" stays as it is
}

// ImportedTranslations answers [ImportTranslations].
type ImportedTranslations struct{ Changed int } // texts that are now another

func declareTexts(app *appos.App, texts func() *text.Overrides) {
	rule(app, func(ctx context.Context, actor *object.User, in SetTranslation) error {
		if err := mayUpdate(ctx, in.Set); err != nil {
			return err
		}
		return texts().Set(ctx, text.Change{Set: in.Set, Key: in.Key, Language: in.Language, Said: &in.Text, Version: in.Version, By: actor.Name})
	})
	rule(app, func(ctx context.Context, actor *object.User, in ResetTranslation) error {
		if err := mayUpdate(ctx, in.Set); err != nil {
			return err
		}
		return texts().Set(ctx, text.Change{Set: in.Set, Key: in.Key, Language: in.Language, Version: in.Version, By: actor.Name})
	})
	appos.Rule(app, func(ctx context.Context, in ImportTranslations) (ImportedTranslations, error) {
		if err := mayUpdate(ctx, in.Set); err != nil {
			return ImportedTranslations{}, err
		}
		n, err := texts().SetAll(ctx, in.Set, in.Texts, actor(ctx).Name)
		return ImportedTranslations{n}, err
	}, administrators)
}
