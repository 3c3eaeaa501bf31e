package ui_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/ui"
)

func ctx(lang, zone string) *ui.Ctx {
	exec := &object.Execution{User: &object.User{Name: "ana", TimeZone: zone}, Language: lang}
	return ui.NewCtx(&object.Frame{Context: context.Background(), Exec: exec}, ui.Request{HTTP: httptest.NewRequest("GET", "/shop/x", nil)})
}

func TestFormat(t *testing.T) {
	at := time.Date(2026, 3, 1, 23, 5, 0, 0, time.UTC)
	en, fr, de, es := ctx("en", ""), ctx("fr-CH", "Europe/Paris"), ctx("de", "America/New_York"), ctx("es", "")
	for _, tt := range []struct{ got, want string }{
		{en.Int(1234567), "1,234,567"},
		{en.Int(-999), "-999"},
		{fr.Int(1234567), "1\u202f234\u202f567"},
		{de.Int(12345), "12.345"},
		{en.Number(1234.5, 2), "1,234.50"},
		{de.Number(decimal.RequireFromString("-1234.5"), 2), "-1.234,50"},
		{fr.Number(decimal.RequireFromString("0.1"), 3), "0,100"},
		{en.Number(7, 2), "7.00"},
		{en.Percent(12.34, 1), "12.3%"},
		{fr.Percent(12.34, 1), "12,3\u202f%"},
		{en.Date(at), "1 Mar 2026"},
		{en.Time(at), "1 Mar 2026, 23:05"},
		{fr.Time(at), "2 mars 2026, 00:05"},
		{de.Time(at), "1. März 2026, 18:05"},
		{es.Time(at), "1 Mar 2026, 23:05"},
		{en.Time(time.Time{}), ""},
		{fr.T("save"), "Enregistrer"},
		{es.T("save"), "Save"},
		{en.T("no such key"), "no such key"},
		{en.Month(13), ""},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestParseNumber(t *testing.T) {
	for _, tt := range []struct{ lang, text, want string }{
		{"en", "1,234.50", "1234.50"},
		{"en", "1234.5", "1234.5"},
		{"en", ".5", "0.5"},
		{"en", "1,5", ""}, // a European half: not fifteen
		{"en", "1.2.3", ""},
		{"en", "12a", ""},
		{"en", "-7", "-7"},
		{"en", "−7", "-7"},
		{"en", "1e3", ""},
		{"en", "", ""},
		{"en", "-", ""},
		{"de", "1.234,5", "1234.5"},
		{"de", "1.234", "1234"},
		{"de", "12.5", "12.5"}, // no group has one digit
		{"de", "1,5", "1.5"},
		{"de", "1,234.5", ""},
		{"fr", "1 234,5", "1234.5"},
		{"fr", "1\u202f234,5", "1234.5"},
		{"fr", "12.5", "12.5"},
		{"fr", "1.234,5", ""},
	} {
		got, ok := ui.ParseNumber(tt.lang, tt.text)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s %q is read as %q, %v; want %q", tt.lang, tt.text, got, ok, tt.want)
		}
	}
}

// What a form or a page shows of a number is read back as the same number.
func TestNumberRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plain := decimal.New(rapid.Int64Range(-1e15, 1e15).Draw(t, "units"), -int32(rapid.IntRange(0, 4).Draw(t, "scale"))).String()
		lang := rapid.SampledFrom([]string{"en", "fr", "de"}).Draw(t, "lang")
		grouped := rapid.Bool().Draw(t, "grouped")
		shown := ui.FormatNumber(lang, plain, grouped)
		if got, ok := ui.ParseNumber(lang, shown); !ok || got != plain {
			if lang == "de" && !grouped && strings.Count(shown, ",") == 0 {
				t.Fatalf("%s %s", shown, got)
			}
			t.Fatalf("%q in %s shows as %q, which is read as %q, %v", plain, lang, shown, got, ok)
		}
	})
}

func TestURLs(t *testing.T) {
	for _, tt := range []struct{ in, href, redirect string }{
		{"/crm/customers?q=a", "/crm/customers?q=a", "/crm/customers?q=a"},
		{"?q=a:b", "?q=a:b", "/"},
		{"#top", "#top", "/"},
		{"https://example.com/a", "https://example.com/a", "/"},
		{"MAILTO:a@b.c", "MAILTO:a@b.c", "/"},
		{"javascript:alert(1)", "#", "/"},
		{"JavaScript:alert(1)", "#", "/"},
		{" java\nscript:alert(1)", "#", "/"},
		{"\x01javascript:alert(1)", "#", "/"},
		{"data:text/html,x", "#", "/"},
		{"vbscript:x", "#", "/"},
		{"//evil.example", "//evil.example", "/"},
		{"/\\evil.example", "/\\evil.example", "/"},
		{"", "", "/"},
	} {
		if got := ui.SafeURL(tt.in); got != tt.href {
			t.Errorf("Href(%q) is %q, want %q", tt.in, got, tt.href)
		}
		if got := ui.LocalURL(tt.in); got != tt.redirect {
			t.Errorf("a redirect to %q goes to %q, want %q", tt.in, got, tt.redirect)
		}
	}
}

// Whatever an app's theme, text keeps the contrast of WCAG AA.
func TestThemeContrast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		theme := ui.Theme{Hue: rapid.Float64Range(-720, 720).Draw(t, "hue"), Chroma: rapid.Float64Range(0, 1).Draw(t, "chroma"), Radius: rapid.IntRange(-5, 50).Draw(t, "radius")}
		light, dark := theme.Contrasts()
		if light < 4.5 || dark < 4.5 {
			t.Fatalf("%+v: %.2f on light, %.2f on dark", theme, light, dark)
		}
	})
}

func ExampleHref() {
	var b strings.Builder
	_ = ui.Href("javascript:alert(1)").Render(&b)
	_ = ui.Href("/crm/customers").Render(&b)
	fmt.Println(b.String())
	// Output: href="#" href="/crm/customers"
}

func ExampleKV() {
	_ = ui.KV(ui.Pair{"Tier", ui.Badge("Gold", ui.OK)}, ui.Pair{"City", ui.Text("Lyon")}).Render(printer{})
	// Output: <dl class="kv"><div><dt>Tier</dt><dd><span class="badge ok">Gold</span></dd></div><div><dt>City</dt><dd>Lyon</dd></div></dl>
}

type printer struct{}

func (printer) Write(p []byte) (int, error) { return fmt.Print(string(p)) }
