package main_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/store/storetest"
)

const (
	adminPassword = "matterhorn at dawn"
	demoPassword  = "correct horse battery"
)

// binary builds the demo once for all tests, as a user would.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "appos-demo-*")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "demo")
	build := exec.Command("go", "build", "-o", path, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the demo: %w\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := storetest.RunAll(m)
	if path, err := binary(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// node is one running demo.
type node struct {
	t        *testing.T
	URL      string
	Dir      string // its data
	Database string // the URL of its database
	cmd      *exec.Cmd
	out      *lockedBuffer
	done     chan error
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var address = regexp.MustCompile(`http://[0-9.]+:[0-9]+`)

// start runs the demo on a free port and waits until it says that it is ready.
func start(t *testing.T, dir string, args ...string) *node {
	t.Helper()
	return startEnv(t, dir, nil, args...)
}

func startEnv(t *testing.T, dir string, env []string, args ...string) *node {
	t.Helper()
	return startIn(t, t.TempDir(), dir, env, args...) // no appos.yaml
}

// startIn runs the demo in a working directory, whose appos.yaml counts.
func startIn(t *testing.T, work, dir string, env []string, args ...string) *node {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	n := &node{t: t, Dir: dir, Database: databaseOf(t, dir, env), out: &lockedBuffer{}, done: make(chan error, 1)}
	env = append(env, "APPOS_DATABASE_URL="+n.Database)
	n.cmd = exec.Command(path, append([]string{"run", "--addr", "127.0.0.1:0", "--data", dir}, args...)...)
	n.cmd.Dir = work
	n.cmd.Env = append(os.Environ(), append([]string{"APPOS_ADMIN_PASSWORD=" + adminPassword, "APPOS_DEMO_PASSWORD=" + demoPassword}, env...)...)
	stdout, err := n.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	n.cmd.Stderr = n.out
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(io.TeeReader(stdout, n.out))
		for lines.Scan() {
			if url := address.FindString(lines.Text()); url != "" {
				select {
				case ready <- url:
				default:
				}
			}
		}
		n.done <- n.cmd.Wait()
	}()
	t.Cleanup(n.Kill)
	select {
	case n.URL = <-ready:
	case err := <-n.done:
		n.done <- err
		t.Fatalf("the demo ended before it was ready: %v\n%s", err, n.out)
	case <-time.After(60 * time.Second):
		t.Fatalf("the demo is not ready after a minute\n%s", n.out)
	}
	return n
}

// anyDatabase skips a test that says nothing about databases where it would be the
// second time.
func anyDatabase(t *testing.T) {
	t.Helper()
	if storetest.Kind() != store.SQLite {
		t.Skip("it is the same on every database")
	}
}

// databases are those of nodes on PostgreSQL, by the folder of their data.
var databases sync.Map

// databaseOf is the URL of the database that a node has: that of its environment,
// or one of its own, which it finds again when it starts in the same folder.
func databaseOf(t *testing.T, dir string, env []string) string {
	t.Helper()
	for _, e := range env {
		if url, ok := strings.CutPrefix(e, "APPOS_DATABASE_URL="); ok {
			return url
		}
	}
	if storetest.Kind() == store.SQLite {
		return "sqlite:" + filepath.Join(dir, "appos.db")
	}
	if url, ok := databases.Load(dir); ok {
		return url.(string)
	}
	url := storetest.URL(t)
	databases.Store(dir, url)
	return url
}

// Kill ends the process at once, as a power cut would.
func (n *node) Kill() {
	_ = n.cmd.Process.Kill()
	select {
	case err := <-n.done:
		n.done <- err
	case <-time.After(10 * time.Second):
	}
}

// Stop ends the process as an operator would, and returns how it ended.
func (n *node) Stop() error {
	_ = n.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-n.done:
		n.done <- err
		return err
	case <-time.After(45 * time.Second):
		return fmt.Errorf("still running 45 s after SIGTERM\n%s", n.out)
	}
}

// client speaks to a node as one user.
type client struct {
	n     *node
	token string
}

// Key makes an API key on the command line, while the node serves.
func (n *node) Key(account string, args ...string) string {
	n.t.Helper()
	return strings.TrimSpace(n.Run(append([]string{"api-key", "create", "--account", account, "--name", "test"}, args...)...))
}

// Run runs a command on the node's data, and returns what it prints.
func (n *node) Run(args ...string) string {
	n.t.Helper()
	path, err := binary()
	if err != nil {
		n.t.Fatal(err)
	}
	command := exec.Command(path, append(args, "--data", n.Dir)...)
	command.Dir = n.t.TempDir()
	command.Env = append(os.Environ(), "APPOS_DATABASE_URL="+n.Database)
	var said bytes.Buffer
	command.Stderr = &said
	out, err := command.Output()
	if err != nil {
		n.t.Fatalf("%s: %v: %s", strings.Join(args, " "), err, &said)
	}
	return string(out)
}

// As signs in by a token; partner, which is a service account, has an API key.
func (n *node) As(user string) *client {
	n.t.Helper()
	if user == "partner" {
		return &client{n: n, token: n.Key(user)}
	}
	password := demoPassword
	if user == "admin" {
		password = adminPassword
	}
	c := &client{n: n}
	var got struct{ Token string }
	c.must(http.StatusOK, "POST", "/api/auth/token", map[string]string{"username": user, "password": password}, &got)
	if got.Token == "" {
		n.t.Fatalf("no token for %s", user)
	}
	c.token = got.Token
	return c
}

// do sends a request. A body that is a string or bytes is sent as it is, others as JSON.
func (c *client) do(method, path string, body any, headers ...string) (int, http.Header, []byte) {
	c.n.t.Helper()
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		r = strings.NewReader(b)
	case []byte:
		r = bytes.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			c.n.t.Fatal(err)
		}
		r = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, c.n.URL+path, r)
	if err != nil {
		c.n.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	noRedirect := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := noRedirect.Do(req)
	if err != nil {
		c.n.t.Fatalf("%s %s: %v\n%s", method, path, err, c.n.out)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		c.n.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, answer
}

// must sends a request that is answered with the status, and decodes the answer.
func (c *client) must(status int, method, path string, body, into any, headers ...string) http.Header {
	c.n.t.Helper()
	got, header, answer := c.do(method, path, body, headers...)
	if got != status {
		c.n.t.Fatalf("%s %s = %d, want %d: %s", method, path, got, status, answer)
	}
	if into != nil {
		if err := json.Unmarshal(answer, into); err != nil {
			c.n.t.Fatalf("%s %s: %v in %s", method, path, err, answer)
		}
	}
	return header
}

// keyOf is the id of an API key.
func keyOf(t *testing.T, key string) string {
	t.Helper()
	parts := strings.Split(key, "_")
	if len(parts) != 3 {
		t.Fatal("that is no API key")
	}
	return parts[1]
}
