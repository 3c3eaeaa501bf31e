package text

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/apposengine/appos/internal/object"
)

// Said is what a text is in one language, and why.
type Said struct {
	Language string
	Text     string // "" where the language is missing
	Code     string // what the code says; "" where it says nothing
	Override        // zero where the code decides
}

// Changed says whether an administrator decides what the text is.
func (s Said) Changed() bool { return s.Version != 0 && s.Stale == "" }

// Entry is a text of a set in all languages of the set.
type Entry struct {
	Key    string
	Said   []Said // in the order of Languages
	Blanks []string
}

// Missing counts the languages that the text lacks.
func (e Entry) Missing() int {
	n := 0
	for _, s := range e.Said {
		if s.Text == "" {
			n++
		}
	}
	return n
}

// In returns what the text is in a language, as of now.
func (v *Overrides) In(set *object.Object, key, language string) Said {
	declared := set.Translations.Texts[key]
	now := v.Texts().Of(declared)
	s := Said{Language: language, Text: now[language], Code: declared[language]}
	all := v.current.Load().all
	refs := []string{set.Ref}
	for _, name := range set.Formerly {
		refs = append(refs, object.RefOf(set.App.Name, set.Kind, name))
	}
	for _, ref := range refs {
		if x, ok := all[place{ref, key, language}]; ok {
			s.Override = x
			break
		}
	}
	return s
}

// Entries are the texts of a set, in the order declared, in all the languages of
// its app: those that its code speaks and those that were added.
func (v *Overrides) Entries(set *object.Object) ([]Entry, []string) {
	languages := v.Languages(set)
	all := make([]Entry, len(set.Translations.Keys))
	for i, key := range set.Translations.Keys {
		e := Entry{Key: key, Blanks: Blanks(set.Translations.Texts[key]["en"])}
		for _, tag := range languages {
			e.Said = append(e.Said, v.In(set, key, tag))
		}
		all[i] = e
	}
	return all, languages
}

// Languages are those that the app of a set speaks, English first.
func (v *Overrides) Languages(set *object.Object) []string {
	tags := map[string]bool{"en": true}
	for _, tag := range v.Speech(set.App.Name).Languages {
		tags[tag] = true
	}
	for _, t := range set.Translations.Texts {
		for _, tag := range t.Languages() {
			tags[tag] = true
		}
	}
	delete(tags, "en")
	return append([]string{"en"}, slices.Sorted(maps.Keys(tags))...)
}

// Stale are the overrides of an app, or of every app for "", that are not used.
// Those whose set is gone are of the app that their reference begins with.
func (v *Overrides) Stale(app string) []Override {
	var all []Override
	for _, x := range v.current.Load().all {
		if of, _, _ := strings.Cut(x.Set, "."); x.Stale != "" && (app == "" || of == app) {
			all = append(all, x)
		}
	}
	slices.SortFunc(all, func(a, b Override) int {
		return strings.Compare(a.Set+" "+a.Key+" "+a.Language, b.Set+" "+b.Key+" "+b.Language)
	})
	return all
}

// Past is an entry of the history: what a text was and became. Nil is what the
// code says.
type Past struct {
	ID          int64
	Key         string
	Language    string
	Was, Said   *string
	By          string
	At          time.Time
	ExecutionID string
}

// PastQuery selects entries of the history of a set.
type PastQuery struct {
	Set    string // its reference
	Key    string // "" is every text
	Before int64  // an id: only older entries; 0 is from the newest
	Limit  int
}

// History lists what was changed, the newest first.
func (v *Overrides) History(ctx context.Context, q PastQuery) ([]Past, error) {
	sql, args := `SELECT id, name, language, was, said, changed_by, changed_at, execution_id FROM appos_text_history WHERE translation_set = ?`, []any{q.Set}
	if q.Key != "" {
		sql, args = sql+` AND name = ?`, append(args, q.Key)
	}
	if q.Before > 0 {
		sql, args = sql+` AND id < ?`, append(args, q.Before)
	}
	rows, err := v.o.DB.Query(ctx, sql+` ORDER BY id DESC LIMIT ?`, append(args, q.Limit)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Past
	for rows.Next() {
		var p Past
		if err := rows.Scan(&p.ID, &p.Key, &p.Language, &p.Was, &p.Said, &p.By, &p.At, &p.ExecutionID); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, rows.Err()
}
