package migrate

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/apposengine/appos/internal/store"
)

// ErrNothing says that the declared schema is the snapshot's: there is nothing to
// migrate.
var ErrNothing = errors.New("the declarations are what the migrations make: there is nothing to migrate")

// NewOptions are the options of New.
type NewOptions struct {
	Options
	Data bool      // a file for statements of your own, without a change of the schema
	Now  time.Time // the version
}

const versionForm = "20060102150405"

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_]{0,79}$`)

// New writes the next migration of a folder into dir: the files of both dialects,
// the snapshot of tables and the checksums. The error is a *Refusal when the
// change is not made, and ErrNothing when there is none.
func New(dir string, f *Folder, name string, tables []store.Table, o NewOptions) (Version, *Change, error) {
	name = strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(name))
	if !nameForm.MatchString(name) {
		return Version{}, nil, fmt.Errorf("a migration cannot be named %q; use letters, digits and underscores, such as add_credit", name)
	}
	id := o.Now.UTC().Format(versionForm)
	if n := len(f.Versions); n > 0 && id <= f.Versions[n-1].ID {
		last, err := time.Parse(versionForm, f.Versions[n-1].ID)
		if err != nil {
			return Version{}, nil, fmt.Errorf("%s has a version that is no time; rename it", f.Versions[n-1])
		}
		id = last.Add(time.Second).Format(versionForm)
	}
	v := Version{ID: id, Name: name, Data: o.Data}
	next := &Folder{Path: f.Path, files: map[string][]byte{}}
	for name, text := range f.files {
		next.files[name] = text
	}
	var made *Change
	var written []string
	for _, d := range dialects {
		c := &Change{Dialect: d}
		if !o.Data {
			var err error
			if c, err = Plan(d, f.Snapshot, tables, o.Options); err != nil {
				return v, nil, err
			}
			if same(f.Snapshot, tables) {
				return v, nil, ErrNothing
			}
		}
		made = c
		next.files[v.file(d)] = []byte(script(name, c, o.Data))
		written = append(written, v.file(d))
	}
	if !o.Data {
		next.files[snapshotFile] = marshal(tables)
	} else if next.files[snapshotFile] == nil {
		next.files[snapshotFile] = marshal(nil)
	}
	next.files[checksumsFile] = []byte(next.checksums())
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return v, nil, err
	}
	// the checksums last: without them, what was written before is not believed
	for _, name := range append(written, snapshotFile, checksumsFile) {
		if err := replace(filepath.Join(dir, name), next.files[name]); err != nil {
			return v, nil, err
		}
	}
	return v, made, nil
}

// replace writes a file whole or not at all.
func replace(path string, text []byte) error {
	part, err := os.CreateTemp(filepath.Dir(path), ".part-*")
	if err != nil {
		return err
	}
	defer os.Remove(part.Name())
	_, err = part.Write(text)
	err = errors.Join(err, part.Chmod(0o644), part.Sync(), part.Close())
	if err != nil {
		return err
	}
	return os.Rename(part.Name(), path)
}

// Hash accepts the files of a folder as they are now: it writes their checksums.
// It refuses to where a file that a database has run is another now, which applied
// tells: the checksums of files that were run, by name. It returns the names whose
// checksum is new.
func Hash(dir, shown string, applied map[string]string) ([]string, error) {
	f, err := read(os.DirFS(dir), ".", shown)
	if err != nil {
		return nil, err
	}
	before, _ := parseChecksums(string(f.files[checksumsFile]))
	// what was written by New, or accepted here, is not looked through at every start
	for _, v := range f.Versions {
		for d, file := range v.files {
			if _, err := statements(d, file.text); err != nil {
				f.note("%s: %s", file.name, err)
			}
		}
	}
	for name, sum := range applied {
		switch is, ok := f.files[name]; {
		case !ok:
			f.note("%s is missing, and a database has run it; restore it from version control", name)
		case checksum(is) != sum:
			f.note("%s was changed, and a database has run it; restore it, and put the change into another migration", name)
		}
	}
	if len(f.problems) > 0 {
		return nil, &FolderError{shown, f.problems}
	}
	if len(f.files) == 0 {
		return nil, &FolderError{shown, []string{"there are no migrations"}}
	}
	known := map[string]string{}
	for _, l := range before {
		known[l.name] = l.sum
	}
	var changed []string
	for name, text := range f.files {
		if name != checksumsFile && known[name] != checksum(text) {
			changed = append(changed, name)
		}
		delete(known, name)
	}
	for name := range known {
		changed = append(changed, name)
	}
	return changed, replace(filepath.Join(dir, checksumsFile), []byte(f.checksums()))
}
