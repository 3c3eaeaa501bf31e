package logs_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/logs"
)

const childDir = "LOGS_TEST_CHILD_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		logForEver(dir)
	}
	os.Exit(m.Run())
}

// logForEver logs, and says on standard output what it has logged, until it is
// killed.
func logForEver(dir string) {
	p, err := logs.Open(logs.Config{Dir: dir})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for i := 0; ; i++ {
		s := rule(fmt.Sprint("s", i))
		s.Category = logs.Security
		p.Log(s)
		fmt.Println("s", i, time.Now().UnixNano())
		p.Log(rule(fmt.Sprint("e", i)))
		fmt.Println("e", i, time.Now().UnixNano())
		time.Sleep(100 * time.Microsecond)
	}
}

// TestKill kills a process that logs: what it said it had logged for security is
// in the files, and so is what it said it had executed 100 ms before.
func TestKill(t *testing.T) {
	for round := 1; ; round++ {
		late := kill(t)
		if late == 0 {
			return
		}
		// A machine that stops the whole process for a while can hold the writer
		// back; one that does so thrice in a row has a writer that is late.
		if round == 3 {
			t.Fatalf("%d execution entries older than 100 ms were lost", late)
		}
	}
}

func kill(t *testing.T) (late int) {
	dir := t.TempDir()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childDir+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer child.Wait()
	type said struct {
		category string
		n        int
		at       time.Time
	}
	var all []said
	in := bufio.NewScanner(out)
	var killed time.Time
	for in.Scan() {
		var s said
		var nanos int64
		if _, err := fmt.Sscan(in.Text(), &s.category, &s.n, &nanos); err != nil {
			if killed.IsZero() {
				t.Fatalf("%v: %q", err, in.Text())
			}
			continue // cut by the kill
		}
		s.at = time.Unix(0, nanos)
		if all = append(all, s); len(all) == 2000 {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			killed = time.Now()
		}
	}
	if killed.IsZero() {
		t.Fatal("the child ended before it was killed")
	}
	security, execution := written(t, dir, "security"), written(t, dir, "execution")
	for _, s := range all {
		switch {
		case s.category == "s" && !security[fmt.Sprint("s", s.n)]:
			t.Fatalf("security entry %d is lost", s.n)
		case s.category == "e" && killed.Sub(s.at) > 100*time.Millisecond && !execution[fmt.Sprint("e", s.n)]:
			late++
		}
	}
	return late
}

func written(t *testing.T, dir, category string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	paths, _ := filepath.Glob(filepath.Join(dir, "rules", category, "*.jsonl"))
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		whole := text[:strings.LastIndex(string(text), "\n")+1]
		for l := range strings.Lines(string(whole)) {
			found[line(t, l).Message] = true
		}
	}
	return found
}
