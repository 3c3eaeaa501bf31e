package logs

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// reader collects the newest lines of one folder that match.
type reader struct {
	ctx     context.Context
	filter  *Filter
	needles [][]byte
	budget  int64 // bytes that may still be read
	partial bool
	found   []Line
}

// folder reads the files of a folder, the newest first, as far as it must.
func (r *reader) folder(dir string) error {
	names, _, err := list(dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if r.full() || !r.filter.Since.IsZero() && !name.start().Add(oneDay).After(r.filter.Since) {
			return nil
		}
		// A file holds entries of the day before, too: those that waited over
		// midnight, or for a disk that was full.
		if !r.filter.Until.IsZero() && !name.start().Before(r.filter.Until.Add(oneDay)) {
			continue
		}
		if r.budget <= 0 {
			r.partial = true
			return nil
		}
		path := filepath.Join(dir, name.String())
		if name.gz {
			err = r.compressed(path)
		} else {
			err = r.plain(path)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // it was compressed or deleted meanwhile
			return fmt.Errorf("logs: cannot read %q: %w", name, err)
		}
	}
	return nil
}

func (r *reader) full() bool { return len(r.found) >= r.filter.Limit }

func (r *reader) line(text []byte) {
	if l, ok := r.filter.match(text, r.needles); ok {
		r.found = append(r.found, l)
	}
}

const (
	chunk = 64 << 10
	// longestLine is more than any entry takes; what is longer is not a line.
	longestLine = 1 << 20
)

// plain reads a file backwards in chunks.
func (r *reader) plain(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	var rest []byte // the end of a line whose beginning is in an earlier chunk
	for end := info.Size(); end > 0; {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		if r.budget <= 0 {
			r.partial = true
			return nil
		}
		size := min(end, chunk)
		buf := make([]byte, size, size+int64(len(rest)))
		if _, err := f.ReadAt(buf, end-size); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		end -= size
		r.budget -= size
		buf = append(buf, rest...)
		for {
			i := bytes.LastIndexByte(buf, '\n')
			if i < 0 {
				break
			}
			r.line(buf[i+1:])
			buf = buf[:i]
			if r.full() {
				return nil
			}
		}
		if rest = buf; len(rest) > longestLine {
			rest = nil
		}
	}
	r.line(rest)
	return nil
}

// compressed reads a file forwards, which is the only way, and keeps the last
// lines that match.
func (r *reader) compressed(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	one := reader{ctx: r.ctx, filter: r.filter, needles: r.needles}
	room := r.filter.Limit - len(r.found)
	in := bufio.NewReaderSize(io.LimitReader(z, max(r.budget, 0)), chunk)
	for {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		text, err := in.ReadBytes('\n')
		r.budget -= int64(len(text))
		one.line(bytes.TrimSuffix(text, []byte{'\n'}))
		if len(one.found) > 2*room {
			one.found = slices.Clone(one.found[len(one.found)-room:])
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if r.budget <= 0 {
			r.partial = true
			break
		}
	}
	slices.Reverse(one.found)
	r.found = append(r.found, one.found[:min(room, len(one.found))]...)
	return nil
}
