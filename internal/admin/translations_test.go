package admin_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/text"
	"github.com/apposengine/appos/ui"
)

const (
	labelsRef = "shop.translation_sets.labels"
	labelsAt  = "/admin/translations/" + labelsRef
)

// says is what a text of the shop is in a language.
func (e *env) says(key, language string) text.Said {
	return e.Texts.In(e.Engine.Registry().ByRef(labelsRef), key, language)
}

func TestTranslations(t *testing.T) {
	e := open(t)
	e.get("/admin/translations").has(t, labelsRef, "en, fr", "Missing")
	e.get(labelsAt).has(t, "1 text missing in fr", "welcome", "Missing", "Accueil", "Declared")
	e.get(labelsAt+"?state=Missing").lacks(t, "Accueil")
	e.get(labelsAt+"?q=accu").has(t, "Accueil")
	e.get(labelsAt+"?q=accu").lacks(t, "Missing Declared")

	const hostile = `<b onclick="x()">Bienvenue</b>`
	at := labelsAt + "/welcome?language=fr"
	if p := e.post(at, save("text", hostile, "version", "0")...); p.location != at {
		t.Fatalf("on to %q, status %d, %v", p.location, p.status, p.err)
	}
	for _, path := range []string{at, labelsAt, labelsAt + "?view=history", "/admin/audit"} {
		if body := e.get(path).body; strings.Contains(body, "<b onclick") {
			t.Errorf("%s has the tag", path)
		}
	}
	if got := labels.Welcome.In(e.in("fr")); got != hostile {
		t.Errorf("apps say %q", got)
	}
	if p := e.post(at, save("text", "Salut", "version", "0")...); p.status != 422 || !strings.Contains(p.text(), `Admin has changed the text in "fr"`) {
		t.Errorf("a stale form: %d %s", p.status, p.text())
	}
	for said, want := range map[string]string{"": "Must not be empty", "a\u202eb": "U+202E", "{who}": "has the blank {who}"} {
		version := fmt.Sprint(e.says("welcome", "fr").Version)
		if p := e.post(at, save("text", said, "version", version)...); p.status != 422 || !strings.Contains(strings.ToLower(p.text()), strings.ToLower(want)) && said != "" {
			t.Errorf("%q: %d, want %q in %s", said, p.status, want, p.text())
		}
	}

	// a language that nobody has yet
	e.get(labelsAt+"?language=PT-br").has(t, "pt-BR (new)", "2 texts missing in pt-BR")
	if p := e.post(labelsAt+"/home?language=pt-BR", save("text", "Início", "version", "0")...); p.location == "" || labels.Home.In(e.in("pt-BR")) != "Início" {
		t.Errorf("a new language: %d %v", p.status, p.err)
	}
	e.get("/admin/translations").has(t, "en, fr, pt-BR")
	e.get(labelsAt).has(t, "pt-BR")

	// reset and restore
	e.get(labelsAt+"/welcome?language=fr").has(t, "Reset", "Changed", "as the code says", "admin")
	if p := e.post(at, "_do", "reset", "key", "welcome", "language", "fr"); p.toasts[0].Tone != ui.OK || e.says("welcome", "fr").Changed() {
		t.Errorf("reset: %v", p.toasts)
	}
	if p := e.post(labelsAt+"?view=history", "_do", "restore", "key", "welcome", "language", "fr", "text", "Bienvenue"); p.toasts[0].Tone != ui.OK || e.says("welcome", "fr").Text != "Bienvenue" {
		t.Errorf("restore: %v", p.toasts)
	}
	for _, path := range []string{"/admin/translations/none", labelsAt + "/none", labelsAt + "?language=und", labelsAt + "/home?language=<x>", labelsAt + "?view=none", "/admin/translations/shop.rules.price"} {
		if p := e.request("admin", "GET", path, nil); p.status != 404 {
			t.Errorf("%s: %d", path, p.status)
		}
	}
	if p := e.request("ana", "POST", at, fields(save("text", "x", "version", "0")...)); p.status != 403 {
		t.Errorf("somebody else: %d", p.status)
	}
}

// in is a context of the administrator in a language, as of now.
func (e *env) in(language string) context.Context {
	u, err := e.Security.UserNamed(context.Background(), "admin")
	if err != nil {
		e.t.Fatal(err)
	}
	return e.Engine.Begin(context.Background(), u, language)
}

