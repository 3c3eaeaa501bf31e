package text

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/revision"
	"github.com/apposengine/appos/internal/store"
)

// Options are what Overrides stand on. All but Speak, Audit, Warn and Now are required.
type Options struct {
	DB       store.DB // the platform's, with Tables
	Board    *revision.Board
	Registry *object.Registry
	// Speak is what manifests and configuration say of the languages of apps.
	Speak Speak
	// Audit notes a change, in the transaction of ctx.
	Audit func(ctx context.Context, action, subject string, before, after any) error
	Warn  func(text string) // about what is ignored; nil says nothing
	Now   func() time.Time  // nil is time.Now
}

// Speak says which languages apps speak beside those of their translation sets.
type Speak struct {
	Kit     []string           // what the platform itself speaks; for apps without translation sets
	Default string             // the language of apps that name none; "" is English
	Apps    map[string]Manners // by app
}

// Manners are what an app's manifest, and the installation, say of its languages.
type Manners struct {
	Default   string   // "" is that of the platform
	Languages []string // nil is those of its translation sets
}

// Overrides are what administrators changed. All methods may be called from
// several goroutines.
type Overrides struct {
	o       Options
	topic   *revision.Topic
	current atomic.Pointer[snapshot]

	mu     sync.Mutex
	warned map[string]bool // what the log has been told
}

// snapshot is all that was changed, as of a revision. It never changes.
type snapshot struct {
	texts    *object.Texts
	all      map[place]Override
	speeches map[string]*Speech // by app; "" is every app together
}

// place is one text in one language.
type place struct{ set, key, language string }

// Override is a text in one language, as the console has it.
type Override struct {
	Set      string // the reference of the set when it was changed: maybe of one that is gone
	Key      string
	Language string
	Said     string
	Version  int64
	By       string // the sign-in name
	At       time.Time
	Stale    string // why it is not used; "" when it is
}

// New returns the overrides of a server, of which none is known before the board
// is refreshed.
func New(o Options) *Overrides {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
	if o.Speak.Default == "" {
		o.Speak.Default = "en"
	}
	v := &Overrides{o: o, warned: map[string]bool{}}
	v.current.Store(v.compile(0, nil))
	v.topic = o.Board.Topic("texts", v.load)
	return v
}

// Texts are the texts that are not as the code has them. A nil Overrides has none.
func (v *Overrides) Texts() *object.Texts {
	if v == nil {
		return nil
	}
	return v.current.Load().texts
}

// Speech is the languages that an app speaks; "" is every app together.
func (v *Overrides) Speech(app string) *Speech {
	s := v.current.Load()
	if speech, ok := s.speeches[app]; ok {
		return speech
	}
	return s.speeches[""]
}

// load reads all overrides.
func (v *Overrides) load(ctx context.Context, revision int64) error {
	rows, err := v.o.DB.Query(ctx, `SELECT translation_set, name, language, said, version, changed_by, changed_at FROM appos_text_override ORDER BY 1, 2, 3`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var all []Override
	for rows.Next() {
		var x Override
		if err := rows.Scan(&x.Set, &x.Key, &x.Language, &x.Said, &x.Version, &x.By, &x.At); err != nil {
			return err
		}
		all = append(all, x)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	s := v.compile(revision, all)
	v.warn(s)
	v.current.Store(s)
	return nil
}

// compile works out what the texts are.
func (v *Overrides) compile(revision int64, all []Override) *snapshot {
	s := &snapshot{all: make(map[place]Override, len(all)), speeches: map[string]*Speech{}}
	changed := map[string]object.Text{}
	for _, x := range all {
		set, declared, err := v.usable(&x)
		if err != nil {
			x.Stale = err.Error()
		}
		s.all[place{x.Set, x.Key, x.Language}] = x
		if err != nil {
			continue
		}
		name := declared.Name()
		if changed[name] == nil {
			changed[name] = declared.Named(name)
		}
		// what was changed under the present name of the set goes before what was
		// under a former one
		if _, own := s.all[place{set.Ref, x.Key, x.Language}]; x.Set == set.Ref || !own {
			changed[name][x.Language] = x.Said
		}
	}
	s.texts = object.NewTexts(revision, changed)
	v.speak(s)
	return s
}

// usable is the set of an override and the text that it stands for, or why it
// stands for none.
func (v *Overrides) usable(x *Override) (*object.Object, object.Text, error) {
	set := v.o.Registry.ByRef(x.Set)
	if set == nil || set.Translations == nil {
		return nil, nil, errors.New("there is no such translation set any more")
	}
	declared, ok := set.Translations.Texts[x.Key]
	if !ok {
		return nil, nil, errors.New("the set has no such text any more")
	}
	if err := Wrong(declared, x.Said); err != nil {
		return nil, nil, fmt.Errorf("the text %w", err)
	}
	return set, declared, nil
}

// warn tells the log, once, what is ignored.
func (v *Overrides) warn(s *snapshot) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, x := range s.all {
		key := fmt.Sprint(x.Set, " ", x.Key, " ", x.Language, " ", x.Version)
		if x.Stale == "" || v.warned[key] {
			continue
		}
		v.warned[key] = true
		v.o.Warn(fmt.Sprintf("the text in %q of %s is ignored: %s", x.Language, object.TextName(x.Set, x.Key), x.Stale))
	}
}

// speak finds out which languages each app speaks: those that it names, else
// those of its sets, else those of the platform. An administrator adds to all of
// them by writing a text.
func (v *Overrides) speak(s *snapshot) {
	var every []string
	for _, app := range v.o.Registry.Apps {
		says := v.o.Speak.Apps[app.Name]
		tags := slices.Clone(says.Languages)
		sets := v.o.Registry.Of(app.Name, object.KindTranslationSet)
		if tags == nil && len(sets) == 0 {
			tags = slices.Clone(v.o.Speak.Kit)
		}
		for _, o := range sets {
			for _, t := range o.Translations.Texts {
				if says.Languages == nil {
					tags = append(tags, t.Languages()...)
				}
			}
			for at, x := range s.all {
				if x.Stale == "" && v.o.Registry.ByRef(at.set) == o {
					tags = append(tags, at.language)
				}
			}
		}
		slices.Sort(tags)
		s.speeches[app.Name] = NewSpeech(append([]string{cmp.Or(says.Default, v.o.Speak.Default)}, tags...)...)
		every = append(every, s.speeches[app.Name].Languages...)
	}
	every = append(every, v.o.Speak.Kit...)
	slices.Sort(every)
	s.speeches[""] = NewSpeech(append([]string{v.o.Speak.Default}, every...)...)
}
