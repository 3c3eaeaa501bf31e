package server_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/platform"
)

// TestOpenAPIJudges has others judge the documents of who may do everything, little
// and almost nothing: a validator of OpenAPI 3.1, and the rules of OWASP and of
// OpenAPI that Spectral has.
func TestOpenAPIJudges(t *testing.T) {
	dir := nodeTools(t)
	t.Parallel()
	s, clients := openDemo(t)
	system, err := s.As(t.Context(), "system")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := appos.Call(system, platform.CreateUser{Name: "till", Type: "service_account", Groups: []string{"partners"}}); err != nil {
		t.Fatal(err)
	}
	key, err := appos.Call(system, platform.CreateAPIKey{Account: "till", Name: "tests"})
	if err != nil {
		t.Fatal(err)
	}
	clients["till"] = &site{h: s.Handler(), bearer: key.Secret}

	lint := []string{"lint", "--ruleset", filepath.Join(dir, "spectral.yaml"), "--format", "json", "--fail-severity", "error"}
	documents := t.TempDir()
	for user, name := range map[string]string{"admin": "administrator", "till": "service-account", "": "public"} {
		path := filepath.Join(documents, name+".json")
		write(t, path, describe(t, clients[user]).text)
		lint = append(lint, path)
		runIn(t, dir, tool(dir, "validate-api"), path) // fails when it is not valid
	}

	// a judge who says yes to everything proves nothing
	broken := filepath.Join(t.TempDir(), "broken.json")
	write(t, broken, `{"openapi": "3.1.0", "info": {"title": "Broken"}, "paths": {}}`)
	if out, err := exec.Command(tool(dir, "validate-api"), broken).CombinedOutput(); err == nil {
		t.Errorf("a document without a version is valid: %s", out)
	}

	cmd := exec.Command(tool(dir, "spectral"), lint...)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	out, failed := cmd.Output()
	var found []struct {
		Code, Message, Source string
		Path                  []any
		Severity              int // 0 is an error
	}
	if err := json.Unmarshal(out, &found); err != nil {
		t.Fatalf("Spectral: %v, %v in %.2000s", failed, err, out)
	}
	warnings := 0
	for _, f := range found {
		// what may be any text has no pattern; everything else is to be mended
		if f.Severity == 0 || f.Code != "owasp:api4:2023-string-restricted" {
			t.Errorf("%s: %s at %v: %s", filepath.Base(f.Source), f.Code, f.Path, f.Message)
		} else {
			warnings++
		}
	}
	if failed != nil && !t.Failed() {
		t.Errorf("Spectral: %v", failed)
	}
	if warnings == 0 {
		t.Error("Spectral does not even warn of texts that may be anything: are its rules loaded?")
	}
}
