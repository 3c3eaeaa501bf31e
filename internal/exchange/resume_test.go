package exchange_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/exchange"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store/storetest"
)

// write writes a file of n clients, some of which are wrong: every line of wrong
// has a code that was there before.
func (b *bench) clients(name string, n int, wrong ...int) string {
	b.Helper()
	path := filepath.Join(b.dir, name)
	f, err := os.Create(path)
	b.must(err)
	w := bufio.NewWriter(f)
	bad := map[int]bool{}
	for _, line := range wrong {
		bad[line] = true
	}
	fmt.Fprintln(w, "code,name,email,tier,credit,active")
	for i := range n {
		code := i
		if bad[i+2] {
			code = 0
		}
		fmt.Fprintf(w, "C%08d,Client number %d,client%d@example.com,silver,%d.50,true\n", code, i, i, i)
	}
	b.must(w.Flush())
	b.must(f.Close())
	return path
}

// A duplicate far down is a line of the report, not a mystery.
func TestDuplicateInLine90000(t *testing.T) {
	if testing.Short() {
		t.Skip("imports 91,000 rows")
	}
	b := setup(t, "sqlite:"+filepath.Join(t.TempDir(), "test.db"), company)
	path := b.clients("many.csv", 91_000, 90_000)
	job, faults, err := b.try("co.records.client", path, exchange.Options{OnError: exchange.Continue})
	b.must(err)
	if len(faults) != 1 || faults[0].Line != 90_000 || faults[0].Field != "code" || !strings.Contains(faults[0].Message, `"C00000000" is already taken`) {
		t.Fatalf("faults %+v, job %+v", faults, job)
	}
	if n := count[Client](b); n != 90_999 {
		t.Errorf("%d rows are stored, want 90,999", n)
	}
}

// An import that is cut off goes on where it was, and the report is whole.
func TestResume(t *testing.T) {
	storetest.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, company)
		path := b.clients("many.csv", 5_500, 700, 4_001)
		ctx, cancel := context.WithCancel(b.ctx)
		cfg := b.config("co.records.client", path)
		cfg.Progress = func(j exchange.Job, _ int64) {
			if j.Rows == 3_000 {
				cancel()
			}
		}
		im, err := exchange.New(b.ctx, cfg, exchange.Options{Format: exchange.CSV, OnError: exchange.Continue})
		b.must(err)
		job, err := im.Run(b.engine.Begin(ctx, object.FrameOf(b.ctx).Exec.User, ""))
		if err == nil || job.State != exchange.Failed || job.Rows != 3_000 || count[Client](b) != 2_999 {
			t.Fatalf("cut off: %+v, %v, %d rows", job, err, count[Client](b))
		}

		db := b.engine.DB()
		found, err := exchange.Find(b.ctx, db, job.ID)
		b.must(err)
		im, err = exchange.Resume(b.ctx, b.config("co.records.client", path), found)
		b.must(err)
		if _, err := exchange.Resume(b.ctx, b.config("co.records.client", path), &job); err == nil {
			t.Error("it is resumed twice")
		}
		job, err = im.Run(b.ctx)
		b.must(err)
		if job.State != exchange.Done || job.Rows != 5_500 || job.Created != 5_498 || job.Failed != 2 || count[Client](b) != 5_498 {
			t.Errorf("resumed: %+v, %d rows", job, count[Client](b))
		}
		report, err := os.ReadFile(im.ReportPath())
		b.must(err)
		if n := strings.Count(string(report), "\n"); n != 2 || !strings.Contains(string(report), `"line":700`) || !strings.Contains(string(report), `"line":4001`) {
			t.Errorf("the report is %s", report)
		}
		if _, err := exchange.Resume(b.ctx, b.config("co.records.client", path), &job); !errors.Is(err, object.Conflict) {
			t.Errorf("resuming what is done: %v", err)
		}
	})
}

func TestResumeWantsTheSameFile(t *testing.T) {
	b := setup(t, "sqlite::memory:", company)
	path := b.clients("many.csv", 2_500)
	cfg := b.config("co.records.client", path)
	im, err := exchange.New(b.ctx, cfg, exchange.Options{Format: exchange.CSV, OnError: exchange.Continue})
	b.must(err)
	job := im.Job()
	b.must(exchange.Cancel(b.ctx, b.engine.DB(), job.ID))
	job, err = im.Run(b.ctx)
	if job.State != exchange.Cancelled || count[Client](b) != 0 {
		t.Fatalf("cancelled: %+v, %v", job, err)
	}
	b.clients("many.csv", 2_600)
	_, err = exchange.Resume(b.ctx, cfg, &job)
	b.says(err, "is not what it was")
	b.must(os.Remove(path))
	_, err = exchange.Resume(b.ctx, cfg, &job)
	b.says(err, "not there any more")
}

