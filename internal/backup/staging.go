package backup

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

// abandoned is how old a staging folder must be to be that of a process that was
// killed: no copy takes a day.
const abandoned = 24 * time.Hour

// stage makes a folder for copies on their way, and removes those that processes
// left behind which were killed: each is as large as the databases.
func stage(parent, prefix string, now time.Time) (string, error) {
	entries, _ := os.ReadDir(parent) // MkdirTemp says what is wrong with it
	for _, e := range entries {
		if i, err := e.Info(); err == nil && e.IsDir() && strings.HasPrefix(e.Name(), prefix) && now.Sub(i.ModTime()) > abandoned {
			_ = os.RemoveAll(filepath.Join(parent, e.Name())) // the next one tries again
		}
	}
	return os.MkdirTemp(parent, prefix+"*")
}
