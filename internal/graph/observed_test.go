package graph_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/apposengine/appos/internal/graph"
	"github.com/apposengine/appos/internal/object"
)

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

func objects(n int) []*object.Object {
	var all []*object.Object
	for i := range n {
		all = append(all, &object.Object{Ref: fmt.Sprintf("crm.rules.r%03d", i), Index: i})
	}
	return all
}

func observed(t testing.TB, c graph.Config) *graph.Observed {
	t.Helper()
	o, err := graph.NewObserved(c)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func show(edges []graph.Edge) string {
	var b strings.Builder
	for _, e := range edges {
		fmt.Fprintf(&b, "%s→%s %d %s…%s\n", e.From.Ref[10:], e.To.Ref[10:], e.Count, e.FirstSeen.Format("01-02"), e.LastSeen.Format("01-02"))
	}
	return b.String()
}

func TestUsesAndUsedBy(t *testing.T) {
	now := noon
	o := observed(t, graph.Config{Objects: objects(4), Now: func() time.Time { return now }})
	o.Observe(0, 2)
	o.Observe(0, 1)
	o.Observe(3, 2)
	o.Observe(2, 2)
	now = noon.AddDate(0, 0, 2)
	if err := o.Flush(); err != nil { // moves the day
		t.Fatal(err)
	}
	o.Observe(0, 2)
	if got, want := show(o.Uses(0)), "r000→r001 1 03-14…03-14\nr000→r002 2 03-14…03-16\n"; got != want {
		t.Errorf("uses:\n%swant\n%s", got, want)
	}
	if got, want := show(o.UsedBy(2)), "r000→r002 2 03-14…03-16\nr002→r002 1 03-14…03-14\nr003→r002 1 03-14…03-14\n"; got != want {
		t.Errorf("used by:\n%swant\n%s", got, want)
	}
}

func TestIndexesOutsideAreIgnored(t *testing.T) {
	o := observed(t, graph.Config{Objects: objects(2)})
	for _, e := range [][2]int{{-1, 0}, {0, -1}, {2, 0}, {0, 2}} {
		o.Observe(e[0], e[1])
	}
	for i := range 2 {
		if len(o.Uses(i))+len(o.UsedBy(i)) > 0 {
			t.Errorf("object %d has edges", i)
		}
	}
	if o.Uses(-1) != nil || o.UsedBy(9) != nil {
		t.Error("an object that is not there has edges")
	}
}

// TestEqualsAMap compares with the plainest thing that counts edges.
func TestEqualsAMap(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		const n = 70
		o := observed(t, graph.Config{Objects: objects(n)})
		want := map[[2]int]uint64{}
		index := rapid.IntRange(-1, n)
		for range rapid.IntRange(0, 300).Draw(rt, "calls") {
			e := [2]int{index.Draw(rt, "caller") / 20, index.Draw(rt, "callee")}
			o.Observe(e[0], e[1])
			if e[1] >= 0 && e[1] < n {
				want[e]++
			}
		}
		uses, usedBy := 0, 0
		for i := range n {
			for _, e := range o.Uses(i) {
				uses++
				if e.Count != want[[2]int{e.From.Index, e.To.Index}] || e.From.Index != i {
					rt.Fatalf("%v counts %d", e, e.Count)
				}
			}
			for _, e := range o.UsedBy(i) {
				usedBy++
				if e.To.Index != i {
					rt.Fatalf("%v is used by %d", e, i)
				}
			}
		}
		if uses != len(want) || usedBy != len(want) {
			rt.Fatalf("%d uses, %d used by, want %d", uses, usedBy, len(want))
		}
	})
}

func TestConcurrentCallsCountAll(t *testing.T) {
	const callers, each = 8, 2000
	o := observed(t, graph.Config{Objects: objects(50)})
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for i := range each {
				o.Observe(i%3, i%50)
			}
		})
	}
	wg.Wait()
	var total uint64
	for i := range 50 {
		for _, e := range o.UsedBy(i) {
			total += e.Count
		}
	}
	if total != callers*each {
		t.Errorf("counted %d calls, want %d", total, callers*each)
	}
}

func TestFilesSurviveARestart(t *testing.T) {
	dir, now := filepath.Join(t.TempDir(), "dependencies"), noon
	c := graph.Config{Objects: objects(3), Dir: dir, Now: func() time.Time { return now }}
	o := observed(t, c)
	o.Observe(0, 1)
	o.Observe(0, 1)
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "crm.rules.r001.json"))
	if err != nil {
		t.Fatal(err)
	}
	var f graph.File
	if err := json.Unmarshal(text, &f); err != nil || f.Object != "crm.rules.r001" || len(f.Uses) != 0 || len(f.UsedBy) != 1 || f.UsedBy[0].Count != 2 || f.UsedBy[0].FirstSeen != "2026-03-14" {
		t.Errorf("got %s, %v", text, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "crm.rules.r002.json")); err == nil {
		t.Error("an object without edges has a file")
	}

	now = noon.AddDate(0, 1, 0)
	again := observed(t, c)
	again.Observe(0, 1)
	if got, want := show(again.Uses(0)), "r000→r001 3 03-14…04-14\n"; got != want {
		t.Errorf("got %swant %s", got, want)
	}

	gone := observed(t, graph.Config{Objects: c.Objects[:1], Dir: dir, Now: c.Now})
	if got := gone.Uses(0); len(got) != 0 {
		t.Errorf("an object that is no longer declared has edges: %v", got)
	}
}

