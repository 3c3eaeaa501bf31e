package ui_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/ui"
)

func httpGet(address string) *http.Request    { return httptest.NewRequest("GET", address, nil) }
func newRecorder() *httptest.ResponseRecorder { return httptest.NewRecorder() }

type (
	broken   struct{ appos.Returns[ui.Node] }
	Lost     struct{ appos.Returns[ui.Node] }
	Upper    struct{ appos.Returns[ui.Node] }
	Stranger struct{ Name string }
)

type (
	First struct {
		appos.Returns[ui.Node]
		A string
	}
	Second struct {
		appos.Returns[ui.Node]
		B string
	}
	Third struct {
		appos.Returns[ui.Node]
		A string
	}
)

func TestCheckOverlaps(t *testing.T) {
	app := appos.NewApp("crm", nil)
	appos.Record[Region](app, appos.CRUD{})
	ui.Page(app, "/x/{a}", nil, draw[First])
	ui.Page(app, "/x/{b}", nil, draw[Second])
	ui.Page(app, "/{a}/new", nil, draw[Third]) // /regions/new fits, and so does /regions/{id}
	reg, _ := object.NewRegistry(app.Descriptor())
	var all []string
	for _, f := range ui.Check(reg) {
		all = append(all, f.String())
	}
	wants(t, strings.Join(all, "\n"), `crm.pages.second: the route "/x/{b}"`, `crm.pages.third: the route "/{a}/new" answers addresses that "/regions/{id}"`)
	lacks(t, strings.Join(all, "\n"), `"/regions/new" of`)
}

func draw[In any](*ui.Ctx, In) (ui.Node, error) { return nil, nil }

func TestCheck(t *testing.T) {
	app := appos.NewApp("faulty", nil)
	ui.Page(app, "/a/{customer}", nil, draw[Lost])
	ui.Page(app, "/Upper", nil, draw[Upper])
	ui.Interface(app, draw[broken])
	ui.Extend(app, func(*ui.Ctx, *ui.Table[Stranger]) {})
	ui.Site(app, nil, Dashboard{},
		ui.Nav{Icon: "no-such-icon", To: Lost{}},
		ui.Nav{Label: appos.Text{"en": "Nowhere"}},
		ui.Nav{List: ui.ListOf[Stranger]()})
	reg, _ := object.NewRegistry(app.Descriptor())
	var all []string
	for _, f := range ui.Check(reg) {
		all = append(all, f.String())
	}
	got := strings.Join(all, "\n")
	wants(t, got,
		`the wildcard "customer" of the route "/a/{customer}" is no field of ui_test.Lost; it has no fields`,
		`the segment "Upper"`,
		`the icon "no-such-icon"`,
		`the entry "Nowhere" of the menu leads nowhere`,
		`ui_test.Stranger, which is not declared as a record`,
		`ui_test.Dashboard, which is not the message of a page`,
		"check_test.go:")
	if faults := ui.Check(newFake(t).reg); len(faults) > 0 {
		t.Errorf("a sound app has the faults %v", faults)
	}
}

// A declared page takes the place of the derived screen at its route, whatever
// its wildcards are called.
func TestRoutesReplace(t *testing.T) {
	app := appos.NewApp("crm", nil)
	appos.Record[Region](app, appos.CRUD{})
	ui.Page(app, "/regions/{customer}", nil, draw[Report])
	reg, _ := object.NewRegistry(app.Descriptor())
	got := map[string]string{}
	for _, r := range ui.Routes(reg, app.Descriptor()) {
		if _, twice := got[r.Path]; twice {
			t.Errorf("%s is routed twice", r.Path)
		}
		got[r.Path] = r.Derived
	}
	for path, derived := range map[string]string{
		"/regions": "list", "/regions/new": "create", "/regions/{id}/edit": "edit", "/regions/{id}/delete": "delete", "/regions/{customer}": "", "/": "home", "/_palette": "palette",
	} {
		if d, ok := got[path]; !ok || d != derived {
			t.Errorf("%s is derived as %q, %v; want %q", path, d, ok, derived)
		}
	}
	if _, ok := got["/regions/{id}"]; ok {
		t.Error("the derived view stands beside the page that replaces it")
	}
}

func TestInterfaceOutsideOfScreens(t *testing.T) {
	f := newFake(t)
	exec := &object.Execution{Runtime: f, User: &object.User{Name: "ana"}}
	_, err := f.Call(&object.Frame{Context: t.Context(), Exec: exec}, Welcome{})
	if err == nil || !strings.Contains(err.Error(), "drawn on screens only") {
		t.Errorf("an interface called from a rule is answered with %v", err)
	}
}

// Only one file knows the library that swaps parts of pages.
func TestOneFileKnowsHtmx(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if name != "hx.go" && !strings.HasSuffix(name, "_test.go") && regexp.MustCompile(`"(hx-|HX-)`).Match(b) {
			t.Errorf("%s names htmx attributes or headers; hx.go is the place", name)
		}
	}
}
