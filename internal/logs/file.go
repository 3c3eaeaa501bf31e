package logs

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// File is an open log file.
type File interface {
	io.Writer
	io.Closer
	Stat() (fs.FileInfo, error)
}

// create opens a file for appending. Several processes may append to it: a write
// is one system call, and lands whole.
func create(path string) (File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o640)
}

// dayFile appends to the file of a day. Files that have reached their size are
// not renamed, but followed by another, so that several processes that write
// the same folder agree without talking.
type dayFile struct {
	dir    string
	limit  int64
	create func(string) (File, error)

	f      File
	name   fileName
	number int64 // the day, since 1970
	size   int64
	torn   bool // the file ends within a line
}

// append writes whole lines and returns how many bytes of whole lines the file
// took. A line that the disk cut is not one of them: what there is of it is
// closed before the next append, readers skip it, and the caller may write the
// line again.
func (d *dayFile) append(now time.Time, text []byte) (int, error) {
	if err := d.turn(now); err != nil {
		return 0, err
	}
	if d.torn {
		if _, err := d.f.Write([]byte{'\n'}); err != nil {
			return 0, fmt.Errorf("logs: cannot write %q: %w", d.name, err)
		}
		d.torn = false
	}
	n, err := d.f.Write(text)
	d.size += int64(n)
	if err == nil {
		return n, nil
	}
	d.torn = n > 0 && text[n-1] != '\n'
	return bytes.LastIndexByte(text[:n], '\n') + 1, fmt.Errorf("logs: cannot write %q: %w", d.name, err)
}

// turn opens the file of the day, or its follower when it is full.
func (d *dayFile) turn(now time.Time) error {
	number := now.Unix() / int64(oneDay/time.Second)
	if d.f != nil && d.number == number && d.size < d.limit {
		return nil
	}
	day := now.UTC().Format(time.DateOnly)
	next := fileName{day: day}
	if d.f != nil && d.name.day == day {
		next.part = d.name.part + 1
	}
	for {
		f, size, torn, err := d.open(next)
		if err != nil {
			return err
		}
		if size >= d.limit {
			f.Close()
			next.part++
			continue
		}
		old := d.f
		d.f, d.name, d.number, d.size, d.torn = f, next, number, size, torn
		if old != nil {
			old.Close() // all of it is written; there is nothing to lose
		}
		return nil
	}
}

// open opens a file and looks how it ends: a process that was killed may have
// left half a line.
func (d *dayFile) open(name fileName) (f File, size int64, torn bool, err error) {
	f, err = d.create(filepath.Join(d.dir, name.String()))
	if err != nil {
		return nil, 0, false, fmt.Errorf("logs: cannot open %q: %w", name, err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, 0, false, fmt.Errorf("logs: cannot open %q: %w", name, err)
	}
	size = info.Size()
	if at, ok := f.(io.ReaderAt); ok && size > 0 {
		var end [1]byte
		if _, err := at.ReadAt(end[:], size-1); err == nil {
			torn = end[0] != '\n'
		}
	}
	return f, size, torn, nil
}

func (d *dayFile) close() error {
	if d.f == nil {
		return nil
	}
	err := d.f.Close()
	d.f, d.torn = nil, false
	return err
}

func countLines(text []byte) uint64 { return uint64(bytes.Count(text, []byte{'\n'})) }
