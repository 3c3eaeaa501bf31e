package ui_test

import (
	"errors"
	"flag"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/ui"
)

type session struct {
	User string
	Age  int
}

func sessions(n int) ui.Table[session] {
	t := ui.Table[session]{
		ID: "sessions", Name: "sessions", Search: true, Size: 10,
		Columns: []ui.Column[session]{
			{Key: "user", Title: "User", Main: true, Sort: true, Text: func(s *session) string { return s.User }},
			{Key: "age", Title: "Age", Number: true, Sort: true, Text: func(s *session) string { return strconv.Itoa(s.Age) }, Compare: func(a, b *session) int { return a.Age - b.Age }},
			{Key: "more", Title: "More", Hidden: true, Cell: func(s *session) ui.Node { return ui.Badge("x", ui.OK) }},
		},
		Filters: []ui.Filter{{Key: "user", Title: "User", Options: []ui.Option{{Value: "u1", Label: "U 1"}}}},
		Key:     func(s *session) string { return s.User },
		URL:     func(s *session) string { return "javascript:alert(1)" },
		Export:  "/export.csv",
	}
	for i := range n {
		t.Rows = append(t.Rows, session{"u" + strconv.Itoa(i), n - i})
	}
	return t
}

func TestTableInMemory(t *testing.T) {
	for _, tt := range []struct {
		query       string
		first, last string // of the rows
		n           int
	}{
		{"", "u0", "u9", 10},
		{"after=10", "u10", "u19", 10},
		{"after=20", "u20", "u24", 5},
		{"before=20", "u10", "u19", 10},
		{"sort=age", "u24", "u15", 10},
		{"sort=-user", "u9", "u22", 10},
		{"sort=more", "u0", "u9", 10},
		{"q=U2", "u2", "u24", 6},
		{"user=u1", "u1", "u1", 1},
		{"size=3", "u0", "u2", 3},
		{"after=99999", "", "", 0},
		{"q=none", "", "", 0},
	} {
		c := ui.NewCtx(t.Context(), ui.Request{HTTP: httptest.NewRequest("GET", "/x?"+tt.query, nil)})
		body := render(t, ui.DataTable(c, sessions(25)))
		ids := strings.Split(body, `<tr id="sessions-`)[1:]
		if len(ids) != tt.n {
			t.Errorf("%q: %d rows, want %d", tt.query, len(ids), tt.n)
			continue
		}
		if tt.n > 0 && (!strings.HasPrefix(ids[0], tt.first+`"`) || !strings.HasPrefix(ids[tt.n-1], tt.last+`"`)) {
			t.Errorf("%q: rows from %.5q to %.5q, want %s to %s", tt.query, ids[0], ids[tt.n-1], tt.first, tt.last)
		}
		lacks(t, body, "javascript:")
		wants(t, body, `href="/export.csv"`)
	}
}

func TestTableSourceFails(t *testing.T) {
	c := ui.NewCtx(t.Context(), ui.Request{HTTP: httptest.NewRequest("GET", "/x", nil)})
	table := sessions(0)
	table.Source = func(*ui.Ctx, ui.State) (ui.Slice[session], error) { return ui.Slice[session]{}, object.Denied }
	if err := ui.DataTable(c, table).Render(io.Discard); !errors.Is(err, object.Denied) {
		t.Errorf("a source that fails draws %v", err)
	}
}

var update = flag.Bool("update", false, "write the golden files")

