package server_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What the guide shows of clients is in the programs that the tests compile and run.
func TestOpenAPIGuide(t *testing.T) {
	guide := readText(t, "..", "docs", "openapi.md")
	for kind, file := range map[string]string{"ts": "shop.ts", "go": "go/main.go", "yaml": "go/config.yaml"} {
		program := trimmed(readText(t, "..", "test", "openapi", file))
		blocks := strings.Split(guide, "```"+kind+"\n")[1:]
		if len(blocks) == 0 {
			t.Errorf("the guide shows no %s", kind)
		}
		for _, block := range blocks {
			block, _, _ = strings.Cut(block, "```")
			if !strings.Contains(program, trimmed(block)) {
				t.Errorf("%s does not have what the guide shows:\n%s", file, block)
			}
		}
	}
}

// trimmed is a text without what its lines are indented by.
func trimmed(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, strings.TrimSpace(line))
	}
	return strings.Join(lines, "\n")
}

func readText(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