func TestFlushWritesOnlyWhatChanged(t *testing.T) {
	dir, now := t.TempDir(), noon
	o := observed(t, graph.Config{Objects: objects(2), Dir: dir, Now: func() time.Time { return now }})
	o.Observe(0, 1)
	path := filepath.Join(dir, "crm.rules.r000.json")
	written := func() bool {
		_, err := os.Stat(path)
		os.Remove(path)
		return err == nil
	}
	for _, c := range []struct {
		name  string
		do    func() error
		wrote bool
	}{
		{"new", o.Flush, true},
		{"unchanged", o.Flush, false},
		{"count", func() error { o.Observe(0, 1); return o.Flush() }, false},
		{"day", func() error {
			now = now.AddDate(0, 0, 1)
			if err := o.Flush(); err != nil {
				return err
			}
			o.Observe(0, 1)
			return o.Flush()
		}, true},
		{"close", o.Close, true},
	} {
		if err := c.do(); err != nil {
			t.Fatal(err)
		}
		if got := written(); got != c.wrote {
			t.Errorf("%s: written %v, want %v", c.name, got, c.wrote)
		}
	}
}

func TestTwoProcessesJoinTheirEdges(t *testing.T) {
	c := graph.Config{Objects: objects(3), Dir: t.TempDir(), Now: func() time.Time { return noon }}
	a, b := observed(t, c), observed(t, c)
	a.Observe(0, 1)
	b.Observe(0, 2)
	for _, o := range []*graph.Observed{a, b, a} {
		if err := o.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := show(observed(t, c).Uses(0)), "r000→r001 1 03-14…03-14\nr000→r002 1 03-14…03-14\n"; got != want {
		t.Errorf("got %swant %s", got, want)
	}
}

func TestBrokenFilesAreReportedAndSkipped(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"crm.rules.r000.json": `{"object":`,
		"crm.rules.r001.json": `{"uses":[{"object":"crm.rules.r000","first_seen":"yesterday","last_seen":"2026-01-01"}]}`,
		"crm.rules.r002.json": `{"uses":[{"object":"crm.rules.r000","first_seen":"2026-01-01","last_seen":"2026-01-02","count":4}]}`,
		"stranger.json":       `not read`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o, err := graph.NewObserved(graph.Config{Objects: objects(3), Dir: dir, Now: func() time.Time { return noon }})
	if err == nil || !strings.Contains(err.Error(), `"crm.rules.r000.json"`) || !strings.Contains(err.Error(), `"crm.rules.r001.json"`) || strings.Contains(err.Error(), "stranger") {
		t.Errorf("got %v", err)
	}
	if got, want := show(o.UsedBy(0)), "r002→r000 4 01-01…01-02\n"; got != want {
		t.Errorf("got %swant %s", got, want)
	}
}

func TestReferenceThatIsAPathIsNotWritten(t *testing.T) {
	dir := t.TempDir()
	evil := []*object.Object{{Ref: "../evil"}}
	o := observed(t, graph.Config{Objects: evil, Dir: filepath.Join(dir, "in"), Now: func() time.Time { return noon }})
	o.Observe(0, 0)
	if err := o.Flush(); err == nil {
		t.Error("want an error")
	}
	if _, err := os.Stat(filepath.Join(dir, "evil.json")); err == nil {
		t.Error("a file was written outside of the folder")
	}
}

func TestKnownEdgeAllocatesNothing(t *testing.T) {
	o := observed(t, graph.Config{Objects: objects(2)})
	o.Observe(0, 1)
	if n := testing.AllocsPerRun(1000, func() { o.Observe(0, 1) }); n != 0 {
		t.Errorf("Observe allocates %v times", n)
	}
}

func BenchmarkObserve(b *testing.B) {
	o := observed(b, graph.Config{Objects: objects(500)})
	for i := range 40 {
		o.Observe(7, i*11)
	}
	b.ReportAllocs()
	for b.Loop() {
		o.Observe(7, 121)
	}
}

func ExampleObserved() {
	crm := []*object.Object{{Ref: "crm.pages.home", Index: 0}, {Ref: "crm.rules.price", Index: 1}}
	o, err := graph.NewObserved(graph.Config{Objects: crm})
	if err != nil {
		fmt.Println(err)
	}
	o.Observe(0, 1)
	for _, e := range o.UsedBy(1) {
		fmt.Println(e.From.Ref, "uses", e.To.Ref)
	}
	// Output: crm.pages.home uses crm.rules.price
}
