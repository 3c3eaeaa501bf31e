package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/gzip"
)

const manifestMember = "manifest.json"

// maxManifest bounds what is read of an archive before it is known to be one.
const maxManifest = 64 << 20

// member is something that is written into an archive.
type member struct {
	name string
	path string
	size int64
}

// writeArchive writes the manifest and the members to a file beside path and
// gives it its name when it is complete and on the disk.
func writeArchive(ctx context.Context, path string, m *Manifest, members []member, progress func(int64)) (err error) {
	partial := path + ".partial"
	f, err := os.OpenFile(partial, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("the backup cannot be written: %w", err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(partial)
			err = fmt.Errorf("the backup could not be written: %w", err)
		}
	}()
	z := gzip.NewWriter(f)
	t := tar.NewWriter(z)
	head, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := writeMember(t, manifestMember, int64(len(head)), m.CreatedAt, bytes.NewReader(head)); err != nil {
		return err
	}
	for _, e := range members {
		if err := writeFile(ctx, t, e, m.CreatedAt, progress); err != nil {
			return err
		}
	}
	for _, end := range []func() error{t.Close, z.Close, f.Sync, f.Close} {
		if err := end(); err != nil {
			return err
		}
	}
	return os.Rename(partial, path)
}

func writeFile(ctx context.Context, t *tar.Writer, e member, at time.Time, progress func(int64)) error {
	f, err := os.Open(e.path)
	if err != nil {
		return err
	}
	defer f.Close()
	return writeMember(t, e.name, e.size, at, &reader{ctx: ctx, r: f, progress: progress})
}

func writeMember(t *tar.Writer, name string, size int64, at time.Time, r io.Reader) error {
	if err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: size, ModTime: at.Truncate(time.Second), Format: tar.FormatPAX}); err != nil {
		return err
	}
	_, err := io.Copy(t, r)
	return err
}

// reader ends with its context and tells how far it has come.
type reader struct {
	ctx      context.Context
	r        io.Reader
	progress func(int64)
}

func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.r.Read(p)
	if r.progress != nil {
		r.progress(int64(n))
	}
	return n, err
}

// openArchive reads the manifest of an archive and leaves the members to next.
func openArchive(ctx context.Context, path string, progress func(int64)) (m *Manifest, t *tar.Reader, closer io.Closer, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("the backup cannot be read: %w", err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
		}
	}()
	z, err := gzip.NewReader(&reader{ctx: ctx, r: f, progress: progress})
	if err != nil {
		return nil, nil, nil, fmt.Errorf("%s is no backup of AppOS: %w", filepath.Base(path), err)
	}
	t = tar.NewReader(z)
	h, err := t.Next()
	if err != nil || h.Name != manifestMember || h.Size > maxManifest {
		return nil, nil, nil, fmt.Errorf("%s is no backup of AppOS: it does not begin with %s", filepath.Base(path), manifestMember)
	}
	m = new(Manifest)
	if err := json.NewDecoder(t).Decode(m); err != nil {
		return nil, nil, nil, fmt.Errorf("the manifest of %s cannot be read: %w", filepath.Base(path), err)
	}
	return m, t, f, m.check()
}

// extract writes the members of an archive below dir and compares each with the
// manifest. Members that the manifest does not name are refused.
func extract(m *Manifest, t *tar.Reader, dir string) error {
	type want struct {
		size int64
		sum  string
	}
	wanted := map[string]want{}
	for _, d := range m.Databases {
		wanted[d.Member] = want{d.Bytes, d.SHA256}
	}
	for _, f := range m.Files {
		wanted[f.member()] = want{f.Bytes, f.SHA256}
	}
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("the backup is damaged or was cut off: %w", err)
		}
		w, ok := wanted[h.Name]
		if !ok || h.Typeflag != tar.TypeReg {
			return fmt.Errorf("the backup has a member %q that its manifest does not name", h.Name)
		}
		delete(wanted, h.Name)
		n, sum, err := save(filepath.Join(dir, filepath.FromSlash(h.Name)), t)
		switch {
		case err != nil:
			return fmt.Errorf("the member %q cannot be unpacked: %w", h.Name, err)
		case n != w.size || sum != w.sum:
			return fmt.Errorf("the member %q is damaged: its checksum is not that of the manifest", h.Name)
		}
	}
	for name := range wanted {
		return fmt.Errorf("the backup is incomplete: the member %q is missing", name)
	}
	return nil
}

// save writes a file and returns its length and checksum.
func save(path string, r io.Reader) (n int64, sum string, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return 0, "", err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	h := sha256.New()
	if n, err = io.Copy(io.MultiWriter(f, h), r); err != nil {
		return n, "", err
	}
	return n, hexSum(h), f.Sync()
}

// measure returns the length and checksum of a file.
func measure(ctx context.Context, path string) (int64, string, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, &reader{ctx: ctx, r: f})
	return n, hexSum(h), err
}

func hexSum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }
