package main_test

import (
	"bytes"
	"testing"

	"github.com/apposengine/appos/demo/apps"
	"github.com/apposengine/appos/server"
)

// TestMigrationsMakeWhatIsDeclared: who changes a record of the demo writes the
// next migration, as in every project.
func TestMigrationsMakeWhatIsDeclared(t *testing.T) {
	var out bytes.Buffer
	if code := server.Execute(t.Context(), func() {}, []string{"check"}, &out, &out, apps.All...); code != 0 {
		t.Errorf("%s\nin the folder demo: go run . migrate new NAME", &out)
	}
}
