package text_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/migrate"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/revision"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
	"github.com/apposengine/appos/internal/text"
)

var ctx = context.Background()

const labels = "crm.translation_sets.labels"

func TestMain(m *testing.M) { storetest.Main(m) }

// A node is one server on a database.
type node struct {
	board    *revision.Board
	texts    *text.Overrides
	set      *object.Object
	warnings []string
	audits   []string
}

type words = struct{ Title, Welcome appos.Text }

// declare declares the set of the tests; what it returns is what apps say.
func declare() (*appos.App, words) {
	app := appos.NewApp("crm", nil)
	return app, appos.Translations(app, "labels", words{
		Title:   appos.Text{"en": "Overview", "fr": "Aperçu"},
		Welcome: appos.Text{"en": "Welcome, {name}"},
	})
}

func start(t *testing.T, db store.DB, app *appos.App) *node {
	t.Helper()
	reg, faults := object.NewRegistry(app.Descriptor())
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	n := &node{board: revision.New(db, nil), set: reg.ByRef(labels)}
	n.texts = text.New(text.Options{
		DB: db, Board: n.board, Registry: reg, Speak: text.Speak{Kit: []string{"en", "fr", "de"}, Default: "en"},
		Warn: func(text string) { n.warnings = append(n.warnings, text) },
		Audit: func(_ context.Context, action, subject string, _, _ any) error {
			n.audits = append(n.audits, action+" "+subject)
			return nil
		},
	})
	if err := n.board.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	return n
}

func database(t *testing.T, url string) store.DB {
	t.Helper()
	db := storetest.Open(t, url)
	if err := migrate.Create(ctx, db, append(revision.Tables(), text.Tables()...)...); err != nil {
		t.Fatal(err)
	}
	return db
}

func (n *node) say(key, language, said string, version *int64) error {
	return n.texts.Set(ctx, text.Change{Set: labels, Key: key, Language: language, Said: &said, Version: version, By: "ana"})
}

// in is what an app says of a text in a language.
func (n *node) in(t appos.Text, language string) string {
	f := &object.Frame{Context: ctx, Exec: &object.Execution{Language: language, Texts: n.texts.Texts()}}
	return t.In(f, "name", "Bo")
}

func TestTexts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		app, w := declare()
		n := start(t, database(t, url), app)
		if got := n.in(w.Welcome, "it-CH"); got != "Welcome, Bo" {
			t.Errorf("before: %q", got)
		}
		if err := errors.Join(n.say("welcome", "IT", "Ciao, {name}!", nil), n.say("title", "fr", "<b>Vue</b>", nil)); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			text     appos.Text
			language string
			want     string
		}{
			{w.Welcome, "it", "Ciao, Bo!"},
			{w.Welcome, "it-CH", "Ciao, Bo!"},
			{w.Welcome, "fr", "Welcome, Bo"},
			{w.Title, "fr", "<b>Vue</b>"},
			{w.Title, "fr-CH", "<b>Vue</b>"},
			{w.Title, "it", "Overview"},
			{w.Title, "", "Overview"},
			{appos.Text{"en": "of no set"}, "fr", "of no set"},
		} {
			if got := n.in(tt.text, tt.language); got != tt.want {
				t.Errorf("in %q: %q, want %q", tt.language, got, tt.want)
			}
		}
		if got := n.texts.Speech("crm").Languages; !slices.Equal(got, []string{"en", "fr", "it"}) {
			t.Errorf("the app speaks %v", got)
		}
		past, err := n.texts.History(ctx, text.PastQuery{Set: labels, Key: "title", Limit: 10})
		if err != nil || len(past) != 1 || past[0].Was != nil || *past[0].Said != "<b>Vue</b>" || past[0].By != "ana" {
			t.Errorf("the history is %+v, %v", past, err)
		}
		// what the code says needs no override
		if err := n.say("title", "fr", "Aperçu", nil); err != nil || n.in(w.Title, "fr") != "Aperçu" || n.texts.In(n.set, "title", "fr").Changed() {
			t.Errorf("back: %v, %q", err, n.in(w.Title, "fr"))
		}
		if len(n.audits) != 3 || n.audits[2] != "text.reset "+labels+".title" {
			t.Errorf("noted %q", n.audits)
		}
	})
}

