package logs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// Config says where and how to log. The zero value of every field but Dir is its
// default.
type Config struct {
	// Dir is the folder of the logs, such as ".appos/logs".
	Dir string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// FlushEvery is the longest that an entry waits, and the most that a killed
	// process loses; 100 ms. The writer wakes twice as often.
	FlushEvery time.Duration
	// FlushEntries is how many waiting entries are written at once; 50.
	FlushEntries int
	// Buffer is how many entries may wait before the oldest are dropped; 2,048.
	// It takes about a kilobyte each.
	Buffer int
	// RotateBytes is the size at which a day's file is followed by another; 100 MB.
	RotateBytes int64
	// CompressAfter is the age at which Clean compresses a file; 7 days.
	CompressAfter time.Duration
	// Retention is the age at which Clean deletes a file, by category; 90, 30 and
	// 365 days.
	Retention map[Category]time.Duration
	// Create opens a file for appending, making it when it is not there; nil is
	// the file system. Tests use it to make a disk that fails.
	Create func(path string) (File, error)
}

const oneDay = 24 * time.Hour

func (c *Config) defaults() {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Create == nil {
		c.Create = create
	}
	orDefault(&c.FlushEvery, 100*time.Millisecond)
	orDefault(&c.FlushEntries, 50)
	orDefault(&c.Buffer, 2048)
	orDefault(&c.RotateBytes, 100<<20)
	orDefault(&c.CompressAfter, 7*oneDay)
	kept := map[Category]time.Duration{Execution: 90 * oneDay, Performance: 30 * oneDay, Security: 365 * oneDay}
	for category, age := range c.Retention {
		if age > 0 {
			kept[category] = age
		}
	}
	c.Retention = kept
}

func orDefault[T int | int64 | time.Duration](v *T, d T) {
	if *v <= 0 {
		*v = d
	}
}

// Pipeline writes entries. It is safe for concurrent use.
type Pipeline struct {
	cfg   Config
	kinds map[Kind]bool
	ring  *ring

	write   sync.Mutex // guards the files of execution and performance, and line
	files   map[fileKey]*dayFile
	line    map[fileKey][]byte // batches, reused
	last    error              // of the last batch; nil when it was written
	dropped [categories]atomic.Uint64

	security secured

	stop   chan struct{}
	done   sync.WaitGroup
	clean  context.CancelFunc
	closed atomic.Bool
}

type fileKey struct {
	kind     Kind
	category Category
}

// Open starts a pipeline and, in the background, a Clean. The error is a folder
// that cannot be made.
func Open(c Config) (*Pipeline, error) {
	c.defaults()
	p := &Pipeline{
		cfg:   c,
		kinds: map[Kind]bool{},
		ring:  newRing(c.Buffer, c.FlushEntries),
		files: map[fileKey]*dayFile{},
		line:  map[fileKey][]byte{},
		stop:  make(chan struct{}),
	}
	p.security.files = map[Kind]*dayFile{}
	for _, k := range Kinds() {
		p.kinds[k] = true
		for _, name := range categoryNames {
			if err := os.MkdirAll(filepath.Join(c.Dir, string(k), name), 0o750); err != nil {
				return nil, fmt.Errorf("logs: cannot make the folder of the logs: %w; check that the data folder can be written", err)
			}
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	p.clean = cancel
	p.done.Go(p.run)
	p.done.Go(func() { _, _ = p.Clean(ctx) }) // what it could not do, the next one tries
	return p, nil
}

// Log takes an entry. An execution or performance entry is copied to the queue: no
// allocation, no system call, never an error. A security entry is in the file when
// Log returns, or, when the disk fails, in memory until the disk takes it; Health
// then says so. After Close, entries are written at once.
func (p *Pipeline) Log(e Entry) {
	if e.Time.IsZero() {
		e.Time = p.cfg.Now()
	}
	if !p.kinds[e.Kind] {
		e.Kind = System
	}
	e.bound()
	if e.Category >= Security {
		e.Category = Security
		p.secure(&e)
		return
	}
	p.ring.push(&e)
	if p.closed.Load() {
		_ = p.Flush() // counted, and in Health
	}
}

// run writes batches until the pipeline is closed.
func (p *Pipeline) run() {
	tick := time.NewTicker(max(p.cfg.FlushEvery/2, time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-p.stop:
			return
		case <-tick.C:
			p.retry()
		case <-p.ring.wake:
		}
		_ = p.Flush() // counted, and in Health
	}
}

// Flush writes what waits. The error is that of the disk; entries that could not
// be written are counted as dropped, but security entries are kept.
func (p *Pipeline) Flush() error {
	p.write.Lock()
	defer p.write.Unlock()
	older, newer, dropped := p.ring.take()
	p.last = errors.Join(p.batch(older, newer), p.note(dropped))
	return errors.Join(p.last, p.retry())
}

// batch encodes entries by file and writes each file once.
func (p *Pipeline) batch(parts ...[]Entry) error {
	lines := [categories]uint64{}
	for _, part := range parts {
		for i := range part {
			e := &part[i]
			key := fileKey{e.Kind, e.Category}
			p.line[key] = appendLine(p.line[key], e)
			lines[e.Category]++
		}
		clear(part) // let go of the strings
	}
	var errs []error
	for key, text := range p.line {
		if len(text) == 0 {
			continue
		}
		if n, err := p.file(key).append(p.cfg.Now(), text); err != nil {
			p.dropped[key.category].Add(countLines(text[n:]))
			errs = append(errs, err)
		}
		if p.line[key] = text[:0]; cap(text) > 1<<20 {
			delete(p.line, key) // a burst must not hold its memory for ever
		}
	}
	return errors.Join(errs...)
}

func (p *Pipeline) file(key fileKey) *dayFile {
	f := p.files[key]
	if f == nil {
		f = &dayFile{
			dir:    filepath.Join(p.cfg.Dir, string(key.kind), key.category.String()),
			limit:  p.cfg.RotateBytes,
			create: p.cfg.Create,
		}
		p.files[key] = f
	}
	return f
}

// note counts what the ring dropped and writes an entry about it.
func (p *Pipeline) note(dropped [categories]uint64) error {
	if dropped == ([categories]uint64{}) {
		return nil
	}
	e := Entry{Time: p.cfg.Now(), Kind: System, Category: Execution, Level: slog.LevelWarn, Message: "log entries were dropped: they came faster than they could be written"}
	for c, n := range dropped {
		p.dropped[c].Add(n)
		if n > 0 {
			e.Add(Int(Category(c).String(), int64(n)))
		}
	}
	one := [1]Entry{e}
	return p.batch(one[:])
}

// Close writes all that waits and closes the files. The error is that of the
// disk, and tells of security entries that are lost with it.
func (p *Pipeline) Close() error {
	if p.closed.Swap(true) {
		return nil
	}
	p.clean()
	close(p.stop)
	p.done.Wait()
	err := p.Flush()
	p.write.Lock()
	defer p.write.Unlock()
	for _, f := range p.files {
		err = errors.Join(err, f.close())
	}
	return errors.Join(err, p.security.close())
}
