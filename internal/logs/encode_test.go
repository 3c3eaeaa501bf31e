package logs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/apposengine/appos/internal/logs"
)

// TestAnyTextIsOneLineOfJSON writes texts of any bytes and reads them back.
func TestAnyTextIsOneLineOfJSON(t *testing.T) {
	dir, c := t.TempDir(), &clock{t: noon}
	p := open(t, logs.Config{Dir: dir, Now: c.now})
	path := filepath.Join(dir, "system/execution/2026-03-14.jsonl")
	rapid.Check(t, func(rt *rapid.T) {
		text := string(rapid.SliceOfN(rapid.Byte(), 1, 60).Draw(rt, "text"))
		if err := os.Truncate(path, 0); err != nil && !os.IsNotExist(err) {
			rt.Fatal(err)
		}
		p.Log(logs.Entry{Message: text}.With(logs.String("k", text)))
		p.Flush()
		got, err := os.ReadFile(path)
		if err != nil {
			rt.Fatal(err)
		}
		if strings.Count(string(got), "\n") != 1 {
			rt.Fatalf("not one line: %q", got)
		}
		l := line(t, string(got))
		want := string([]rune(text)) // each wrong byte is one U+FFFD
		if l.Message != want || l.Fields["k"] != want {
			rt.Fatalf("got %q, want %q", l.Message, want)
		}
	})
}
