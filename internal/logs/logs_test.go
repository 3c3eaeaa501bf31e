package logs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/logs"
	"github.com/apposengine/appos/internal/object"
)

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

// clock is a clock that tests move.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.t }

func (c *clock) add(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.t = c.t.Add(d) }

func open(t testing.TB, c logs.Config) *logs.Pipeline {
	t.Helper()
	if c.Dir == "" {
		c.Dir = t.TempDir()
	}
	p, err := logs.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func query(t testing.TB, p *logs.Pipeline, f logs.Filter) []logs.Line {
	t.Helper()
	page, err := p.Query(context.Background(), f)
	if err != nil {
		t.Fatal(err)
	}
	return page.Lines
}

func rule(msg string) logs.Entry {
	return logs.Entry{Kind: "rules", App: "crm", Object: "crm.rules.price", User: "ana", ExecutionID: "e1", Message: msg}
}

func TestLineHoldsTheEntry(t *testing.T) {
	dir, c := t.TempDir(), &clock{t: noon}
	p := open(t, logs.Config{Dir: dir, Now: c.now})
	e := rule("done")
	e.Caller, e.Duration, e.Code, e.Status, e.Level = "crm.pages.home", 1500*time.Microsecond, object.Denied, 403, slog.LevelWarn
	e.Add(logs.Int("n", -3), logs.Float("f", 0.5), logs.Bool("b", true), logs.Duration("d", time.Second), logs.String("s", "x"))
	p.Log(e)
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "rules", "execution", "2026-03-14.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"time":"2026-03-14T12:00:00.000000Z","level":"warn","kind":"rules","category":"execution","app":"crm","object":"crm.rules.price","caller":"crm.pages.home","user":"ana","execution_id":"e1","duration_ms":1.5,"code":"denied","status":403,"message":"done","fields":{"n":-3,"f":0.5,"b":true,"d":1000,"s":"x"}}` + "\n"
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestEveryKindHasAFolder(t *testing.T) {
	dir := t.TempDir()
	open(t, logs.Config{Dir: dir})
	want := []string{"steps", "documents", "system", "admin"}
	for _, k := range object.Kinds() {
		want = append(want, k.Plural())
	}
	for _, kind := range want {
		for _, category := range []string{"execution", "performance", "security"} {
			if _, err := os.Stat(filepath.Join(dir, kind, category)); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestUnknownKindIsSystem(t *testing.T) {
	p := open(t, logs.Config{})
	p.Log(logs.Entry{Kind: "../../etc", Message: "hostile"})
	if got := query(t, p, logs.Filter{Kinds: []logs.Kind{logs.System}}); len(got) != 1 || got[0].Message != "hostile" {
		t.Errorf("got %v", got)
	}
}

func TestHostileTexts(t *testing.T) {
	p := open(t, logs.Config{})
	for name, text := range map[string]string{
		"newlines":    "a\nb\r\n{\"forged\":1}",
		"quotes":      `"}],\`,
		"controls":    "\x00\x01\x1b[31m\x7f\u0085",
		"separators":  "\u2028\u2029",
		"replacement": "\ufffd",
		"emoji":       "🦊 é",
	} {
		p.Log(logs.Entry{Message: text, User: name}.With(logs.String(text, text)))
		got := query(t, p, logs.Filter{User: name})
		if len(got) != 1 || got[0].Message != text || got[0].Fields[text] != text {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	p.Log(logs.Entry{Message: "bad \xff\xfe end", User: "invalid"})
	if got := query(t, p, logs.Filter{User: "invalid"}); len(got) != 1 || got[0].Message != "bad \ufffd\ufffd end" {
		t.Errorf("invalid UTF-8: got %+v", got)
	}
}

func TestHugeValuesAreCut(t *testing.T) {
	p := open(t, logs.Config{})
	huge := strings.Repeat("é", 1<<20)
	p.Log(logs.Entry{Message: huge, Object: huge, User: "u"}.With(logs.String("k", huge)))
	p.Log(logs.Entry{Message: huge, Category: logs.Security, User: "u"})
	got := query(t, p, logs.Filter{})
	if len(got) != 2 {
		t.Fatalf("got %d lines, want 2", len(got))
	}
	for _, l := range got {
		if len(l.Message) > logs.MaxText+40 || !strings.HasSuffix(l.Message, "bytes more]") {
			t.Errorf("message of %d bytes ends in %q", len(l.Message), l.Message[len(l.Message)-20:])
		}
	}
}

func TestTooManyFieldsAreCounted(t *testing.T) {
	p := open(t, logs.Config{})
	e := rule("many")
	for range logs.MaxFields + 3 {
		e.Add(logs.Int("n", 1))
	}
	p.Log(e)
	if got := query(t, p, logs.Filter{}); len(got) != 1 || got[0].FieldsDropped != 3 {
		t.Errorf("got %+v", got)
	}
}

func TestFlushesByItself(t *testing.T) {
	dir := t.TempDir()
	p := open(t, logs.Config{Dir: dir, FlushEntries: 3, FlushEvery: time.Hour, Now: (&clock{t: noon}).now})
	for range 3 {
		p.Log(rule("x"))
	}
	path := filepath.Join(dir, "rules", "execution", "2026-03-14.jsonl")
	deadline := time.Now().Add(10 * time.Second)
	for {
		if text, _ := os.ReadFile(path); bytes.Count(text, []byte("\n")) == 3 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("three entries were not written within ten seconds")
		}
		time.Sleep(time.Millisecond)
	}
}

func TestCloseFlushesAndLateEntriesAreWritten(t *testing.T) {
	dir := t.TempDir()
	p := open(t, logs.Config{Dir: dir, FlushEvery: time.Hour, Now: (&clock{t: noon}).now})
	p.Log(rule("before"))
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	p.Log(rule("after"))
	text, err := os.ReadFile(filepath.Join(dir, "rules", "execution", "2026-03-14.jsonl"))
	if err != nil || bytes.Count(text, []byte("\n")) != 2 {
		t.Errorf("got %s, %v", text, err)
	}
}

func TestConcurrentWritersLoseNothing(t *testing.T) {
	p := open(t, logs.Config{Buffer: 100_000})
	const writers, each = 8, 500
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for range each {
				e := rule("x")
				e.Category = logs.Category(w % 3)
				p.Log(e)
			}
		})
	}
	wg.Wait()
	if got := query(t, p, logs.Filter{Limit: 10_000}); len(got) != writers*each {
		t.Errorf("got %d lines, want %d; dropped %v", len(got), writers*each, p.Dropped())
	}
}

func TestLogAllocatesNothing(t *testing.T) {
	p := open(t, logs.Config{FlushEvery: time.Hour, FlushEntries: 1 << 20, Buffer: 64})
	e := rule("x").With(logs.Int("n", 1))
	e.Time = noon
	if n := testing.AllocsPerRun(1000, func() { p.Log(e) }); n != 0 {
		t.Errorf("Log allocates %v times", n)
	}
}

func TestJSONOfSpecialNumbers(t *testing.T) {
	p := open(t, logs.Config{})
	inf := math.Inf(1)
	p.Log(rule("x").With(logs.Float("inf", inf), logs.Float("nan", inf-inf), logs.Float("big", 1e300)))
	got := query(t, p, logs.Filter{})
	if len(got) != 1 || got[0].Fields["inf"] != "+Inf" || got[0].Fields["nan"] != "NaN" || got[0].Fields["big"] != 1e300 {
		t.Errorf("got %+v", got)
	}
}

func BenchmarkLog(b *testing.B) {
	p := open(b, logs.Config{})
	e := rule("priced")
	e.Duration = time.Millisecond
	b.ReportAllocs()
	for b.Loop() {
		p.Log(e)
	}
}

func BenchmarkLogParallel(b *testing.B) {
	p := open(b, logs.Config{})
	e := rule("priced")
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			p.Log(e)
		}
	})
}

func BenchmarkLogSecurity(b *testing.B) {
	p := open(b, logs.Config{})
	e := rule("denied")
	e.Category = logs.Security
	b.ReportAllocs()
	for b.Loop() {
		p.Log(e)
	}
}

// line decodes a line of a file.
func line(t testing.TB, text string) logs.Line {
	t.Helper()
	var l logs.Line
	if err := json.Unmarshal([]byte(text), &l); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return l
}
