package wording_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/wording"
)

func TestPhrasesAreComplete(t *testing.T) {
	blanks := regexp.MustCompile(`\{[a-z]*\}`)
	check := func(p wording.Phrase) {
		t.Helper()
		want := blanks.FindAllString(p[0], -1)
		for i, lang := range wording.Languages {
			if got := blanks.FindAllString(p[i], -1); strings.TrimSpace(p[i]) == "" || !slices.Equal(got, want) {
				t.Errorf("%q has the blanks %v in %q: %q", p[0], got, lang, p[i])
			}
		}
	}
	for _, p := range wording.Rules {
		check(p)
	}
	seen := map[string]bool{}
	for _, p := range wording.Texts {
		check(p)
		if seen[p[0]] {
			t.Errorf("%q is there twice", p[0])
		}
		seen[p[0]] = true
		// what stands earlier in the table must not be taken for it
		text := strings.ReplaceAll(p[0], "{}", "9")
		if got, want := wording.Say("de", text), strings.ReplaceAll(p[2], "{}", "9"); got != want {
			t.Errorf("%q is said as %q, want %q", text, got, want)
		}
	}
}

func TestFault(t *testing.T) {
	for _, tt := range []struct {
		lang string
		f    object.FieldError
		want string
	}{
		{"fr", object.FieldError{Rule: "required", Message: "is required"}, "Saisissez une valeur"},
		{"fr-CH", object.FieldError{Rule: "max", Param: "40", Of: "text"}, "Au plus 40 caractères"},
		{"de", object.FieldError{Rule: "max", Param: "40", Of: "list"}, "Höchstens 40 Einträge"},
		{"de_AT", object.FieldError{Rule: "max", Param: "40"}, "Höchstens 40"},
		{"de", object.FieldError{Rule: "max", Message: "has more than 8 fields"}, "Has more than 8 fields"},
		{"en", object.FieldError{Rule: "oneof", Param: "a 'b c'"}, "Choose one of a, b c"},
		{"fr", object.FieldError{Rule: "check", Param: "shipped_after_placed"}, "Ne respecte pas la règle « Shipped after placed »"},
		{"fr", object.FieldError{Rule: "gtfield", Param: "since", Of: "time"}, "Après since"},
		{"fr", object.FieldError{Rule: "type", Message: "must be a whole number"}, "Doit être un nombre entier"},
		{"de", object.FieldError{Rule: "unknown", Message: `is not an input; did you mean "name"?`}, `Ist keine Eingabe; meinten Sie "name"?`},
		{"it", object.FieldError{Rule: "type", Message: "must be a whole number"}, "Must be a whole number"},
		{"fr", object.FieldError{Rule: "polite", Message: "is not polite"}, "Is not polite"},
		{"fr", object.FieldError{Rule: "max", Param: "{n}{name}", Of: "text"}, "Au plus {n}{name} caractères"},
	} {
		if got := wording.Fault(tt.lang, tt.f); got != tt.want {
			t.Errorf("%s %+v: %q, want %q", tt.lang, tt.f, got, tt.want)
		}
	}
}

func TestSay(t *testing.T) {
	for english, want := range map[string]string{
		"":                                      "",
		"there is nothing at /api/x":            "il n’y a rien à l’adresse /api/x",
		"sign in first: you may not view crm.a": "connectez-vous d’abord : vous ne pouvez pas consulter crm.a",
		"no customer with id 7":                 "il n’existe pas de customer avec l’id 7",
		"of an app":                             "of an app",
		"there is nothing at ":                  "there is nothing at ",
		"there is nothing at {}":                "il n’y a rien à l’adresse {}",
		"sign in first: " + strings.Repeat("sign in first: ", 2000): "sign in first: " + strings.Repeat("sign in first: ", 2000),
	} {
		if got := wording.Say("fr", english); got != want {
			t.Errorf("%.60q: %q, want %q", english, got, want)
		}
		if got := wording.Say("en", english); got != english {
			t.Errorf("in English: %q", got)
		}
	}
}
