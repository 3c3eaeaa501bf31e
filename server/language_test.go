package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/config"
	"github.com/apposengine/appos/internal/store/storetest"
	"github.com/apposengine/appos/platform"
	"github.com/apposengine/appos/server"
	"github.com/apposengine/appos/ui"
)

// tavern is an app that speaks English, French and, once an administrator has
// said so, Italian.
func tavern() *appos.App {
	app := appos.NewApp("tavern", []byte("app:\n  name: Tavern\n  groups: [guests]\n  language: fr\n"))
	words := appos.Translations(app, "words", struct{ Hello, CheckSober, Closed, Guest appos.Text }{
		Hello:      appos.Text{"en": "Hello, {name}", "fr": "Bonjour, {name}"},
		CheckSober: appos.Text{"en": "Guests are sober", "fr": "Les clients sont sobres"},
		Closed:     appos.Text{"en": "We are closed", "fr": "C’est fermé"},
		Guest:      appos.Text{"en": "Guest", "fr": "Client"},
	})
	price := appos.Constant(app, "price", 3).Validate("gte=1").Allow("guests")
	appos.Record[Guest](app, appos.CRUD{View: appos.Allow("guests"), Create: appos.Allow("guests")}, appos.Check("sober", "drinks <= 9"))
	appos.Rule(app, func(ctx context.Context, in Greet) (Greeted, error) {
		if in.Name == "nobody" {
			return Greeted{}, appos.Errorf(appos.Conflict, "%s", words.Closed.In(ctx))
		}
		return Greeted{Text: words.Hello.In(ctx, "name", in.Name), Price: price.Get(ctx)}, nil
	}, appos.Allow("guests"), appos.CacheFor(time.Hour))
	appos.WebAPI[Greet](app, "GET /v1/greeting", appos.Allow("guests"))
	ui.Page(app, "/board", words.Hello, func(c *ui.Ctx, _ Board) (ui.Node, error) {
		return ui.Screen(c, words.Hello.In(c, "name", "you")), nil
	}, appos.Allow("guests", "public_access"))
	return app
}

type (
	Guest struct {
		appos.Entity[Guest]

		Name   string `validate:"required,max=10" appos:"display"`
		Drinks int    `validate:"gte=0"`
	}
	Greet struct {
		appos.Returns[Greeted]

		Name string `validate:"required"`
	}
	Greeted struct {
		Text  string
		Price int
	}
	Board struct{ appos.Returns[ui.Node] }
)

// openTavern opens a server on the database with the URL. It returns what it
// answers to a guest and to nobody, and the context of the platform itself.
func openTavern(t *testing.T, url string) (guest, nobody *site, system context.Context) {
	guest, nobody, as := openTavernAs(t, url)
	return guest, nobody, as("system")
}

func openTavernAs(t *testing.T, url string) (guest, nobody *site, as func(user string) context.Context) {
	t.Helper()
	cfg := config.Default()
	cfg.Platform.Data = t.TempDir()
	cfg.Database.URL = config.NewSecret(url)
	cfg.AdminPassword = config.NewSecret(password)
	s, err := server.Open(t.Context(), cfg, tavern())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	as = func(user string) context.Context {
		ctx, err := s.As(t.Context(), user)
		if err != nil {
			t.Fatal(err)
		}
		return ctx
	}
	nobody = &site{h: s.Handler()}
	if _, err := appos.Call(as("system"), platform.CreateUser{Name: "gus", Password: password, Groups: []string{"guests"}}); err != nil {
		t.Fatal(err)
	}
	w := nobody.do("POST", "/api/auth/token", `{"username":"gus","password":"`+password+`"}`)
	var token struct{ Token string }
	if err := json.Unmarshal(w.Body.Bytes(), &token); err != nil {
		t.Fatal(err, w.Body)
	}
	return nobody.as(token.Token), nobody, as
}

func vary(w *httptest.ResponseRecorder) []string {
	return strings.Split(strings.Join(w.Header().Values("Vary"), ", "), ", ")
}

