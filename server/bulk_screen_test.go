package server_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/store/storetest"
)

var hall = appos.NewApp("hall", []byte("app:\n  name: Hall\n  groups: [readers, writers]\n"))

type Rack struct {
	appos.Entity[Rack]

	Name string `validate:"required" appos:"display,unique"`
	Low  int
	High int `validate:"gtefield=Low"`
	Open bool
	Rent int `appos:"update=writers"`
}

var _ = appos.Record[Rack](hall, appos.CRUD{
	View: appos.Allow("readers", "writers"), Create: appos.Allow("writers"), Update: appos.Allow("readers", "writers"), Delete: appos.Allow("writers"),
}, appos.Audited)

type Choir struct {
	appos.Entity[Choir]

	Name string `appos:"display"`
	Sel  int    // called as the rows that a list selects
}

var _ = appos.Record[Choir](hall, appos.CRUD{
	View: appos.Allow("writers"), Create: appos.Allow("writers"), Update: appos.Allow("writers"), Delete: appos.Allow("writers"),
})

// The rows that are selected are not mistaken for the value that they get, nor the
// value for a row; a row that is selected twice is changed once.
func TestSelectionStaysApartFromTheFields(t *testing.T) {
	at, tokens := openDepotOf(t, hall, nil)
	api, writer := at.as(tokens["writer"]), &visitor{at.h, at.signIn(t, "writer")}
	for _, name := range []string{"A", "B", "C"} {
		if w := api.do("POST", "/api/hall/choirs", fmt.Sprintf(`{"name":%q,"sel":7}`, name)); w.Code != http.StatusCreated {
			t.Fatal(w.Code, w.Body)
		}
	}
	w := writer.do("POST", "/hall/choirs", url.Values{"_bulk": {"edit"}, "sel": {"3", "1", "3"}, "_field": {"sel"}})
	form := url.Values{"_submit": {"1"}}
	for _, input := range regexp.MustCompile(`<input type="hidden" name="(_[a-z]+)" value="([^"]*)">`).FindAllStringSubmatch(w.Body.String(), -1) {
		form.Add(input[1], input[2])
	}
	if !strings.Contains(w.Body.String(), "Change 2 rows") || !slices.Equal(form["_sel"], []string{"1", "3"}) {
		t.Fatalf("%v in %s", form, w.Body)
	}
	form["_field"], form["sel"] = []string{"sel"}, []string{"2"}
	if w := writer.do("POST", "/hall/choirs", form); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, w.Body)
	}
	if now := api.do("GET", "/api/hall/choirs?sort=id&fields=sel", "").Body.String(); !strings.Contains(now, `[{"id":1,"sel":2},{"id":2,"sel":7},{"id":3,"sel":2}]`) {
		t.Errorf("changed are %s", now)
	}
	// the page stays the list's when a row has gone meanwhile
	w = writer.do("POST", "/hall/choirs", url.Values{"_bulk": {"delete"}, "sel": {"1", "99"}, "_confirm": {"1"}})
	if body := w.Body.String(); w.Code != http.StatusConflict || !strings.Contains(body, "No choir with id 99") || !strings.Contains(body, "<li>A</li>") {
		t.Error(w.Code, body)
	}
	if w := writer.do("POST", "/hall/choirs", url.Values{"_bulk": {"delete"}, "sel": {"1", "1"}, "_confirm": {"1"}}); w.Code != http.StatusSeeOther {
		t.Error(w.Code, w.Body)
	}
}

var (
	farm = appos.NewApp("farm", []byte("app:\n  name: Farm\n  groups: [readers, writers]\n"))
	barn = appos.ConnectedSystem(farm, "barn", appos.Database{}, appos.Allow())
)

type Bale struct {
	appos.Entity[Bale]

	Name string `appos:"display,unique"`
	Size int    `validate:"max=9"`
}

var _ = appos.Record[Bale](farm, appos.CRUD{
	View: appos.Allow("writers"), Create: appos.Allow("writers"), Update: appos.Allow("writers"), Delete: appos.Allow("writers"),
}, appos.StoredIn(barn))

