package queue_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/queue"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
)

// nodeEnv has the test binary be a node on the database with the URL.
const nodeEnv = "APPOS_TEST_QUEUE_NODE"

func TestMain(m *testing.M) {
	if url := os.Getenv(nodeEnv); url != "" {
		if err := beNode(url); err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
		return
	}
	storetest.Main(m)
}

const deadAfter = time.Second

// effect stores an effect and the end of the job together.
func effect(db store.DB, before func()) func(context.Context, *queue.Job, echo) error {
	return func(ctx context.Context, j *queue.Job, a echo) error {
		before()
		return db.Tx(ctx, func(ctx context.Context) error {
			if _, err := db.Exec(ctx, `INSERT INTO effect (what) VALUES (?)`, a.Text); err != nil {
				return err
			}
			return j.Complete(ctx)
		})
	}
}

// plain is a job that ends without a transaction of its own.
type plain struct{}

func (plain) Kind() string { return "plain" }

// beNode runs jobs that take their time, until it is killed.
func beNode(url string) error {
	ctx := context.Background()
	db, err := store.Open(ctx, url, store.Options{})
	if err != nil {
		return err
	}
	q, err := queue.New(queue.Options{DB: db, Dead: deadAfter})
	if err != nil {
		return err
	}
	slowly := func() {
		fmt.Println("began")
		time.Sleep(4 * deadAfter)
	}
	queue.Register(q, queue.Kind{MaxAttempts: 3}, effect(db, slowly))
	queue.Register(q, queue.Kind{MaxAttempts: 3}, func(context.Context, *queue.Job, plain) error { slowly(); return nil })
	if err := q.Start(ctx); err != nil {
		return err
	}
	fmt.Println("ready")
	select {}
}

// node starts a second process.
func node(t *testing.T, url string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), nodeEnv+"="+url)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stderr = os.Stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	lines := bufio.NewScanner(out)
	expect(t, lines, "ready")
	return c, lines
}

func expect(t *testing.T, lines *bufio.Scanner, want string) {
	t.Helper()
	if !lines.Scan() || strings.TrimSpace(lines.Text()) != want {
		t.Fatalf("the node says %q, want %q", lines.Text(), want)
	}
}

// strike ends or freezes a process outside of its transactions: one that is frozen
// within holds the write lock of SQLite, and nobody could write.
func strike(t *testing.T, db store.DB, p *os.Process, with syscall.Signal) {
	t.Helper()
	err := db.Tx(t.Context(), func(ctx context.Context) error {
		if _, err := db.Exec(ctx, `DELETE FROM effect WHERE what = ?`, "nothing"); err != nil {
			return err
		}
		if err := p.Signal(with); err != nil {
			return err
		}
		within(t, "the process has stopped", func() bool {
			stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Pid))
			_, rest, _ := strings.Cut(string(stat), ") ")
			return err == nil && (strings.HasPrefix(rest, "T") || strings.HasPrefix(rest, "Z"))
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestCrash: what a node ran that was killed runs again on another within seconds,
// with its effects once; a node that was only frozen does not end what others run
// by then.
func TestCrash(t *testing.T) {
	each(t, func(t *testing.T, db store.DB, url string) {
		for name, stop := range map[string]syscall.Signal{"killed": syscall.SIGKILL, "frozen": syscall.SIGSTOP} {
			t.Run(name, func(t *testing.T) {
				q := open(t, queue.Options{DB: db, Dead: deadAfter})
				hold := make(chan struct{})
				queue.Register(q, queue.Kind{}, effect(db, func() {}))
				queue.Register(q, queue.Kind{}, func(context.Context, *queue.Job, plain) error { <-hold; return nil })
				other, lines := node(t, url)
				first := enqueue(t, q, echo{name}, queue.Opts{})
				second := enqueue(t, q, plain{}, queue.Opts{})
				expect(t, lines, "began")
				expect(t, lines, "began")
				strike(t, db, other.Process, stop)
				gone := time.Now()
				start(t, q)
				j := state(t, q, first, queue.Done)
				if took := time.Since(gone); took > 10*deadAfter {
					t.Errorf("it ran again after %s", took)
				}
				if j.Attempt != 2 || len(j.Failures) != 1 || !strings.Contains(j.Failures[0].Text, "went away") || j.Node != q.Node() {
					t.Errorf("it is %+v", j)
				}
				within(t, "the other job runs here", func() bool {
					j, err := q.Find(t.Context(), second)
					return err == nil && j.Node == q.Node()
				})
				if stop == syscall.SIGSTOP {
					if err := other.Process.Signal(syscall.SIGCONT); err != nil {
						t.Fatal(err)
					}
					// it goes on with both jobs, and ends them after a while
					within(t, "it is back", func() bool {
						nodes, err := q.Nodes(t.Context())
						alive := 0
						for _, n := range nodes {
							if n.Alive {
								alive++
							}
						}
						return err == nil && alive == 2
					})
					time.Sleep(time.Until(gone.Add(6 * deadAfter)))
					if j, err := q.Find(t.Context(), second); err != nil || j.State != queue.Working || j.Node != q.Node() {
						t.Errorf("a job that runs here was ended by another node: %+v %v", j, err)
					}
				}
				close(hold)
				if j := state(t, q, second, queue.Done); j.Attempt != 2 {
					t.Errorf("it is %+v", j)
				}
				var n int64
				if err := db.QueryRow(t.Context(), []any{&n}, `SELECT COUNT(*) FROM effect WHERE what = ?`, name); err != nil || n != 1 {
					t.Errorf("%d effects, %v", n, err)
				}
			})
		}
	})
}
