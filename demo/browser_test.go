package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestBrowser drives the demo in Chromium: what its users do, with and without
// JavaScript, on a phone, in the dark, in French.
func TestBrowser(t *testing.T) {
	anyDatabase(t)
	if testing.Short() {
		t.Skip("needs a browser")
	}
	dir := filepath.Join("..", "test", "browser")
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		if os.Getenv("APPOS_TEST_REQUIRE_SERVICES") != "" {
			t.Fatal("playwright-core is not installed; run scripts/setup-test.sh")
		}
		t.Skip("playwright-core is not installed; run scripts/setup-test.sh")
	}
	n := start(t, t.TempDir())
	cmd := exec.Command("node", "demo.mjs", n.URL)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "APPOS_ADMIN_PASSWORD="+adminPassword, "APPOS_DEMO_PASSWORD="+demoPassword)
	out, err := cmd.CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "FAIL") {
			t.Error(strings.TrimSpace(line))
		}
	}
	if err != nil && !t.Failed() {
		t.Errorf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}