func TestWrongTexts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		app, w := declare()
		n := start(t, database(t, url), app)
		for _, tt := range []struct{ key, language, said, want string }{
			{"welcome", "fr", "Bonjour", "must have the blank {name}"},
			{"welcome", "fr", "Bonjour {nom}", "has the blank {nom}"},
			{"welcome", "fr", "Bonjour {name} {other}", "has the blank {other}"},
			{"title", "fr", "  ", "must not be empty"},
			{"title", "fr", "a\x00b", "U+0000"},
			{"title", "fr", "safe\u202etxt.exe", "U+202E"},
			{"title", "fr", "a\u2066b", "U+2066"},
			{"title", "fr", "a\tb", "U+0009"},
			{"title", "fr", "a\xffb", "UTF-8"},
			{"title", "fr", strings.Repeat("é", 4001), "at most 4000 characters"},
			{"title", "", "x", "language tag"},
			{"title", "und", "x", "language tag"},
			{"title", "x-klingon", "x", "language tag"},
			{"title", "français", "x", "language tag"},
			{"title", strings.Repeat("a-", 5000), "x", "language tag"},
			{"title", "fr<script>", "x", "language tag"},
		} {
			if err := n.say(tt.key, tt.language, tt.said, nil); !errors.Is(err, appos.Invalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s in %.20q is %.20q: %v, want %q", tt.key, tt.language, tt.said, err, tt.want)
			}
		}
		if err := n.say("none", "fr", "x", nil); !errors.Is(err, appos.NotFound) {
			t.Errorf("an unknown text: %v", err)
		}
		// scripts that need joiners and marks of direction have them
		for _, said := range []string{"می\u200cخواهم", "שלום\u200f!", "line\nline", "👩\u200d🚀"} {
			if err := n.say("title", "fa", said, nil); err != nil || n.in(w.Title, "fa") != said {
				t.Errorf("%q: %v", said, err)
			}
		}
	})
}

func TestNodes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		db := database(t, url)
		app, w := declare()
		a, b := start(t, db, app), start(t, db, app)
		running, cancel := context.WithCancel(ctx)
		var done sync.WaitGroup
		done.Go(func() { b.board.Run(running) })
		t.Cleanup(func() { cancel(); done.Wait() })
		if err := a.say("title", "it", "Panoramica", nil); err != nil {
			t.Fatal(err)
		}
		for b.in(w.Title, "it") != "Panoramica" {
			time.Sleep(10 * time.Millisecond) // the test's own time limit ends it
		}
		at := a.texts.In(a.set, "title", "it").Version
		errs := make(chan error, 2)
		for i, n := range []*node{a, b} {
			go func() { errs <- n.say("title", "it", fmt.Sprint("Vista ", i), &at) }()
		}
		lost := errors.Join(<-errs, <-errs)
		if !errors.Is(lost, appos.Conflict) || !strings.Contains(lost.Error(), `ana has changed the text in "it"`) {
			t.Errorf("twins: %v", lost)
		}
		if err := errors.Join(a.board.Refresh(ctx), b.board.Refresh(ctx)); err != nil || a.in(w.Title, "it") != b.in(w.Title, "it") {
			t.Errorf("%v: %q and %q", err, a.in(w.Title, "it"), b.in(w.Title, "it"))
		}
	})
}

func TestSetAll(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		app, w := declare()
		n := start(t, database(t, url), app)
		_, err := n.texts.SetAll(ctx, labels, map[string]map[string]string{
			"title": {"it": "Panoramica"}, "welcome": {"it": "Ciao", "xx-": "x"}, "none": {"it": "x"},
		}, "ana")
		var e *appos.Error
		if !errors.As(err, &e) || len(e.Fields) != 3 || e.Fields[0].Field != "texts.none.it" || n.in(w.Title, "it") != "Overview" {
			t.Errorf("with mistakes: %v", err)
		}
		changed, err := n.texts.SetAll(ctx, labels, map[string]map[string]string{
			"title": {"en": "Overview", "fr": "", "it": "Panoramica"}, "welcome": {"it": "Ciao, {name}"},
		}, "ana")
		if err != nil || changed != 2 || n.in(w.Title, "it") != "Panoramica" || n.in(w.Title, "fr") != "Aperçu" {
			t.Errorf("%d, %v", changed, err)
		}
		if !slices.Equal(n.audits, []string{"text.import " + labels}) {
			t.Errorf("noted %q", n.audits)
		}
	})
}