func TestGolden(t *testing.T) {
	up := 12.5
	values := []float64{1, 3, 2, -1}
	for name, draw := range map[string]func(c *ui.Ctx) ui.Node{
		"table": func(c *ui.Ctx) ui.Node { return ui.DataTable(c, sessions(2)) },
		"metric": func(c *ui.Ctx) ui.Node {
			return ui.Metric(c, ui.Figure{Label: "Sales", Value: "7", Change: &up, Trend: values})
		},
		"chart": func(c *ui.Ctx) ui.Node {
			return ui.BarChart(c, ui.Chart{Label: "Sales & more", X: []string{"a", "<b>", "c", "d"}, Series: []ui.Series{{Name: "s", Values: values}, {Name: "ragged", Values: values[:2]}}})
		},
		"donut": func(c *ui.Ctx) ui.Node {
			return ui.Donut(c, "Parts", "4", ui.Share{Label: "a", Value: 3}, ui.Share{Label: "b", Value: 1})
		},
		"card": func(c *ui.Ctx) ui.Node {
			return ui.Card("Title", ui.Beside(ui.LinkButton("/x", "More", ui.Ghost)), ui.Alert(ui.Err, "Wrong", "text"), ui.Person("Ana Ortega", "sales"), ui.Tabs(c, "tab", ui.Tab{Label: "One"}, ui.Tab{Value: "2", Label: "Two"}))
		},
		"form": func(c *ui.Ctx) ui.Node {
			f := ui.NewForm(c, "f", map[string]string{"on": "on", "size": "b"})
			return f.Node(ui.Fields("About", "text",
				f.Input("name", "Name", ui.Field{Required: true, Hint: "as in the passport", Suffix: "."}),
				f.Select("size", "Size", ui.Field{}, ui.Option{Value: "a", Label: "A"}, ui.Option{Value: "b", Label: "B"}),
				f.Choice("kind", "Kind", ui.Option{Value: "x", Label: "X"}, ui.Option{Value: "y", Label: "Y"}),
				f.Text("notes", "Notes", ui.Field{MaxLen: 10}), f.Switch("on", "On", "hint")),
				ui.Footer(ui.Save(c, "")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := ui.NewCtx(t.Context(), ui.Request{HTTP: httptest.NewRequest("GET", "/x", nil), CSRF: "t"})
			got := strings.ReplaceAll(render(t, draw(c)), "><", ">\n<") + "\n"
			file := filepath.Join("testdata", name+".html")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s has changed; if it should, run go test ./ui -update and look at the difference. It is now\n%s", file, got)
			}
		})
	}
}

// A form that an app writes: defaults, faults, values kept, switches.
func TestForm(t *testing.T) {
	post := func(body string) *ui.Ctx {
		r := httptest.NewRequest("POST", "/x", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return ui.NewCtx(t.Context(), ui.Request{HTTP: r})
	}
	c := post("title=+hello+&_submit=1")
	f := ui.NewForm(c, "f", map[string]string{"title": "x", "mail": "on"})
	if f.Value("title") != "hello" || f.On("mail") || !f.Submitted() || !f.Valid() {
		t.Errorf("a post is read as %q, %v, %v, %v", f.Value("title"), f.On("mail"), f.Submitted(), f.Valid())
	}
	if f.Fail(errors.New("disk full")) {
		t.Error("an error of no input is taken for one")
	}
	e := object.Errorf(object.Invalid, "")
	e.Fields = []object.FieldError{{Field: "title", Rule: "custom", Message: "is not polite"}, {Field: "other", Rule: "required", Message: "is required"}}
	if !f.Fail(e) || f.Valid() {
		t.Error("faults of the input are not noted")
	}
	body := render(t, f.Node(f.Input("title", "Title", ui.Field{})))
	wants(t, body, "2 fields need attention", "Title: Is not polite", "Other: Enter a value", `href="#f-title"`, `value=" hello "`)
	if c.Outcome().Status != 422 {
		t.Errorf("the status is %d", c.Outcome().Status)
	}
}

func BenchmarkTable50(b *testing.B) {
	s := newSite(b)
	s.fake.seed(b, 50)
	b.ReportAllocs()
	var n int
	for b.Loop() {
		c := s.ctx(httpGet("/shop/customers?size=50"), ui.App{Name: "shop", Title: "Shop", Path: "/shop"}, nil)
		n = renderList(b, s, c)
	}
	b.ReportMetric(float64(n), "htmlB")
}

// renderList draws the derived list of customers with its shell, as a server does.
func renderList(b *testing.B, s *site, c *ui.Ctx) int {
	for _, r := range routes(s) {
		if r.Path == "/customers" {
			n, err := r.Serve(c)
			if err != nil {
				b.Fatal(err)
			}
			w := newRecorder()
			if err := c.Respond(w, n); err != nil {
				b.Fatal(err)
			}
			return w.Body.Len()
		}
	}
	b.Fatal("no list")
	return 0
}

var routed []ui.Route

func routes(s *site) []ui.Route {
	if routed == nil {
		routed = ui.Routes(s.fake.reg, s.fake.reg.App("shop"))
	}
	return routed
}