func TestAcceptLanguage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		guest, nobody, system := openTavern(t, url)
		for _, tt := range []struct {
			at                         *site
			method, path, body, accept string
			language                   string // Content-Language
			want                       string // part of the answer
		}{
			{guest, "GET", "/api/tavern/v1/greeting?name=Gus", "", "", "fr", `"Bonjour, Gus"`},
			{guest, "GET", "/api/tavern/v1/greeting?name=Gus", "", "en-GB, fr;q=0.5", "en", `"Hello, Gus"`},
			{guest, "GET", "/api/tavern/v1/greeting?name=Gus", "", "de, en;q=0.1", "en", `"Hello, Gus"`},
			{guest, "GET", "/api/tavern/v1/greeting?name=Gus", "", "it", "fr", `"Bonjour, Gus"`},
			{guest, "GET", "/api/tavern/v1/greeting?name=Gus", "", "\x7f;;q=,,", "fr", `"Bonjour, Gus"`},
			{guest, "GET", "/api/tavern/v1/greeting?name=Gus", "", strings.Repeat("en,", 40_000), "fr", `"Bonjour, Gus"`},
			{guest, "GET", "/api/tavern/v1/greeting?name=nobody", "", "fr", "fr", `"detail":"C’est fermé"`},
			{guest, "GET", "/api/tavern/v1/greeting", "", "fr", "fr", `"rule":"required","message":"Saisissez une valeur"`},
			{guest, "GET", "/api/tavern/v1/greeting", "", "en", "en", `"rule":"required","message":"is required"`},
			{guest, "POST", "/api/tavern/guests", `{"name":"Maximiliane Ottilie"}`, "fr-CH", "fr", `"message":"Au plus 10 caractères"`},
			{guest, "POST", "/api/tavern/guests", `{"name":"Max","drinks":"many"}`, "fr", "fr", `"message":"Doit être un nombre entier"`},
			{guest, "POST", "/api/tavern/guests", `{"name":"Max","drinks":12}`, "fr", "fr", `"message":"Les clients sont sobres"`},
			{guest, "POST", "/api/tavern/guests", `{"name":"Max","drinks":12}`, "en", "en", `"message":"Guests are sober"`},
			{guest, "GET", "/api/tavern/guests/7", "", "fr", "fr", `"title":"Introuvable"`},
			{guest, "GET", "/api/nowhere", "", "de", "de", `"detail":"unter /api/nowhere gibt es nichts"`},
			{nobody, "GET", "/api/tavern/guests", "", "fr", "fr", `"detail":"connectez-vous d’abord : vous ne pouvez pas consulter tavern.records.guest"`},
			{nobody, "GET", "/tavern/board", "", "en", "en", `<html lang="en"`},
			{nobody, "GET", "/tavern/board", "", "de", "fr", `<html lang="fr"`},
			{nobody, "GET", "/sign-in", "", "de", "de", `<html lang="de"`},
		} {
			headers := []string{"Accept-Language", tt.accept}
			if tt.at == nobody {
				headers = append(headers, "Authorization", "")
			}
			w := tt.at.request(tt.method, tt.path, tt.body, headers...)
			if body := w.Body.String(); !strings.Contains(body, tt.want) || w.Header().Get("Content-Language") != tt.language || !slices.Contains(vary(w), "Accept-Language") {
				t.Errorf("%s %s in %.30q = %d in %q, vary %q, want %q in %q: %.400s", tt.method, tt.path, tt.accept, w.Code, w.Header().Get("Content-Language"), w.Header().Values("Vary"), tt.want, tt.language, body)
			}
		}
		// rows are the same in every language
		if w := guest.request("GET", "/api/tavern/guests", "", "Accept-Language", "fr"); w.Code != 200 || w.Header().Get("Content-Language") != "" {
			t.Errorf("a list = %d in %q", w.Code, w.Header().Get("Content-Language"))
		}
		// codes and rules are not translated
		w := guest.request("POST", "/api/tavern/guests", `{"name":""}`, "Accept-Language", "fr")
		if body := w.Body.String(); !strings.Contains(body, `"code":"invalid"`) || !strings.Contains(body, `"rule":"required"`) || !strings.Contains(body, `"field":"name"`) {
			t.Errorf("a problem in French: %s", body)
		}
		// the user's own language goes before the browser's
		french := "fr"
		if _, err := appos.Call(system, platform.UpdateUser{User: "gus", Language: &french}); err != nil {
			t.Fatal(err)
		}
		if w := guest.request("GET", "/api/tavern/v1/greeting?name=Gus", "", "Accept-Language", "en"); !strings.Contains(w.Body.String(), "Bonjour") {
			t.Errorf("the user's language: %s", w.Body)
		}
	})
}

