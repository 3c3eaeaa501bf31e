package config_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/apposengine/appos/internal/config"
)

// TestReferenceFilesAreCurrent holds the files that docs point to to the keys
// that there are.
func TestReferenceFilesAreCurrent(t *testing.T) {
	for name, want := range map[string][]byte{
		"../../docs/appos.reference.yaml": config.Reference(),
		"../../docs/app.reference.yaml":   config.AppReference(),
	} {
		if *update {
			if err := os.WriteFile(name, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(name)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not current (%v); run go test ./internal/config -update", name, err)
		}
	}
}
