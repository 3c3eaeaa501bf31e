package backup_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/backup"
)

// What processes left behind that were killed is removed, what others may be at
// work in is not.
func TestAbandonedCopiesAreRemoved(t *testing.T) {
	each(t, func(t *testing.T, fresh func() string) {
		url, dir := fresh(), t.TempDir()
		db := accounts(t, url)
		now := time.Now()
		old, recent := filepath.Join(dir, ".appos-backup-1"), filepath.Join(dir, ".appos-backup-2")
		for folder, age := range map[string]time.Duration{old: 25 * time.Hour, recent: time.Hour} {
			if err := os.Mkdir(folder, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, "main.sqlite"), []byte("half"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(folder, now.Add(-age), now.Add(-age)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := backup.Take(ctx, filepath.Join(dir, "one.tar.gz"), backup.Options{Databases: []backup.Target{{Name: "main", URL: url}}}); err != nil {
			t.Fatal(err)
		}
		db.Close()
		if _, err := os.Stat(old); !os.IsNotExist(err) {
			t.Errorf("an abandoned copy is still there: %v", err)
		}
		if _, err := os.Stat(filepath.Join(recent, "main.sqlite")); err != nil {
			t.Errorf("a copy that may be at work is gone: %v", err)
		}
	})
}