// TestChangedWhileRunning changes a text and a constant; a rule whose answers are
// kept says so at once.
func TestChangedWhileRunning(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		guest, nobody, system := openTavern(t, url)
		const set = "tavern.translation_sets.words"
		get := func(accept string) string {
			w := guest.request("GET", "/api/tavern/v1/greeting?name=Gus", "", "Accept-Language", accept)
			return w.Header().Get("Content-Language") + " " + compact(w.Body.String())
		}
		if got := get("it"); got != `fr {"text":"Bonjour, Gus","price":3}` {
			t.Errorf("before: %s", got)
		}
		for _, m := range []appos.Callable[appos.None]{
			platform.SetTranslation{Set: set, Key: "hello", Language: "it", Text: "Ciao, {name}!"},
			platform.SetConstant{Constant: "tavern.constants.price", Value: "5"},
		} {
			if _, err := appos.Call(system, m); err != nil {
				t.Fatal(err)
			}
		}
		if got := get("it"); got != `it {"text":"Ciao, Gus!","price":5}` {
			t.Errorf("after: %s", got)
		}
		if body := nobody.request("GET", "/tavern/board", "", "Accept-Language", "it", "Authorization", "").Body.String(); !strings.Contains(body, "Ciao, you!") || !strings.Contains(body, `<html lang="it"`) {
			t.Errorf("the page: %.500s", body)
		}
		// a problem in a language that the platform does not speak says so
		w := guest.request("GET", "/api/tavern/v1/greeting", "", "Accept-Language", "it")
		if got := w.Header().Get("Content-Language"); got != "en, it" || !strings.Contains(w.Body.String(), `"is required"`) {
			t.Errorf("a problem in %q: %s", got, w.Body)
		}
		done, err := appos.Call(system, platform.ImportTranslations{Set: set, Texts: map[string]map[string]string{"hello": {"en": "Hi, {name}", "it": ""}}})
		if err != nil || done.Changed != 1 || !strings.Contains(get("en"), "Hi, Gus") {
			t.Errorf("import: %+v, %v, %s", done, err, get("en"))
		}
		for _, m := range []appos.Callable[appos.None]{
			platform.ResetTranslation{Set: set, Key: "hello", Language: "it"},
			platform.ResetConstant{Constant: "tavern.constants.price"},
		} {
			if _, err := appos.Call(system, m); err != nil {
				t.Fatal(err)
			}
		}
		if got := get("it"); got != `fr {"text":"Bonjour, Gus","price":3}` {
			t.Errorf("reset: %s", got)
		}
	})
}

// Who may run the rule changes only what he may update.
func TestWhoMayChange(t *testing.T) {
	_, _, as := openTavernAs(t, storetest.URL(t))
	system := as("system")
	const price, set = "tavern.constants.price", "tavern.translation_sets.words"
	run := func(ctx context.Context, messages ...appos.Callable[appos.None]) {
		t.Helper()
		for _, m := range messages {
			if _, err := appos.Call(ctx, m); err != nil {
				t.Fatal(err)
			}
		}
	}
	run(system,
		platform.CreateGroup{Name: "owners"}, platform.AddUserToGroup{User: "gus", Group: "owners"},
		platform.SetPermissions{Ref: "platform.rules.set_constant", Grants: map[string][]string{"owners": {"use"}}},
		platform.SetPermissions{Ref: "platform.rules.reset_constant", Grants: map[string][]string{"owners": {"use"}}},
		platform.SetPermissions{Ref: "platform.rules.set_translation", Grants: map[string][]string{"owners": {"use"}}})
	gus := as("gus")
	for _, m := range []appos.Callable[appos.None]{
		platform.SetConstant{Constant: price, Value: "4"}, platform.ResetConstant{Constant: price},
		platform.SetTranslation{Set: set, Key: "closed", Language: "en", Text: "Closed"},
		platform.ResetTranslation{Set: set, Key: "closed", Language: "en"},
	} {
		if _, err := appos.Call(gus, m); !errors.Is(err, appos.Denied) {
			t.Errorf("%T without the permission: %v", m, err)
		}
	}
	run(system, platform.SetPermissions{Ref: price, Grants: map[string][]string{"owners": {"update"}}},
		platform.SetPermissions{Ref: set, Grants: map[string][]string{"owners": {"update"}}})
	run(gus, platform.SetConstant{Constant: price, Value: "4"}, platform.ResetConstant{Constant: price},
		platform.SetTranslation{Set: set, Key: "closed", Language: "en", Text: "Closed"})
	if _, err := appos.Call(gus, platform.SetConstant{Constant: price, Value: "0"}); !errors.Is(err, appos.Invalid) {
		t.Errorf("a value that breaks the rule: %v", err)
	}
	if _, err := appos.Call(gus, platform.ImportTranslations{Set: set}); !errors.Is(err, appos.Denied) {
		t.Errorf("a rule that he was not given: %v", err)
	}
}

// BenchmarkConstant reads a constant through the gate: as the code says it, and as
// the console has set it.
func BenchmarkConstant(b *testing.B) {
	cfg := config.Default()
	cfg.Platform.Data = b.TempDir()
	cfg.AdminPassword = config.NewSecret(password)
	app := appos.NewApp("tavern", []byte("app:\n  name: Tavern\n"))
	price := appos.Constant(app, "price", 3.5).Allow("system_admin")
	s, err := server.Open(b.Context(), cfg, app)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	ctx, err := s.As(b.Context(), "system")
	if err != nil {
		b.Fatal(err)
	}
	read := func(b *testing.B, want float64) {
		b.ReportAllocs()
		for b.Loop() {
			if price.Get(ctx) != want {
				b.Fatal("wrong")
			}
		}
	}
	b.Run("declared", func(b *testing.B) { read(b, 3.5) })
	if _, err := appos.Call(ctx, platform.SetConstant{Constant: "tavern.constants.price", Value: "4.5"}); err != nil {
		b.Fatal(err)
	}
	b.Run("set", func(b *testing.B) { read(b, 4.5) })
}