func TestStale(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		db := database(t, url)
		app, _ := declare()
		n := start(t, db, app)
		if err := errors.Join(n.say("title", "it", "Panoramica", nil), n.say("welcome", "it", "Ciao, {name}", nil)); err != nil {
			t.Fatal(err)
		}
		next := appos.NewApp("crm", nil)
		w := appos.Translations(next, "labels", struct{ Welcome appos.Text }{appos.Text{"en": "Welcome, {person}"}})
		n = start(t, db, next)
		if got := n.in(w.Welcome, "it"); got != "Welcome, Bo" && got != "Welcome, {person}" {
			t.Errorf("a text that does not fit: %q", got)
		}
		stale := n.texts.Stale("crm")
		if len(stale) != 2 || len(n.warnings) != 2 || slices.Contains(n.texts.Speech("crm").Languages, "it") {
			t.Errorf("stale are %+v, warnings %q, spoken %v", stale, n.warnings, n.texts.Speech("crm").Languages)
		}
		for _, x := range stale {
			if err := n.texts.Set(ctx, text.Change{Set: x.Set, Key: x.Key, Language: x.Language}); err != nil {
				t.Error(err)
			}
		}
		if left := n.texts.Stale(""); len(left) != 0 {
			t.Errorf("left are %+v", left)
		}
	})
}

func TestSpeech(t *testing.T) {
	s := text.NewSpeech("en", "fr", "de", "pt-BR", "zh-Hant")
	for header, want := range map[string]string{
		"":                          "en",
		"*":                         "en",
		"fr":                        "fr",
		"FR-ch, en;q=0.5":           "fr",
		"en;q=0.5, de;q=0.9":        "de",
		"it, fr;q=0.2":              "fr",
		"it":                        "en",
		"de;q=0, fr;q=0.1":          "fr",
		"pt":                        "pt-BR",
		"zh-TW":                     "zh-Hant",
		"uk":                        "en",
		"fr;q=a":                    "en",
		";;;,,,":                    "en",
		"\x00\xff":                  "en",
		strings.Repeat("fr,", 400):  "en", // more than anybody sends
		strings.Repeat("a-", 50000): "en",
	} {
		for range 2 { // the second answer is remembered
			if got := s.Match(header); got != want {
				t.Errorf("%.40q: %q, want %q", header, got, want)
			}
		}
	}
	if got := text.NewSpeech("nonsense!", "").Match("fr"); got != "en" {
		t.Errorf("without a language that is one: %q", got)
	}
}

// Everything that is sent is remembered for a while only.
func TestSpeechForgets(t *testing.T) {
	s := text.NewSpeech("en", "fr")
	for i := range 3000 {
		if got := s.Match(fmt.Sprintf("fr;q=0.%d", i+1)); got != "fr" {
			t.Fatal(got)
		}
	}
}

func BenchmarkText(b *testing.B) {
	_, w := declare()
	changed := object.NewTexts(1, map[string]object.Text{labels + ".title": {"en": "x", "fr": "y"}})
	for name, texts := range map[string]*object.Texts{"unchanged": nil, "changed": changed} {
		b.Run(name, func(b *testing.B) {
			f := &object.Frame{Context: ctx, Exec: &object.Execution{Language: "fr", Texts: texts}}
			b.ReportAllocs()
			for b.Loop() {
				_ = w.Title.In(f)
			}
		})
	}
}

func BenchmarkSpeech(b *testing.B) {
	s := text.NewSpeech("en", "fr", "de")
	b.ReportAllocs()
	for b.Loop() {
		_ = s.Match("fr-CH,fr;q=0.9,en;q=0.8,de;q=0.7")
	}
}