const killedImport = "APPOS_TEST_KILLED_IMPORT"

// TestKilled runs an import in a process that is killed, and goes on in this one.
func TestKilled(t *testing.T) {
	if url := os.Getenv(killedImport); url != "" {
		importForever(t, url)
		return
	}
	if testing.Short() {
		t.Skip("starts processes")
	}
	storetest.Each(t, func(t *testing.T, url string) {
		b := setup(t, url, company)
		path := b.clients("many.csv", 30_000, 20_000)
		child := exec.Command(os.Args[0], "-test.run", "^TestKilled$")
		child.Env = append(os.Environ(), killedImport+"="+url, "APPOS_TEST_FILE="+path, "APPOS_TEST_DIR="+b.dir)
		b.must(child.Start())
		db := b.engine.DB()
		for n := 0; n < 4_000; { // killed somewhere in a batch after this
			if err := child.Process.Signal(nil); errors.Is(err, os.ErrProcessDone) {
				t.Fatal("the import has ended before it was killed")
			}
			if jobs, err := exchange.Jobs(b.ctx, db, 1); err == nil && len(jobs) > 0 {
				n = int(jobs[0].Rows)
			}
			time.Sleep(time.Millisecond)
		}
		b.must(child.Process.Kill())
		_ = child.Wait()

		jobs, err := exchange.Jobs(b.ctx, db, 1)
		b.must(err)
		if jobs[0].State != exchange.Running || int64(count[Client](b)) != jobs[0].Created {
			t.Fatalf("killed at %+v with %d rows", jobs[0], count[Client](b))
		}
		cfg := b.config("co.records.client", path)
		if _, err := exchange.Resume(b.ctx, cfg, jobs[0]); !errors.Is(err, object.Conflict) || !strings.Contains(err.Error(), "may be running still") {
			t.Errorf("an import that moved a moment ago is taken over: %v", err)
		}
		cfg.Now = func() time.Time { return time.Now().Add(2 * exchange.Stalled) }
		im, err := exchange.Resume(b.ctx, cfg, jobs[0])
		b.must(err)
		job, err := im.Run(b.ctx)
		b.must(err)
		if job.State != exchange.Done || job.Created != 29_999 || job.Failed != 1 || count[Client](b) != 29_999 {
			t.Errorf("resumed: %+v, %d rows", job, count[Client](b))
		}
	})
}

func importForever(t *testing.T, url string) {
	b := attach(t, url, company)
	b.dir = os.Getenv("APPOS_TEST_DIR")
	im, err := exchange.New(b.ctx, b.config("co.records.client", os.Getenv("APPOS_TEST_FILE")), exchange.Options{Format: exchange.CSV, OnError: exchange.Continue})
	b.must(err)
	_, err = im.Run(b.ctx)
	b.must(err)
}

// Memory stays flat, however long the file is. APPOS_BENCH_ROWS makes it long.
func TestMemory(t *testing.T) {
	n := 40_000
	if s := os.Getenv("APPOS_BENCH_ROWS"); s != "" {
		fmt.Sscan(s, &n)
	} else if testing.Short() {
		t.Skip("imports many rows")
	}
	b := setup(t, "sqlite:"+filepath.Join(t.TempDir(), "test.db"), company)
	path := b.clients("many.csv", n)
	cfg := b.config("co.records.client", path)
	var early, most uint64
	cfg.Progress = func(j exchange.Job, _ int64) {
		if j.Rows%10_000 != 0 {
			return
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		if j.Rows == 10_000 {
			early = m.HeapAlloc
		}
		most = max(most, m.HeapAlloc)
	}
	im, err := exchange.New(b.ctx, cfg, exchange.Options{Format: exchange.CSV, OnError: exchange.Continue})
	b.must(err)
	job, err := im.Run(b.ctx)
	b.must(err)
	if int(job.Created) != n {
		t.Fatalf("job %+v", job)
	}
	if most > early+8<<20 {
		t.Errorf("the heap grew from %d kB after 10,000 rows to %d kB", early>>10, most>>10)
	}
	t.Logf("%d rows: heap after 10,000 rows %d kB, at most %d kB", n, early>>10, most>>10)
}
