package migrate

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/apposengine/appos/internal/store"
)

// The files beside the migrations.
const (
	snapshotFile  = "snapshot.json"
	checksumsFile = "checksums"
)

// dialects are those that every migration has a file for: an app starts on one
// and may grow onto another.
var dialects = []store.Dialect{store.PostgreSQL, store.SQLite}

// Folder is the migrations of one database, such as migrations/main.
type Folder struct {
	Path     string // for messages
	Versions []Version
	Snapshot []store.Table // the schema that all of them make

	files    map[string][]byte // everything that checksums are kept of
	problems []string
}

// Version is one migration, in a file per dialect.
type Version struct {
	ID    string // the time it was made, such as "20261123043000"
	Name  string // such as "add_credit"
	Data  bool   // it changes rows, not the schema
	files map[store.Dialect]file
}

// String is the version as its files are called.
func (v Version) String() string { return v.ID + "_" + v.Name }

type file struct {
	name, text, checksum string
}

// file is the name of a version's file.
func (v Version) file(d store.Dialect) string { return v.String() + "." + d.String() + ".sql" }

// FolderError is what is wrong with a folder of migrations, or between it and a
// database: all of it at once.
type FolderError struct {
	Path     string
	Problems []string
}

func (e *FolderError) Error() string {
	if len(e.Problems) == 1 {
		return "migrations " + e.Path + ": " + e.Problems[0]
	}
	return fmt.Sprintf("migrations %s: %d problems:\n  %s", e.Path, len(e.Problems), strings.Join(e.Problems, "\n  "))
}

// Read reads the folder at name in a file system; one that does not exist has no
// migrations. path is what messages call it.
func Read(files fs.FS, name, path string) (*Folder, error) {
	f, err := read(files, name, path)
	if err != nil {
		return nil, err
	}
	f.verify()
	if len(f.problems) > 0 {
		return nil, &FolderError{path, f.problems}
	}
	return f, nil
}

var fileForm = regexp.MustCompile(`^(\d{14})_([a-z0-9_]+)\.([a-z0-9]+)\.sql$`)

// read reads the files without looking at their checksums.
func read(files fs.FS, name, shown string) (*Folder, error) {
	f := &Folder{Path: shown, files: map[string][]byte{}}
	entries, err := fs.ReadDir(files, name)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return nil, &FolderError{shown, []string{err.Error()}}
	}
	for _, e := range entries {
		if ext := path.Ext(e.Name()); e.IsDir() || ext != ".sql" && e.Name() != snapshotFile && e.Name() != checksumsFile {
			if ext == ".json" {
				f.note("%s is no file of migrations; remove it", e.Name())
			}
			continue // notes of people
		}
		text, err := fs.ReadFile(files, path.Join(name, e.Name()))
		if err != nil {
			return nil, &FolderError{shown, []string{err.Error()}}
		}
		// version control may give lines other ends
		text = []byte(strings.ReplaceAll(string(text), "\r\n", "\n"))
		f.files[e.Name()] = text
		if path.Ext(e.Name()) == ".sql" {
			f.add(e.Name(), string(text))
		}
	}
	slices.SortFunc(f.Versions, func(a, b Version) int { return strings.Compare(a.String(), b.String()) })
	for i, v := range f.Versions {
		if i > 0 && v.ID == f.Versions[i-1].ID {
			f.note("%s and %s have the same version; give one a later one, then appos migrate hash", f.Versions[i-1], v)
		}
		for _, d := range dialects {
			if _, ok := v.files[d]; !ok {
				f.note("%s is missing: every migration has a file for each of sqlite and postgres; write it, then appos migrate hash", v.file(d))
			}
		}
	}
	f.readSnapshot()
	return f, nil
}

func (f *Folder) note(format string, args ...any) {
	f.problems = append(f.problems, fmt.Sprintf(format, args...))
}

// add adds a file of SQL.
func (f *Folder) add(name, text string) {
	m := fileForm.FindStringSubmatch(name)
	if m == nil {
		f.note("%s is not named like a migration, such as 20261123043000_add_credit.sqlite.sql; rename or remove it", name)
		return
	}
	i := slices.IndexFunc(dialects, func(d store.Dialect) bool { return d.String() == m[3] })
	if i < 0 {
		f.note("%s is for the unknown dialect %q; there are sqlite and postgres", name, m[3])
		return
	}
	at := slices.IndexFunc(f.Versions, func(v Version) bool { return v.ID == m[1] && v.Name == m[2] })
	if at < 0 {
		at = len(f.Versions)
		f.Versions = append(f.Versions, Version{ID: m[1], Name: m[2], files: map[store.Dialect]file{}})
	}
	f.Versions[at].files[dialects[i]] = file{name, text, checksum([]byte(text))}
	if slices.Contains(strings.Split(text, "\n"), dataMark) {
		f.Versions[at].Data = true
	}
}

func (f *Folder) readSnapshot() {
	text, ok := f.files[snapshotFile]
	switch {
	case ok:
		tables, err := unmarshal(text)
		if err != nil {
			f.note("%s is damaged: %s; restore it from version control", snapshotFile, err)
		}
		f.Snapshot = tables
	case len(f.Versions) > 0:
		f.note("%s is missing: migrations are planned from it; restore it from version control", snapshotFile)
	}
}

// verify compares the files with their checksums.
func (f *Folder) verify() {
	text, ok := f.files[checksumsFile]
	if !ok {
		if len(f.files) > 0 {
			f.note("%s is missing; restore it from version control, or, when no file was applied anywhere yet, write it with appos migrate hash", checksumsFile)
		}
		return
	}
	listed, whole := parseChecksums(string(text))
	if !whole {
		f.note("%s was edited, or two branches were merged: look at what they changed, then appos migrate hash", checksumsFile)
	}
	for _, l := range listed {
		is, ok := f.files[l.name]
		switch {
		case !ok:
			f.note("%s is missing: databases that ran it still need it; restore it from version control", l.name)
		case checksum(is) != l.sum && l.name == snapshotFile:
			f.note("%s was changed after it was written, or only half of it was; restore it from version control, or accept it with appos migrate hash", l.name)
		case checksum(is) != l.sum:
			f.note("%s was changed after it was written: restore it, or, where no database has run it yet, accept it with appos migrate hash", l.name)
		}
	}
	for name := range f.files {
		if name != checksumsFile && !slices.ContainsFunc(listed, func(l listedFile) bool { return l.name == name }) {
			f.note("%s has no checksum: it was added by hand, or appos migrate new was interrupted; remove it, or accept it with appos migrate hash", name)
		}
	}
	slices.Sort(f.problems)
}

type listedFile struct{ name, sum string }

// checksums are the lines of the file of checksums: one of every file in order of
// their names, and one of all lines, which shows lines that were taken away.
func (f *Folder) checksums() string {
	var names []string
	for name := range f.files {
		if name != checksumsFile {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var b strings.Builder
	b.WriteString("# What the files were when they were written. Do not edit; appos migrate hash accepts changes.\n")
	for _, name := range names {
		b.WriteString(name + " " + checksum(f.files[name]) + "\n")
	}
	return b.String() + "all " + checksum([]byte(b.String())) + "\n"
}

// parseChecksums reads what checksums wrote; whole says that nothing was changed.
func parseChecksums(text string) (listed []listedFile, whole bool) {
	for line := range strings.Lines(text) {
		name, sum, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || name == "#" {
			continue
		}
		if name == "all" {
			before, after, _ := strings.Cut(text, "all ")
			return listed, sum == checksum([]byte(before)) && strings.TrimSpace(after) == sum
		}
		listed = append(listed, listedFile{name, sum})
	}
	return listed, false
}

func checksum(text []byte) string {
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:])
}
