package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/apposengine/appos/internal/store"
)

// RestoreOptions say where a backup goes.
type RestoreOptions struct {
	Databases []Target // by the names of the manifest
	Only      []string // names of the manifest to put back, without folders; none is all of it
	Folders   []Folder
	// Replace puts what is there aside (SQLite, folders) or replaces it
	// (PostgreSQL). Without it, only empty places are filled.
	Replace  bool
	Now      func() time.Time // nil is the wall clock
	Progress func(doing string, done, total int64)
}

// Restored says what a restore did.
type Restored struct {
	Manifest *Manifest `json:"manifest"`
	Aside    []string  `json:"aside,omitempty"` // where what was replaced is kept
}

// Verify reads a backup to its end: checksums, the structure of every database,
// its references, its rows. It changes nothing.
func Verify(ctx context.Context, path string, progress func(doing string, done, total int64)) (*Manifest, error) {
	dir, err := os.MkdirTemp("", "appos-verify-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	return unpack(ctx, path, dir, progress)
}

// unpack extracts a backup into dir and verifies everything in it.
func unpack(ctx context.Context, path, dir string, progress func(string, int64, int64)) (*Manifest, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("the backup cannot be read: %w", err)
	}
	var done int64
	m, t, f, err := openArchive(ctx, path, func(n int64) {
		if done += n; progress != nil {
			progress("unpacking", done, info.Size())
		}
	})
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := extract(m, t, dir); err != nil {
		return nil, err
	}
	for _, d := range m.Databases {
		if progress != nil {
			progress("verifying "+d.Name, 0, 0)
		}
		if err := verify(ctx, d, filepath.Join(dir, d.Member)); err != nil {
			return nil, fmt.Errorf("the copy of the database %q: %w", d.Name, err)
		}
	}
	return m, nil
}

func verify(ctx context.Context, d Database, path string) error {
	if d.Dialect == store.PostgreSQL.String() {
		return postgresDB("").check(ctx, path)
	}
	rows, err := sqliteFile(path).verify(ctx)
	if err != nil {
		return err
	}
	return differing(d.Tables, rows)
}

// Restore verifies a backup and puts its databases and folders in their places.
// Nothing is touched before all of it is verified and every place is free. The
// server must not run.
func Restore(ctx context.Context, path string, o RestoreOptions) (r Restored, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	targets, staging, err := o.places(ctx, path)
	if err != nil {
		return r, err
	}
	dir, err := stage(staging, ".appos-restore-", o.Now())
	if err != nil {
		return r, fmt.Errorf("the place of the restore cannot be written: %w", err)
	}
	defer os.RemoveAll(dir)
	if r.Manifest, err = unpack(ctx, path, dir, o.Progress); err != nil {
		return r, err
	}
	for _, d := range r.Manifest.Databases {
		t, wanted := targets[d.Name]
		if !wanted {
			continue
		}
		if o.Progress != nil {
			o.Progress("restoring "+d.Name, 0, 0)
		}
		if err := o.put(ctx, &r, d, t, filepath.Join(dir, d.Member)); err != nil {
			return r, fmt.Errorf("the database %q was not restored: %w", d.Name, err)
		}
	}
	if len(o.Only) > 0 {
		return r, nil
	}
	for _, f := range o.Folders {
		if err := o.putFolder(&r, f, filepath.Join(dir, "folders", f.Name)); err != nil {
			return r, fmt.Errorf("the folder %q was not restored: %w", f.Name, err)
		}
	}
	return r, nil
}