// Rows in the database of a connected system are changed together there.
func TestSelectedRowsOfAConnectedDatabase(t *testing.T) {
	t.Setenv("APPOS_FARM_BARN_URL", storetest.URL(t))
	at, tokens := openDepotOf(t, farm, nil)
	api, writer := at.as(tokens["writer"]), &visitor{at.h, at.signIn(t, "writer")}
	for _, name := range []string{"A", "B"} {
		if w := api.do("POST", "/api/farm/bales", fmt.Sprintf(`{"name":%q}`, name)); w.Code != http.StatusCreated {
			t.Fatal(w.Code, w.Body)
		}
	}
	change := func(want int, rows ...string) {
		t.Helper()
		w := writer.do("POST", "/farm/bales", url.Values{"_bulk": {"edit"}, "sel": rows, "_field": {"size"}, "_drawn": {"size"}, "size": {"5"}, "_submit": {"1"}})
		if w.Code != want {
			t.Error(w.Code, w.Body)
		}
	}
	sizes := func(want string) {
		t.Helper()
		if now := api.do("GET", "/api/farm/bales?sort=id&fields=size", "").Body.String(); !strings.Contains(now, want) {
			t.Errorf("the rows are %s", now)
		}
	}
	change(http.StatusUnprocessableEntity, "1", "2", "99")
	sizes(`[{"id":1,"size":0},{"id":2,"size":0}]`)
	change(http.StatusSeeOther, "1", "2")
	sizes(`[{"id":1,"size":5},{"id":2,"size":5}]`)
	if w := writer.do("POST", "/farm/bales", url.Values{"_bulk": {"delete"}, "sel": {"1", "2"}, "_confirm": {"1"}}); w.Code != http.StatusSeeOther {
		t.Error(w.Code, w.Body)
	}
	sizes(`"items":[]`)
}

// Selected rows get a value of one field, all or none, from those who may.
func TestBulkEditOnAList(t *testing.T) {
	at, tokens := openDepotOf(t, hall, nil)
	writers := at.as(tokens["writer"])
	for name, high := range map[string]int{"A": 10, "B": 3, "C": 20} {
		if w := writers.do("POST", "/api/hall/racks", fmt.Sprintf(`{"name":%q,"high":%d}`, name, high)); w.Code != http.StatusCreated {
			t.Fatal(w.Code, w.Body)
		}
	}
	writer, reader := &visitor{at.h, at.signIn(t, "writer")}, &visitor{at.h, at.signIn(t, "reader")}
	racks := func() string {
		return writers.do("GET", "/api/hall/racks?sort=name&fields=name,low,open,rent", "").Body.String()
	}
	before := racks()
	post := func(who *visitor, status int, texts []string, pairs ...string) string {
		t.Helper()
		form := url.Values{"_bulk": {"edit"}, "sel": {"1", "2", "3"}}
		for i := 0; i < len(pairs); i += 2 {
			form[pairs[i]] = []string{pairs[i+1]}
		}
		w := who.do("POST", "/hall/racks?sort=-name", form)
		if w.Code != status {
			t.Fatalf("%v: %d %s", pairs, w.Code, w.Body)
		}
		for _, text := range texts {
			if !strings.Contains(w.Body.String(), text) {
				t.Errorf("%v: no %q in %s", pairs, text, w.Body)
			}
		}
		return w.Body.String()
	}

	// which field, then which value
	page := post(writer, 200, []string{"Change 3 rows", "<li>A</li>", "<li>C</li>", `value="rent"`, "Continue"})
	if strings.Contains(page, `value="name"`) {
		t.Error("a unique field is offered for many rows")
	}
	if page := post(reader, 200, []string{`value="low"`}); strings.Contains(page, `value="rent"`) {
		t.Error("a field is offered to who may not change it")
	}
	post(writer, 422, []string{"needs attention"}, "_submit", "1")
	post(writer, 200, []string{`name="low"`, `value="low"`, "_drawn"}, "_field", "low")
	post(writer, 200, []string{`name="rent"`}, "_field", "rent", "_drawn", "low", "low", "5", "_submit", "1") // the other control comes first

	// none when one of them does not allow it, and says which
	post(writer, 422, []string{"Nothing is changed, because of B", "Low"}, "_field", "low", "_drawn", "low", "low", "5", "_submit", "1")
	post(writer, 422, []string{"needs attention"}, "_field", "low", "_drawn", "low", "low", "many", "_submit", "1")
	post(writer, 422, nil, "_field", "low", "_drawn", "low", "low", "1", "_submit", "1", "sel", "99")
	post(reader, 422, nil, "_field", "rent", "_drawn", "rent", "rent", "9", "_submit", "1")
	post(writer, 422, nil, "_field", "name", "_drawn", "name", "name", "Z", "_submit", "1")
	post(writer, 422, nil, "_bulk", "archive")
	if now := racks(); now != before {
		t.Errorf("refused changes left %s", now)
	}

	post(writer, 303, nil, "_field", "low", "_drawn", "low", "low", "2", "_submit", "1")
	post(reader, 303, nil, "_field", "open", "_drawn", "open", "open", "on", "_submit", "1")
	if now := racks(); strings.Count(now, `"low":2`) != 3 || strings.Count(now, `"open":true`) != 3 {
		t.Errorf("changed are %s", now)
	}
	if w := writers.do("GET", "/api/hall/racks/1/history", ""); strings.Count(w.Body.String(), `"reader"`) == 0 {
		t.Errorf("the history is %s", w.Body)
	}
}
