package secret

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// source is where a ring is kept.
type source struct {
	path string // of the file; "" is text
	text string
}

// sourceOf reads what a setting says: a keyset, or the path of one.
func sourceOf(setting, standard string) source {
	switch {
	case strings.HasPrefix(strings.TrimSpace(setting), "{"):
		return source{text: setting}
	case setting != "":
		return source{path: setting}
	}
	return source{path: standard}
}

// String names the source for people.
func (s source) String() string {
	if s.path == "" {
		return "the environment"
	}
	return s.path
}

// stamp is the same as long as the ring is.
func (s source) stamp() (string, error) {
	if s.path == "" {
		return "text", nil
	}
	i, err := os.Stat(s.path)
	if err != nil {
		return "", s.failed(err)
	}
	return fmt.Sprint(i.ModTime().UnixNano(), i.Size()), nil
}

func (s source) read() ([]byte, error) {
	if s.path == "" {
		return []byte(s.text), nil
	}
	i, err := os.Stat(s.path)
	if err != nil {
		return nil, s.failed(err)
	}
	if i.Mode().Perm()&0o077 != 0 && i.Mode().IsRegular() {
		return nil, fmt.Errorf("the key file %s can be read by others; make it yours alone: chmod 600 %s", s.path, s.path)
	}
	b, err := os.ReadFile(s.path)
	if err != nil {
		return nil, s.failed(err)
	}
	return b, nil
}

func (s source) failed(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the key file %s is missing: %w", s.path, fs.ErrNotExist)
	}
	return fmt.Errorf("the key file cannot be read: %w", err)
}

// write puts text in the place of the file, whole or not at all. With fresh, one
// that exists stays, and that is fs.ErrExist.
func (s source) write(text []byte, fresh bool) (err error) {
	dir := filepath.Dir(s.path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("the folder of the keys cannot be made: %w", err)
	}
	f, err := os.CreateTemp(dir, ".keys-*") // with mode 0600
	if err != nil {
		return fmt.Errorf("the key file cannot be written: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("the key file cannot be written: %w", err)
	}
	put := os.Rename
	if fresh {
		put = os.Link // fails where there is one
	}
	if err := put(f.Name(), s.path); err != nil {
		return fmt.Errorf("the key file cannot be written: %w", err)
	}
	return syncDir(dir)
}

// syncDir makes the name of a new file as durable as what is in it.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = d.Sync() // not every file system can
	return d.Close()
}
