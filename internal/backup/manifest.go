package backup

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/apposengine/appos/internal/store"
)

// Format is the version of the archive that this package writes.
const Format = 1

// Target is a database that is backed up or restored.
type Target struct {
	Name string // such as "main"; lower case letters, digits and underscores
	URL  string // as store.Open takes it; it is not written into the archive
}

// Folder is a folder whose files are backed up with the databases.
type Folder struct {
	Name string // such as "documents"
	Path string // a folder that does not exist is an empty one
}

// Manifest says what is in an archive.
type Manifest struct {
	Format      int        `json:"format"`
	Version     string     `json:"version"` // of AppOS
	Environment string     `json:"environment"`
	CreatedAt   time.Time  `json:"created_at"`
	Databases   []Database `json:"databases"`
	Files       []File     `json:"files,omitempty"`
}

// Database is the copy of one database.
type Database struct {
	Name    string           `json:"name"`
	Dialect string           `json:"dialect"` // "sqlite" or "postgres"
	Server  string           `json:"server,omitempty"`
	Member  string           `json:"member"` // its name in the archive
	Bytes   int64            `json:"bytes"`
	SHA256  string           `json:"sha256"`
	Tables  map[string]int64 `json:"tables"` // rows by table, counted in the copy itself
}

// Rows is how many rows the copy has.
func (d Database) Rows() int64 {
	var n int64
	for _, rows := range d.Tables {
		n += rows
	}
	return n
}

// File is one file of a folder.
type File struct {
	Folder string `json:"folder"`
	Path   string `json:"path"` // below the folder, with slashes
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

func (f File) member() string { return "folders/" + f.Folder + "/" + f.Path }

// differing compares the rows of two copies and names the tables that differ.
func differing(want, got map[string]int64) error {
	var wrong []string
	for _, table := range slices.Sorted(maps.Keys(want)) {
		switch n, ok := got[table]; {
		case !ok:
			wrong = append(wrong, fmt.Sprintf("table %q is missing", table))
		case n != want[table]:
			wrong = append(wrong, fmt.Sprintf("table %q has %d rows instead of %d", table, n, want[table]))
		}
	}
	for _, table := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[table]; !ok {
			wrong = append(wrong, fmt.Sprintf("table %q was not in the backup", table))
		}
	}
	if wrong == nil {
		return nil
	}
	return fmt.Errorf("the copy is not what was backed up: %s", strings.Join(wrong[:min(len(wrong), 10)], "; "))
}

// check refuses a manifest that this package did not write.
func (m *Manifest) check() error {
	switch {
	case m.Format == 0 || m.CreatedAt.IsZero():
		return fmt.Errorf("the file is no backup of AppOS")
	case m.Format > Format:
		return fmt.Errorf("the backup has format %d, and this program reads up to %d; restore it with AppOS %s or later", m.Format, Format, m.Version)
	case len(m.Databases) == 0:
		return fmt.Errorf("the backup has no database")
	}
	seen := map[string]bool{}
	member := func(name string) error {
		if !safe(name) || seen[name] {
			return fmt.Errorf("the backup has a member named %q, which none can be", name)
		}
		seen[name] = true
		return nil
	}
	for _, d := range m.Databases {
		if err := member(d.Member); err != nil {
			return err
		}
		if d.Dialect != store.SQLite.String() && d.Dialect != store.PostgreSQL.String() {
			return fmt.Errorf("the database %q is of the unknown kind %q", d.Name, d.Dialect)
		}
	}
	for _, f := range m.Files {
		if err := member(f.member()); err != nil {
			return err
		}
	}
	return nil
}

// safe says whether a name stays below the folder that it is joined to.
func safe(name string) bool {
	if name == "" || name == manifestMember || strings.ContainsAny(name, "\\\x00:") {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part == "." || part == ".." {
			return false
		}
	}
	return true
}

// dialectOf says what kind of database a URL leads to, and its rest.
func dialectOf(url string) (d store.Dialect, rest string, err error) {
	scheme, rest, _ := strings.Cut(url, ":")
	switch scheme {
	case "sqlite":
		if rest == ":memory:" || rest == "" {
			return 0, "", fmt.Errorf("a database in memory cannot be backed up or restored")
		}
		return store.SQLite, rest, nil
	case "postgres", "postgresql":
		return store.PostgreSQL, rest, nil
	}
	return 0, "", fmt.Errorf("no database has the scheme %q", cmp.Or(scheme, "(none)"))
}
