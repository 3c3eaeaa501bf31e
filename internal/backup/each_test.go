package backup_test

import (
	"path/filepath"
	"testing"

	"github.com/apposengine/appos/internal/store/storetest"
)

// each runs a test on both databases; fresh returns the URL of an empty one.
func each(t *testing.T, f func(t *testing.T, fresh func() string)) {
	t.Run("sqlite", func(t *testing.T) {
		f(t, func() string { return "sqlite:" + filepath.Join(t.TempDir(), "a.db") })
	})
	t.Run("postgres", func(t *testing.T) {
		f(t, func() string { return storetest.Postgres(t) })
	})
}
