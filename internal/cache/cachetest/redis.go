package cachetest

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/redis/rueidis"
)

// Redis is a real server that belongs to one test.
type Redis struct {
	t    testing.TB
	bin  string
	dir  string
	port int
	cmd  *exec.Cmd
}

// StartRedis starts a server on a free port, which ends with the test. Where
// redis-server is not installed it skips the test, unless
// APPOS_TEST_REQUIRE_SERVICES is set: then it fails it.
func StartRedis(t testing.TB) *Redis {
	t.Helper()
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		if os.Getenv("APPOS_TEST_REQUIRE_SERVICES") != "" {
			t.Fatal("redis-server is not installed, and APPOS_TEST_REQUIRE_SERVICES is set")
		}
		t.Skip("redis-server is not installed; scripts/setup-test.sh installs it")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	r := &Redis{t: t, bin: bin, dir: t.TempDir(), port: port}
	t.Cleanup(r.Kill)
	r.Start()
	return r
}

// URL is where the server is.
func (r *Redis) URL() string { return fmt.Sprintf("redis://127.0.0.1:%d/0", r.port) }

// Start starts the server again after Kill, empty, and waits until it answers.
func (r *Redis) Start() {
	r.t.Helper()
	log, err := os.OpenFile(filepath.Join(r.dir, "redis.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		r.t.Fatal(err)
	}
	defer log.Close()
	r.cmd = exec.Command(r.bin, "--port", fmt.Sprint(r.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", r.dir)
	r.cmd.Stdout, r.cmd.Stderr = log, log
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	Eventually(r.t, "redis-server answers", func() bool {
		o, err := rueidis.ParseURL(r.URL())
		if err != nil {
			r.t.Fatal(err)
		}
		o.DisableCache, o.ForceSingleClient, o.DisableRetry = true, true, true
		c, err := rueidis.NewClient(o)
		if err != nil {
			return false
		}
		defer c.Close()
		return c.Do(context.Background(), c.B().Ping().Build()).Error() == nil
	})
}

// Kill ends the server at once, and what it held.
func (r *Redis) Kill() {
	if r.cmd == nil {
		return
	}
	r.cmd.Process.Kill()
	r.cmd.Wait()
	r.cmd = nil
}

// Freeze stops the server without ending it: connections stay open and nothing
// is answered.
func (r *Redis) Freeze() { r.signal(syscall.SIGSTOP) }

// Thaw lets a frozen server go on where it was.
func (r *Redis) Thaw() { r.signal(syscall.SIGCONT) }

func (r *Redis) signal(s syscall.Signal) {
	r.t.Helper()
	if err := r.cmd.Process.Signal(s); err != nil {
		r.t.Fatal(err)
	}
}

// Eventually waits until ok is true, and fails the test when that takes too long.
func Eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; {
		if ok() {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("it did not happen in 20 s that %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