// places finds where each wanted database of a backup goes, refuses places that are
// not free, and says where to unpack: on the file system of the first SQLite file, so
// that giving it its name is one step.
func (o *RestoreOptions) places(ctx context.Context, path string) (targets map[string]Target, staging string, err error) {
	m, _, f, err := openArchive(ctx, path, nil)
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	targets = map[string]Target{}
	if err := m.known(o.Only); err != nil {
		return nil, "", err
	}
	for _, d := range m.Databases {
		if len(o.Only) > 0 && !slices.Contains(o.Only, d.Name) {
			continue
		}
		t, err := o.target(d)
		if err != nil {
			return nil, "", err
		}
		_, rest, _ := dialectOf(t.URL)
		if d.Dialect == store.SQLite.String() {
			err = sqliteFile(rest).free(ctx, o.Replace)
			if staging == "" {
				staging = filepath.Dir(rest)
			}
		} else {
			err = postgresDB(t.URL).free(ctx, o.Replace)
		}
		if err != nil {
			return nil, "", err
		}
		targets[d.Name] = t
	}
	for _, f := range o.Folders {
		if entries, err := os.ReadDir(f.Path); err == nil && len(entries) > 0 && !o.Replace && len(o.Only) == 0 && m.has(f.Name) {
			return nil, "", fmt.Errorf("the folder %s is not empty; give --replace to put it aside", f.Path)
		}
	}
	if staging == "" && len(o.Folders) > 0 {
		staging = filepath.Dir(o.Folders[0].Path)
	}
	if staging != "" {
		err = os.MkdirAll(staging, 0o700)
	}
	return targets, staging, err
}

// known refuses names of databases that are not in the backup.
func (m *Manifest) known(names []string) error {
	var all []string
	for _, d := range m.Databases {
		all = append(all, d.Name)
	}
	for _, name := range names {
		if !slices.Contains(all, name) {
			return fmt.Errorf("the backup has no database %q; it has %s", name, strings.Join(all, ", "))
		}
	}
	return nil
}

func (m *Manifest) has(folder string) bool {
	for _, f := range m.Files {
		if f.Folder == folder {
			return true
		}
	}
	return false
}

func (o *RestoreOptions) target(d Database) (Target, error) {
	for _, t := range o.Databases {
		if t.Name != d.Name {
			continue
		}
		dialect, _, err := dialectOf(t.URL)
		if err != nil {
			return t, fmt.Errorf("the database %q: %w", d.Name, err)
		}
		if dialect.String() != d.Dialect {
			return t, fmt.Errorf("the database %q was backed up from %s and is %s here; a backup goes back to the kind of database that it came from, use export and import to change it", d.Name, d.Dialect, dialect)
		}
		return t, nil
	}
	return Target{}, fmt.Errorf("the backup has a database %q, which this project does not have", d.Name)
}

func (o *RestoreOptions) put(ctx context.Context, r *Restored, d Database, t Target, copied string) error {
	_, rest, err := dialectOf(t.URL)
	if err != nil {
		return err
	}
	if d.Dialect == store.SQLite.String() {
		aside, err := sqliteFile(rest).put(copied, o.Now())
		if aside != "" {
			r.Aside = append(r.Aside, aside)
		}
		return err
	}
	rows, err := postgresDB(t.URL).put(ctx, copied)
	if err != nil {
		return err
	}
	return differing(d.Tables, rows)
}

func (o *RestoreOptions) putFolder(r *Restored, f Folder, from string) error {
	if _, err := os.Stat(from); errors.Is(err, os.ErrNotExist) {
		return nil // the backup has no file of it
	}
	if entries, err := os.ReadDir(f.Path); err == nil && len(entries) > 0 {
		aside := f.Path + ".replaced-" + o.Now().UTC().Format("20060102T150405Z")
		if err := os.Rename(f.Path, aside); err != nil {
			return err
		}
		r.Aside = append(r.Aside, aside)
	} else if err == nil {
		_ = os.Remove(f.Path)
	}
	if err := os.MkdirAll(filepath.Dir(f.Path), 0o700); err != nil {
		return err
	}
	return os.Rename(from, f.Path)
}

// HasTables says whether there is a database with tables.
func HasTables(ctx context.Context, t Target) (bool, error) {
	dialect, rest, err := dialectOf(t.URL)
	if err != nil {
		return false, err
	}
	if dialect == store.SQLite {
		info, err := os.Stat(rest)
		return err == nil && info.Size() > 0, nil
	}
	db, err := postgresDB(t.URL).open(ctx)
	if err != nil {
		return false, err
	}
	n, err := countTables(ctx, db)
	return n > 0, errors.Join(err, db.Close())
}
