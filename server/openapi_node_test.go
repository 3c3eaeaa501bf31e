package server_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
)

// nodeTools is the folder of what npm installs for the tests of the API's
// description. Without it they are skipped, but not where services are required.
func nodeTools(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("needs node")
	}
	if storetest.Kind() != store.SQLite {
		t.Skip("it is the same on every database")
	}
	dir, err := filepath.Abs(filepath.Join("..", "test", "openapi"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = os.Stat(filepath.Join(dir, "node_modules", ".bin"))
	if err == nil {
		_, err = exec.LookPath("node")
	}
	if err != nil {
		if os.Getenv("APPOS_TEST_REQUIRE_SERVICES") != "" {
			t.Fatalf("%v; run scripts/setup-test.sh", err)
		}
		t.Skipf("%v; run scripts/setup-test.sh", err)
	}
	return dir
}

// tool is a program that npm installed.
func tool(dir, name string) string { return filepath.Join(dir, "node_modules", ".bin", name) }

// runIn runs a program in a folder and returns what it prints.
func runIn(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%.4000s", name, args, err, out)
	}
	return string(out)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
