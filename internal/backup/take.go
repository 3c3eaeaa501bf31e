package backup

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/apposengine/appos/internal/store"
)

// Options say what to take.
type Options struct {
	Databases   []Target
	Folders     []Folder
	Version     string // of AppOS, for the manifest
	Environment string
	Now         func() time.Time // nil is the wall clock
	// Progress is told what is being done and how far it has come; a total of 0
	// is not known. Nil is nobody.
	Progress func(doing string, done, total int64)
}

func (o *Options) progress(doing string, done, total int64) {
	if o.Progress != nil {
		o.Progress(doing, done, total)
	}
}

// Take writes a backup to a new file: each database as it is at one moment, while
// others write to it. Databases are copied one after the other, so a change that
// spans two of them may be in one copy only. With an error there is no file.
func Take(ctx context.Context, path string, o Options) (m *Manifest, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if _, err := os.Stat(path); err == nil {
		return nil, fmt.Errorf("%s exists; name another file, or remove it", path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("the folder of the backup cannot be made: %w", err)
	}
	// beside the archive, so that what does not fit is found before it is begun
	staging, err := stage(filepath.Dir(path), ".appos-backup-", o.Now())
	if err != nil {
		return nil, fmt.Errorf("the folder of the backup cannot be written: %w", err)
	}
	defer os.RemoveAll(staging)

	m = &Manifest{Format: Format, Version: o.Version, Environment: o.Environment, CreatedAt: o.Now().UTC()}
	var members []member
	var total int64
	for _, t := range o.Databases {
		o.progress("copying "+t.Name, 0, 0)
		d, err := dump(ctx, t, staging)
		if err != nil {
			return nil, fmt.Errorf("the database %q could not be copied: %w", t.Name, err)
		}
		m.Databases = append(m.Databases, d)
		members = append(members, member{d.Member, filepath.Join(staging, d.Member), d.Bytes})
		total += d.Bytes
	}
	for _, f := range o.Folders {
		files, err := list(ctx, f, staging)
		if err != nil {
			return nil, fmt.Errorf("the folder %q could not be copied: %w", f.Name, err)
		}
		for _, file := range files {
			members = append(members, member{file.member(), filepath.Join(f.Path, filepath.FromSlash(file.Path)), file.Bytes})
			total += file.Bytes
		}
		m.Files = append(m.Files, files...)
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	var done int64
	err = writeArchive(ctx, path, m, members, func(n int64) {
		done += n
		o.progress("packing", done, total)
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// dump copies one database into a folder.
func dump(ctx context.Context, t Target, dir string) (d Database, err error) {
	dialect, rest, err := dialectOf(t.URL)
	if err != nil {
		return d, err
	}
	name := t.Name + "." + dialect.String()
	path := filepath.Join(dir, name)
	if dialect == store.SQLite {
		d, err = sqliteFile(rest).dump(ctx, path)
	} else {
		d, err = postgresDB(t.URL).dump(ctx, path)
	}
	if err != nil {
		return d, err
	}
	d.Name, d.Dialect, d.Member = t.Name, dialect.String(), name
	d.Bytes, d.SHA256, err = measure(ctx, path)
	return d, err
}

// list finds the files of a folder.
func list(ctx context.Context, f Folder, except string) ([]File, error) {
	var files []File
	err := filepath.WalkDir(f.Path, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			if path == f.Path && os.IsNotExist(err) {
				return nil
			}
			return err
		case path == except:
			return fs.SkipDir
		case !e.Type().IsRegular():
			return nil
		}
		rel, err := filepath.Rel(f.Path, path)
		if err != nil {
			return err
		}
		file := File{Folder: f.Name, Path: filepath.ToSlash(rel)}
		file.Bytes, file.SHA256, err = measure(ctx, path)
		files = append(files, file)
		return err
	})
	return files, err
}
