package logs

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Cleaned is what a Clean did.
type Cleaned struct {
	Compressed, Deleted int
}

// Clean deletes the files that are past their retention and compresses those that
// are past Config.CompressAfter. It should run every night; Open runs it too. The
// errors of single files are joined and do not stop it; ctx does.
func (p *Pipeline) Clean(ctx context.Context) (Cleaned, error) {
	var did Cleaned
	var errs []error
	for _, kind := range Kinds() {
		for c := range categories {
			category := Category(c)
			dir := filepath.Join(p.cfg.Dir, string(kind), category.String())
			errs = append(errs, p.cleanFolder(ctx, dir, p.cfg.Retention[category], &did))
			if err := ctx.Err(); err != nil {
				return did, err
			}
		}
	}
	return did, errors.Join(errs...)
}

func (p *Pipeline) cleanFolder(ctx context.Context, dir string, retention time.Duration, did *Cleaned) error {
	names, _, err := list(dir)
	if err != nil {
		return err
	}
	errs := []error{p.removeLeftovers(dir)}
	now := p.cfg.Now()
	for _, name := range names {
		if ctx.Err() != nil {
			break
		}
		path := filepath.Join(dir, name.String())
		// The age of a file is that of its newest entry, at the end of its day.
		switch age := now.Sub(name.start().Add(oneDay)); {
		case age >= retention:
			if err := remove(path); err != nil {
				errs = append(errs, err)
				continue
			}
			did.Deleted++
		case age >= p.cfg.CompressAfter && !name.gz:
			if err := compress(path); err != nil {
				errs = append(errs, err)
				continue
			}
			did.Compressed++
		}
	}
	return errors.Join(errs...)
}

// compress replaces a file by its gzip. A crash leaves the file, or the file and
// its gzip, of which the next Clean makes one again.
func compress(path string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("logs: cannot compress %q: %w", filepath.Base(path), err)
		}
	}()
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(path), "*"+leftover)
	if err != nil {
		return err
	}
	defer os.Remove(out.Name()) // not there any more when all went well
	defer out.Close()
	z := gzip.NewWriter(out)
	if _, err := io.Copy(z, in); err != nil {
		return err
	}
	if err := errors.Join(z.Close(), out.Chmod(0o640), out.Sync(), out.Close()); err != nil {
		return err
	}
	if err := os.Rename(out.Name(), path+".gz"); err != nil {
		return err
	}
	return remove(path)
}

// leftover ends the names of files that are being written.
const leftover = ".tmp"

// removeLeftovers deletes what a killed process was compressing; an hour is more
// than any file takes.
func (p *Pipeline) removeLeftovers(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, entry := range entries {
		info, err := entry.Info()
		if err == nil && strings.HasSuffix(entry.Name(), leftover) && p.cfg.Now().Sub(info.ModTime()) > time.Hour {
			errs = append(errs, remove(filepath.Join(dir, entry.Name())))
		}
	}
	return errors.Join(errs...)
}

// remove deletes a file; another process may have been faster.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("logs: cannot delete %q: %w", filepath.Base(path), err)
	}
	return nil
}

// Usage is the disk space of one folder.
type Usage struct {
	Kind     Kind
	Category Category
	Files    int
	Bytes    int64
}

// Usage returns the disk space of every folder that has files.
func (p *Pipeline) Usage() ([]Usage, error) {
	var all []Usage
	for _, kind := range Kinds() {
		for c := range categories {
			u := Usage{Kind: kind, Category: Category(c)}
			names, sizes, err := list(filepath.Join(p.cfg.Dir, string(kind), u.Category.String()))
			if err != nil {
				return nil, err
			}
			for _, n := range names {
				u.Files++
				u.Bytes += sizes[n]
			}
			if u.Files > 0 {
				all = append(all, u)
			}
		}
	}
	return all, nil
}
