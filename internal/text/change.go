package text

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// The actions that are noted.
const (
	actionSet    = "text.set"
	actionReset  = "text.reset"
	actionImport = "text.import"
)

// Change sets a text in one language, or takes back what was set.
type Change struct {
	Set      string // the reference of a translation set
	Key      string
	Language string // any language tag, also one that the set does not have yet
	// Said is the text; nil makes it what the code says.
	Said *string
	// Version is that of the override which is to be replaced, 0 is none; another
	// one there is a Conflict. Nil replaces whatever there is.
	Version *int64
	By      string // the sign-in name
}

// Set stores a change and notes it. On this node it holds when Set returns, on
// others within a second.
func (v *Overrides) Set(ctx context.Context, c Change) error {
	w, err := v.checked(c)
	if err != nil {
		return err
	}
	return v.topic.Change(ctx, func(ctx context.Context, revision int64) error {
		was, changed, err := v.store(ctx, w, revision)
		if err != nil || !changed || v.o.Audit == nil {
			return err
		}
		before, after, action := map[string]string{"language": w.Language}, map[string]string{"language": w.Language}, actionReset
		if was.Version != 0 {
			before["text"] = was.Said
		}
		if w.Said != nil {
			action, after["text"] = actionSet, *w.Said
		}
		return v.o.Audit(ctx, action, object.TextName(w.refs[0], w.Key), before, after)
	})
}

// SetAll stores texts of a set, by key and language, together or none of them, and
// notes that it was done. What is "" stays as it is. It returns how many texts are
// now another.
func (v *Overrides) SetAll(ctx context.Context, set string, texts map[string]map[string]string, by string) (int, error) {
	var all []write
	var faults []object.FieldError
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		for _, tag := range slices.Sorted(maps.Keys(texts[key])) {
			said := texts[key][tag]
			if said == "" {
				continue
			}
			w, err := v.checked(Change{Set: set, Key: key, Language: tag, Said: &said, By: by})
			if err != nil {
				faults = append(faults, object.FieldError{Field: fmt.Sprintf("texts.%s.%s", key, tag), Rule: "text", Message: wrong(err)})
				continue
			}
			all = append(all, w)
		}
	}
	if faults != nil {
		return 0, &object.Error{Code: object.Invalid, Object: set, Kind: object.KindTranslationSet, Text: "no text was changed", Fields: faults}
	}
	n := 0
	err := v.topic.Change(ctx, func(ctx context.Context, revision int64) error {
		for _, w := range all {
			_, changed, err := v.store(ctx, w, revision)
			if err != nil {
				return err
			}
			if changed {
				n++
			}
		}
		if n == 0 || v.o.Audit == nil {
			return nil
		}
		return v.o.Audit(ctx, actionImport, set, nil, map[string]int{"texts": n})
	})
	return n, err
}

// wrong is what an error of checked says of the text.
func wrong(err error) string {
	known := object.AsError(err)
	for _, f := range known.Fields {
		return f.Message
	}
	if known.Code == object.NotFound {
		return "is not in the set"
	}
	return known.Public()
}

// write is a change that was checked.
type write struct {
	Change
	refs []string // of the set: its own, then the former ones
}

// checked says what is wrong with a change.
func (v *Overrides) checked(c Change) (write, error) {
	w := write{Change: c, refs: []string{c.Set}}
	o := v.o.Registry.ByRef(c.Set)
	var declared object.Text
	if o != nil && o.Translations != nil {
		w.refs[0] = o.Ref
		for _, name := range o.Formerly {
			w.refs = append(w.refs, object.RefOf(o.App.Name, o.Kind, name))
		}
		declared = o.Translations.Texts[c.Key]
	}
	if declared == nil {
		if _, left := v.current.Load().all[place{c.Set, c.Key, c.Language}]; left && c.Said == nil {
			return w, nil // what is left of a text can be cleared away
		}
		return w, object.Errorf(object.NotFound, "no translation set has the text %q", object.TextName(c.Set, c.Key))
	}
	fault := func(field string, err error) error {
		return &object.Error{Code: object.Invalid, Object: o.Ref, Kind: o.Kind, Text: "the text was not changed",
			Fields: []object.FieldError{{Field: field, Rule: "text", Message: err.Error()}}}
	}
	tag, err := Tag(declared, c.Language)
	if err != nil {
		return w, fault("language", err)
	}
	w.Language = tag
	if c.Said != nil {
		if err := Wrong(declared, *c.Said); err != nil {
			return w, fault("text", err)
		}
		if *c.Said == declared[tag] {
			w.Said = nil // the code says so already
		}
	}
	return w, nil
}

// store writes a change, in the transaction of ctx. It returns what there was, and
// whether that is now another.
func (v *Overrides) store(ctx context.Context, w write, revision int64) (was Override, changed bool, err error) {
	db := v.o.DB
	for _, ref := range w.refs {
		var x Override
		err := db.QueryRow(ctx, []any{&x.Said, &x.Version, &x.By}, `SELECT said, version, changed_by FROM appos_text_override WHERE translation_set = ? AND name = ? AND language = ?`, ref, w.Key, w.Language)
		if err != nil && err != store.ErrNoRows {
			return was, false, err
		}
		if err == nil && was.Version == 0 {
			was = x
		}
	}
	if w.Version != nil && *w.Version != was.Version {
		return was, false, conflict(w, was)
	}
	if was.Version == 0 && w.Said == nil || w.Said != nil && was.Version != 0 && was.Said == *w.Said {
		return was, false, nil // it is so already
	}
	for _, ref := range w.refs {
		if _, err := db.Exec(ctx, `DELETE FROM appos_text_override WHERE translation_set = ? AND name = ? AND language = ?`, ref, w.Key, w.Language); err != nil {
			return was, false, err
		}
	}
	now := v.o.Now()
	if w.Said != nil {
		if _, err := db.Exec(ctx, `INSERT INTO appos_text_override (translation_set, name, language, said, version, changed_by, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			w.refs[0], w.Key, w.Language, *w.Said, revision, w.By, now); err != nil {
			return was, false, err
		}
	}
	var before, after any
	if was.Version != 0 {
		before = was.Said
	}
	if w.Said != nil {
		after = *w.Said
	}
	execution := ""
	if f := object.FrameOf(ctx); f != nil {
		execution = f.Exec.ID
	}
	_, err = db.Exec(ctx, `INSERT INTO appos_text_history (translation_set, name, language, was, said, changed_by, changed_at, execution_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		w.refs[0], w.Key, w.Language, before, after, w.By, now, execution)
	return was, true, err
}

// conflict says who was faster.
func conflict(w write, is Override) error {
	name := object.TextName(w.refs[0], w.Key)
	e := object.Errorf(object.Conflict, "somebody has reset the text in %q of %s meanwhile; look at it again", w.Language, name)
	if is.Version != 0 {
		e = object.Errorf(object.Conflict, "%s has changed the text in %q of %s meanwhile; look at it again", is.By, w.Language, name)
	}
	e.Object, e.Kind, e.Err = w.refs[0], object.KindTranslationSet, &object.Stale{Expected: *w.Version, Is: is.Version}
	return e
}
