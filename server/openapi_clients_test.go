package server_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

// TestOpenAPIClients makes the typed clients that docs/openapi.md shows, of the
// document of a service account, compiles them, and has them call a live
// server.
func TestOpenAPIClients(t *testing.T) {
	tools := nodeTools(t)
	t.Parallel()
	s, clients := openDemo(t)
	partner := clients["partner"]
	document := describe(t, partner).text
	live := httptest.NewServer(s.Handler())
	t.Cleanup(live.Close)

	t.Run("go", func(t *testing.T) {
		dir := t.TempDir()
		copyFiles(t, filepath.Join(tools, "go"), dir, "go.mod", "go.sum", "config.yaml", "main.go")
		write(t, filepath.Join(dir, "openapi.json"), document)
		if err := os.Mkdir(filepath.Join(dir, "api"), 0o700); err != nil {
			t.Fatal(err)
		}
		runIn(t, dir, "go", "tool", "oapi-codegen", "-config", "config.yaml", "openapi.json")
		runIn(t, dir, "go", "build", "-trimpath", "-o", "shop", ".")
		same(t, runIn(t, dir, "./shop", live.URL, partner.bearer), "GO")
	})
	t.Run("typescript", func(t *testing.T) {
		dir := t.TempDir()
		copyFiles(t, tools, dir, "package.json", "tsconfig.json", "shop.ts")
		if err := os.Symlink(filepath.Join(tools, "node_modules"), filepath.Join(dir, "node_modules")); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "openapi.json"), document)
		runIn(t, dir, tool(tools, "openapi-typescript"), "openapi.json", "--output", "api.d.ts")
		runIn(t, dir, tool(tools, "tsc"), "--project", ".")
		same(t, runIn(t, dir, "node", "shop.js", live.URL, partner.bearer), "TS")
	})
}

// same says whether a client has said what it should.
func same(t *testing.T, got, prefix string) {
	t.Helper()
	want := map[string]string{"GO": `created GO-1 12.50
found 1 GO-1 true
read true "v1"
placed GO-2 draft
refused 422 number required
`, "TS": `created TS-1 12.50
found 1 TS-1 string
read true "v1"
placed TS-2 draft
refused 422 number required
`}[prefix]
	if got != want {
		t.Errorf("it says\n%swant\n%s", got, want)
	}
}

func copyFiles(t *testing.T, from, to string, names ...string) {
	t.Helper()
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(to, name), string(text))
	}
}
