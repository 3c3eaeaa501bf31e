package logs_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/logs"
)

func TestFullQueueDropsTheOldestAndSaysSo(t *testing.T) {
	// the writer is held in its first batch while the queue overflows
	entered, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	p := open(t, logs.Config{Buffer: 4, FlushEntries: 4, FlushEvery: time.Hour, Create: func(path string) (logs.File, error) {
		once.Do(func() { close(entered); <-release })
		return os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	}})
	log := func(i int) {
		e := rule(fmt.Sprint("m", i))
		e.Category = logs.Category(i % 2)
		p.Log(e)
	}
	for i := range 4 {
		log(i)
	}
	<-entered
	for i := 4; i < 14; i++ {
		log(i)
	}
	close(release)
	var got []string
	for _, l := range query(t, p, logs.Filter{Kinds: []logs.Kind{"rules"}}) {
		got = append(got, l.Message)
	}
	slices.Sort(got)
	if want := []string{"m0", "m1", "m10", "m11", "m12", "m13", "m2", "m3"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want the first batch and the newest four", got)
	}
	if d := p.Dropped(); d[logs.Execution] != 3 || d[logs.Performance] != 3 || d[logs.Security] != 0 {
		t.Errorf("dropped %v, want 3 and 3", d)
	}
	note := query(t, p, logs.Filter{Kinds: []logs.Kind{logs.System}, Text: "dropped"})
	if len(note) != 1 || note[0].Fields["execution"] != 3.0 || note[0].Fields["performance"] != 3.0 {
		t.Errorf("the drop is noted as %+v", note)
	}
}

// brokenDisk takes room bytes and then fails, cutting a write where it must.
type brokenDisk struct {
	mu   sync.Mutex
	room int
}

func (d *brokenDisk) give(n int) { d.mu.Lock(); d.room = n; d.mu.Unlock() }

func (d *brokenDisk) create(path string) (logs.File, error) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o600)
	return &brokenFile{d, f}, err
}

type brokenFile struct {
	disk *brokenDisk
	f    *os.File
}

func (b *brokenFile) Write(p []byte) (int, error) {
	b.disk.mu.Lock()
	defer b.disk.mu.Unlock()
	n := min(len(p), b.disk.room)
	b.disk.room -= n
	if n, err := b.f.Write(p[:n]); err != nil {
		return n, err
	}
	if n < len(p) {
		return n, syscall.ENOSPC
	}
	return n, nil
}
func (b *brokenFile) Close() error               { return b.f.Close() }
func (b *brokenFile) Stat() (fs.FileInfo, error) { return b.f.Stat() }

func TestFullDiskKeepsSecurityEntriesAndCountsTheOthers(t *testing.T) {
	disk := &brokenDisk{room: 1000}
	p := open(t, logs.Config{Create: disk.create})
	const n = 50
	for i := range n {
		e := rule(fmt.Sprint("s", i))
		e.Category = logs.Security
		p.Log(e)
		p.Log(rule("x"))
	}
	if err := p.Flush(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Flush: %v, want ENOSPC", err)
	}
	h := p.Health()
	if !h.Degraded || h.Reason == "" || h.SecurityWaiting == 0 || h.SecurityBytes == 0 {
		t.Errorf("health %+v, want degraded with waiting entries", h)
	}
	if d := p.Dropped(); d[logs.Execution] == 0 || d[logs.Security] != 0 {
		t.Errorf("dropped %v, want execution entries only", d)
	}
	disk.give(1 << 30)
	p.Log(rule("again"))
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	if h := p.Health(); h.Degraded || h.SecurityWaiting != 0 {
		t.Errorf("health %+v after recovery", h)
	}
	checkSecurity(t, p, n)
}

// checkSecurity looks for s0 … s(n-1), each once and in order.
func checkSecurity(t *testing.T, p *logs.Pipeline, n int) {
	t.Helper()
	got := query(t, p, logs.Filter{Categories: []logs.Category{logs.Security}, Limit: 10_000})
	if len(got) != n {
		t.Errorf("got %d security entries, want %d", len(got), n)
		return
	}
	for i := range got {
		if want := fmt.Sprint("s", n-1-i); got[i].Message != want {
			t.Errorf("entry %d is %q, want %q", i, got[i].Message, want)
			return
		}
	}
}

func TestDiskThatFillsAndEmptiesLosesNoSecurityEntry(t *testing.T) {
	disk := &brokenDisk{}
	var micros atomic.Int64
	now := func() time.Time { return noon.Add(time.Duration(micros.Add(1)) * time.Microsecond) }
	p := open(t, logs.Config{Create: disk.create, RotateBytes: 2000, Now: now})
	for i := range 200 {
		disk.give(i * 37 % 400) // some writes are cut, at every place
		e := rule(fmt.Sprint("s", i))
		e.Category = logs.Security
		p.Log(e)
	}
	disk.give(1 << 30)
	checkSecurity(t, p, 200)
}

func TestFullDiskAtCloseTellsWhatIsLost(t *testing.T) {
	disk := &brokenDisk{}
	p := open(t, logs.Config{Create: disk.create})
	e := rule("s")
	e.Category = logs.Security
	p.Log(e)
	if err := p.Close(); err == nil || !strings.Contains(err.Error(), "1 security entries") {
		t.Errorf("Close: %v", err)
	}
}

// TestFullFileSystem fills a real one.
func TestFullFileSystem(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=512k"); err != nil {
		t.Skipf("cannot mount a file system: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	p := open(t, logs.Config{Dir: filepath.Join(dir, "logs")})
	ballast := filepath.Join(dir, "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := f.Write(make([]byte, 4096)); err != nil {
			break
		}
	}
	f.Close()
	const n = 100
	for i := range n {
		e := rule(fmt.Sprint("s", i))
		e.Category = logs.Security
		p.Log(e)
		p.Log(rule("x"))
	}
	if err := p.Flush(); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("Flush: %v, want ENOSPC", err)
	}
	if h := p.Health(); !h.Degraded || h.SecurityWaiting == 0 {
		t.Fatalf("health %+v", h)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	if h := p.Health(); h.Degraded {
		t.Errorf("health %+v after recovery", h)
	}
	checkSecurity(t, p, n)
}

func TestFolderThatCannotBeMade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := logs.Open(logs.Config{Dir: path}); err == nil || !strings.Contains(err.Error(), "check that the data folder can be written") {
		t.Errorf("got %v", err)
	}
}