func TestTranslationFiles(t *testing.T) {
	e := open(t)
	p := e.get(labelsAt + "?view=export")
	if p.body != "\uFEFFkey,en,fr\nhome,Home,Accueil\nwelcome,Welcome,\n" {
		t.Fatalf("the file is %q", p.body)
	}
	at := labelsAt + "?view=import"
	for name, tt := range map[string]struct{ csv, want string }{
		"nothing":       {"", "First line"},
		"no key":        {"en,fr\na,b\n", "First line"},
		"a long line":   {"key,fr\nhome,a,b\n", "wrong number of fields"},
		"twice":         {"key,fr\nhome,a\nhome,b\n", "line 3 has the key"},
		"two columns":   {"key,fr,fr\nhome,a,b\n", "two columns"},
		"unknown key":   {"key,fr\nhome,Chez nous\nhouse,x\n", "is not in the set"},
		"no language":   {"key,klingonese!\nhome,x\n", "language tag"},
		"a lost blank":  {"key,fr\nhome,{name}\n", "has the blank {name}"},
		"bare quote":    {"key,fr\nhome,a\"b\n", "Cannot be read"},
		"bidi override": {"key,fr\nhome,a\u202eb\n", "U+202E"},
	} {
		p := e.post(at, save("csv", tt.csv)...)
		if p.status != 422 || !strings.Contains(strings.ToLower(p.text()), strings.ToLower(tt.want)) && !strings.Contains(strings.ToLower(p.body), strings.ToLower(tt.want)) {
			t.Errorf("%s: %d, want %q in %s", name, p.status, tt.want, p.text())
		}
	}
	if e.says("home", "fr").Changed() {
		t.Error("a file with mistakes changed something")
	}
	// as a spreadsheet sends it, with a guarded formula and an empty cell
	if p := e.post(at, save("csv", "\uFEFFkey\ten\tfr\tit\r\nhome\tHome\t\t'=Casa\r\nwelcome\tWelcome\tBienvenue\t\r\n")...); p.location != labelsAt {
		t.Fatalf("on to %q: %d %s", p.location, p.status, p.text())
	}
	if e.says("home", "fr").Text != "Accueil" || e.says("home", "it").Text != "=Casa" || e.says("welcome", "fr").Text != "Bienvenue" || e.says("home", "en").Changed() {
		t.Errorf("%+v %+v %+v", e.says("home", "fr"), e.says("home", "it"), e.says("welcome", "fr"))
	}
	if p := e.get(labelsAt + "?view=export"); !strings.Contains(p.body, "home,Home,Accueil,'=Casa\n") {
		t.Errorf("the file is %q", p.body)
	}
}

// A set of 2,000 texts is shown in pages, and an app without sets is no trouble.
func TestManyTranslations(t *testing.T) {
	tr := &object.Translations{Texts: map[string]object.Text{}}
	for i := range 2000 {
		key := fmt.Sprintf("text_%04d", i)
		tr.Keys = append(tr.Keys, key)
		tr.Texts[key] = object.Text{"en": fmt.Sprintf("Text %d", i)}.Named(object.TextName("big.translation_sets.words", key))
	}
	app := appos.NewApp("big", nil)
	appos.Declare(app, object.Object{Kind: object.KindTranslationSet, Translations: tr}, "words")
	e := open(t, app, appos.NewApp("empty", nil))
	const at = "/admin/translations/big.translation_sets.words"
	p := e.get(at + "?language=de")
	p.has(t, "2000 texts missing in de", "text_0024", "2,000")
	p.lacks(t, "text_0025")
	e.get(at+"?language=de&q=1999").has(t, "text_1999")
	var file strings.Builder
	file.WriteString("key,de\n")
	for i := range 2000 {
		fmt.Fprintf(&file, "text_%04d,Wort %d\n", i, i)
	}
	if p := e.post(at+"?view=import", save("csv", file.String())...); p.status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.status, p.text())
	}
	e.get(at+"?language=de").has(t, "Wort 24", "Changed")
	e.get(at+"?view=history").has(t, "text_1999", "Wort 1999")
	e.get("/admin/translations").has(t, "2,000")
}
