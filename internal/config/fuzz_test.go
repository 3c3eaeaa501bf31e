package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/config"
)

func seeds(f *testing.F) {
	paths, _ := filepath.Glob("testdata/*.yaml")
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add(config.Reference())
	f.Add(config.AppReference())
	for _, s := range []string{"", "a", ":", "- ", "{", "}", "?", "!!x", "&a *a", "|\n", "\x00", "\xff", "%YAML 9", "a: b: c", "platform: {name: \"${A:-${B}}\"}"} {
		f.Add([]byte(s))
	}
}

func FuzzCheck(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, p := range config.Check(config.File, text, env(variables)) {
			if p.Text == "" || p.File == "" || p.Line < 0 {
				t.Errorf("%+v", p)
			}
		}
	})
}

func FuzzParseApp(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, p := range must(config.ParseApp("crm", text)) {
			if p.Text == "" || p.File == "" || p.Line < 0 {
				t.Errorf("%+v", p)
			}
		}
	})
}

func must(_ config.App, problems []config.Problem) []config.Problem { return problems }

func FuzzParseSize(f *testing.F) {
	f.Add("10MB")
	f.Fuzz(func(t *testing.T, text string) {
		n, err := config.ParseSize(text)
		if err != nil {
			return
		}
		if again, err := config.ParseSize(n.String()); err != nil || again != n {
			t.Errorf("%q is written %q", text, n)
		}
	})
}

// TestHostileFilesAreRefusedInTime has what makes parsers recurse.
func TestHostileFilesAreRefusedInTime(t *testing.T) {
	for _, piece := range []string{"[", "{", "- ", "? ", "a: ", "!!a ", "&a ", "[a,", "\"", "'\n", "a: {b: ", "- - \n", "|\n ", "*a "} {
		start := time.Now()
		if problems := config.Check(config.File, []byte(strings.Repeat(piece, 30_000/len(piece))), env(nil)); len(problems) == 0 {
			t.Errorf("%q is accepted", piece)
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%q takes %v", piece, took)
		}
	}
	if problems := config.Check(config.File, make([]byte, 1<<20), env(nil)); len(problems) != 1 || !strings.Contains(problems[0].Text, "larger") {
		t.Errorf("got %v", problems)
	}
}
