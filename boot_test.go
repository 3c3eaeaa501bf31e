package appos_test

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/appostest"
	"github.com/apposengine/appos/internal/engine"
)

type (
	Broken struct {
		appos.Entity[Broken]

		Name   string             `appos:"defualt=x"`
		Price  float64            `appos:"search"`
		Other  appos.ID[Unknown]  `validate:"required"`
		Fn     func()             //
		Size   int                `validate:"nonsense=3"`
		Amount int                `appos:"scale=3"`
		Rest   appos.Many[Broken] `appos:"by=Nothing"`
		Token  string             `appos:"sensitive,unique"`
		PIN    int                `appos:"hidden,index"`
		Paper  appos.File         `appos:"sensitive"`
	}
	Unknown struct{ appos.Entity[Unknown] }
	NotOne  struct{ Name string }

	Twice struct{ appos.Returns[appos.None] }
)

// TestBootReportsAllFaults declares much that is wrong; the golden file has what
// boot says of it.
func TestBootReportsAllFaults(t *testing.T) {
	app := appos.NewApp("wrong", []byte("app:\n  nme: Wrong\n  groups: [Staff]\n"))
	appos.Record[Broken](app, appos.CRUD{View: appos.Allow("staff")}, appos.Check("pin_is_long", "pin >= 1000"),
		appos.Unique(func(b *Broken) []any { return []any{&b.Name, &b.PIN} }))
	appos.Record[NotOne](app, appos.CRUD{})
	appos.Rows(app, func(context.Context, *Unknown, *appos.Query) {})
	none := func(context.Context, Twice) (appos.None, error) { return appos.None{}, nil }
	appos.Rule(app, none)
	appos.Rule(app, none, appos.Named("again"))
	appos.Rule(app, none, appos.Named("Not A Name"))
	appos.Constant(app, "rate", 3.0, appos.In("prod", 0.5), appos.In("prod", 0.6)).Validate("lte=1")
	appos.Constant(app, "target", appos.Ref("wrong.rules.twise"))
	appos.Translations(app, "words", struct {
		Good, Bad appos.Text
		Odd       string
	}{Good: appos.Text{"en": "Good"}, Bad: appos.Text{"fr": "Mauvais"}})

	holdFaults(t, app, "testdata/faults.golden")
}

// holdFaults holds what boot says of an app to a golden file.
func holdFaults(t *testing.T, app *appos.App, golden string) {
	t.Helper()
	said := make(chan string, 1)
	rec := &recorder{TB: t, said: said}
	func() {
		defer func() { _ = recover() }()
		appostest.New(rec, app)
	}()
	var got string
	select {
	case got = <-said:
	default:
		t.Fatal("boot found nothing wrong")
	}
	// lines move; what they say does not
	got = regexp.MustCompile(`(\w+_test\.go):\d+`).ReplaceAllString(got, "$1:N")

	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(golden, []byte(got+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(got) != strings.TrimSpace(string(want)) {
		t.Errorf("boot says\n%s\n\nwant\n%s", got, want)
	}
}

func TestAppNames(t *testing.T) {
	for name, good := range map[string]bool{
		"crm": true, "crm_2": true, "a": true,
		"": false, "CRM": false, "c-r-m": false, "2crm": false, "c r m": false, "a/b": false, "../crm": false, strings.Repeat("a", 64): false,
	} {
		if faults := appos.NewApp(name, nil).Descriptor().Faults; (len(faults) == 0) != good {
			t.Errorf("the app name %q: faults %v", name, faults)
		}
	}
}

// recorder is a testing.TB whose Fatal tells what was said and unwinds.
type recorder struct {
	testing.TB
	said chan string
}

func (r *recorder) Helper() {}

func (r *recorder) Fatal(args ...any) {
	for _, a := range args {
		if faults, ok := a.(engine.Faults); ok {
			r.said <- faults.Error()
		}
	}
	panic("fatal")
}
