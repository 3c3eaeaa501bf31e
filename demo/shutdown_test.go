package main_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// slowRequest is a request whose body the client holds back: it runs until Finish.
type slowRequest struct {
	n      *node
	body   *io.PipeWriter
	rest   string
	answer chan slowAnswer
}

type slowAnswer struct {
	status int
	body   string
	err    error
}

// Slowly begins to create a customer and returns when the server waits for the
// rest of the body.
func (c *client) Slowly(code string) *slowRequest {
	c.n.t.Helper()
	pr, pw := io.Pipe()
	s := &slowRequest{n: c.n, body: pw, rest: fmt.Sprintf(`"%s","name":"Slow"}`, code), answer: make(chan slowAnswer, 1)}
	req, err := http.NewRequest("POST", c.n.URL+"/api/crm/customers", pr)
	if err != nil {
		c.n.t.Fatal(err)
	}
	// the server asks for the body only when the handler reads it, which is how
	// the test knows that the request runs
	req.Header.Set("Expect", "100-continue")
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+c.token)
	go func() {
		transport := &http.Transport{ExpectContinueTimeout: time.Minute}
		defer transport.CloseIdleConnections()
		resp, err := transport.RoundTrip(req)
		if err != nil {
			s.answer <- slowAnswer{err: err}
			return
		}
		defer resp.Body.Close()
		raw, err := io.ReadAll(resp.Body)
		s.answer <- slowAnswer{resp.StatusCode, string(raw), err}
	}()
	if _, err := io.WriteString(pw, `{"code":`); err != nil { // returns once it was read
		c.n.t.Fatal(err)
	}
	return s
}

// Finish sends the rest and returns the answer.
func (s *slowRequest) Finish() slowAnswer {
	s.n.t.Helper()
	go func() {
		_, _ = io.WriteString(s.body, s.rest) // fails when the server has hung up
		s.body.Close()
	}()
	return s.Answer()
}

// GiveUp sends no more and returns what came of the request.
func (s *slowRequest) GiveUp() slowAnswer {
	s.n.t.Helper()
	s.body.CloseWithError(io.ErrUnexpectedEOF) // the transport waits for its body even without a connection
	return s.Answer()
}

// Answer waits for the answer.
func (s *slowRequest) Answer() slowAnswer {
	s.n.t.Helper()
	select {
	case a := <-s.answer:
		return a
	case <-time.After(30 * time.Second):
		s.n.t.Fatalf("no answer\n%s", s.n.out)
		return slowAnswer{}
	}
}

// Signal sends a signal.
func (n *node) Signal(s syscall.Signal) {
	n.t.Helper()
	if err := n.cmd.Process.Signal(s); err != nil {
		n.t.Fatal(err)
	}
}

// Says waits until the node has printed the text.
func (n *node) Says(text string) {
	n.t.Helper()
	n.eventually(fmt.Sprintf("the node prints %q", text), func() bool { return strings.Contains(n.out.String(), text) })
}

// Ended waits until the process has ended, and returns how.
func (n *node) Ended() error {
	n.t.Helper()
	select {
	case err := <-n.done:
		n.done <- err
		return err
	case <-time.After(20 * time.Second):
		n.t.Fatalf("the process does not end\n%s", n.out)
		return nil
	}
}

func (n *node) running() bool {
	select {
	case err := <-n.done:
		n.done <- err
		return false
	default:
		return true
	}
}

// eventually waits for what happens on its own.
func (n *node) eventually(what string, ok func() bool) {
	n.t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			n.t.Fatalf("it did not happen in 20 s that %s\n%s", what, n.out)
		}
	}
}

// TestShutdownAnswersWhatWasAsked: requests that run are answered, none is taken
// any more, and the log has all of them.
func TestShutdownAnswersWhatWasAsked(t *testing.T) {
	n := start(t, t.TempDir(), "--no-seed")
	ana := n.As("ana")
	for range 20 {
		ana.must(http.StatusOK, "GET", "/api/crm/customers", nil, nil)
	}
	var slow []*slowRequest
	for i := range 5 {
		slow = append(slow, ana.Slowly(fmt.Sprintf("S%d", i)))
	}
	n.Signal(syscall.SIGTERM)
	n.Says("Stopping")
	n.eventually("new connections are refused", func() bool {
		conn, err := net.Dial("tcp", strings.TrimPrefix(n.URL, "http://"))
		if err == nil {
			conn.Close()
		}
		return errors.Is(err, syscall.ECONNREFUSED)
	})
	for i, s := range slow {
		if !n.running() {
			t.Fatalf("the process ended while %d requests ran\n%s", len(slow)-i, n.out)
		}
		if a := s.Finish(); a.err != nil || a.status != http.StatusCreated {
			t.Errorf("request %d: %d, %v: %s", i, a.status, a.err, a.body)
		}
	}
	if err := n.Ended(); err != nil {
		t.Errorf("the process ended with %v\n%s", err, n.out)
	}
	if got := lines(t, n.Dir, "GET /api/crm/customers"); got != 20 {
		t.Errorf("the log has %d of 20 reads", got)
	}
	if got := lines(t, n.Dir, "POST /api/crm/customers"); got != len(slow) {
		t.Errorf("the log has %d of %d writes", got, len(slow))
	}

	again := start(t, n.Dir)
	if got := again.As("ana").total("/api/crm/customers?count=true"); got != len(slow) {
		t.Errorf("%d customers are kept, want %d", got, len(slow))
	}
}

// lines counts the log's lines with the text.
func lines(t *testing.T, dir, text string) int {
	t.Helper()
	n := 0
	files, err := filepath.Glob(filepath.Join(dir, "logs", "*", "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			continue // a folder
		}
		n += bytes.Count(raw, []byte(text))
	}
	return n
}

// TestSecondSignalEndsAtOnce, whatever still runs.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	n := start(t, t.TempDir(), "--no-seed")
	held := n.As("ana").Slowly("S1")
	n.Signal(syscall.SIGTERM)
	n.Says("Stopping")
	n.Signal(syscall.SIGINT)
	var exit *exec.ExitError
	if err := n.Ended(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGINT {
		t.Errorf("the process ended with %v, not by the second signal", err)
	}
	if a := held.GiveUp(); a.err == nil {
		t.Errorf("the request that was cut off was answered: %d %s", a.status, a.body)
	}
	// as after every crash
	again := start(t, n.Dir)
	if got := again.As("ana").total("/api/crm/customers?count=true"); got != 0 {
		t.Errorf("the request that was cut off left %d rows", got)
	}
}

// TestDrainTimeout: a request that does not end in time is cut off, which the log
// says, and ends the process well all the same.
func TestDrainTimeout(t *testing.T) {
	work := t.TempDir()
	write(t, work, "appos.yaml", "shutdown:\n  drain_timeout: 200ms\n")
	n := startIn(t, work, t.TempDir(), nil, "--no-seed")
	held := n.As("ana").Slowly("S1")
	n.Signal(syscall.SIGTERM)
	if err := n.Ended(); err != nil {
		t.Errorf("the process ended with %v\n%s", err, n.out)
	}
	if a := held.GiveUp(); a.err == nil && a.status < 400 {
		t.Errorf("a request without its body was answered: %d %s", a.status, a.body)
	}
	if lines(t, n.Dir, "cut off") == 0 {
		t.Error("the log does not say that a request was cut off")
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestRefusesToStart: what keeps the program from starting is said once, clearly,
// without a trace of how it found out and without a secret.
func TestRefusesToStart(t *testing.T) {
	anyDatabase(t)
	const secret = "hunter2hunter2"
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	closed := filepath.Join(t.TempDir(), "closed")
	if err := os.Mkdir(closed, 0o500); err != nil {
		t.Fatal(err)
	}
	scrap := t.TempDir()
	write(t, scrap, "file", "")
	write(t, scrap, "scrap.db", strings.Repeat("this is no database ", 500))

	for _, tt := range []struct {
		name string
		args []string
		env  string
		yaml string
		code int
		says string
		root bool // does not hold for root, whom permissions do not stop
	}{
		{"port taken", []string{"run", "--addr", taken.Addr().String()}, "", "", 1, "address already in use; choose another with --addr", false},
		{"no such host", []string{"run", "--addr", "192.0.2.1:80"}, "", "", 1, "cannot listen on 192.0.2.1:80", false},
		{"a file where the data should be", []string{"run", "--data", filepath.Join(scrap, "file")}, "", "", 1, "choose another with --data", false},
		{"data that cannot be written", []string{"run", "--data", closed}, "", "", 1, "permission denied", true},
		{"data where nothing can be written", []string{"run", "--data", "/proc"}, "", "", 1, "check that the data folder can be written", false},
		{"data that cannot be made", []string{"run", "--data", "/proc/none"}, "", "", 1, "choose another with --data", false},
		{"unknown key", nil, "", "platform:\n  adress: 127.0.0.1:1\n", 1, `appos.yaml:2: platform.adress: is not a key; did you mean "addr"?`, false},
		{"two unknown keys", nil, "", "redis:\n  url: redis://u:" + secret + "@h:1/0\n  sesions: true\nlogin: 1\n", 1, `did you mean "sessions"?`, false},
		{"no yaml", nil, "", "platform: [\n", 1, "appos.yaml:1: ", false},
		{"a database of another kind", nil, "APPOS_DATABASE_URL=mysql://app:" + secret + "@db/app", "", 1, "sqlite:", false},
		{"a database that does not answer", nil, "APPOS_DATABASE_URL=postgres://app:" + secret + "@127.0.0.1:1/app", "", 1, "", false},
		{"no database", nil, "APPOS_DATABASE_URL=" + secret, "", 1, "APPOS_DATABASE_URL", false},
		{"a database in no folder", nil, "APPOS_DATABASE_URL=sqlite:/proc/none/app.db", "", 1, "/proc/none", false},
		{"a folder as database", nil, "APPOS_DATABASE_URL=sqlite:" + scrap, "", 1, "is a directory", false},
		{"scrap as database", nil, "APPOS_DATABASE_URL=sqlite:" + filepath.Join(scrap, "scrap.db"), "", 1, "not a database", false},
		{"a Redis of another kind", nil, "APPOS_REDIS_URL=http://app:" + secret + "@cache/", "", 1, "redis://", false},
		{"a Redis that cannot be read", nil, "APPOS_REDIS_URL=redis://app:" + secret + "@cache:port/0", "", 1, "redis://", false},
		{"an administrator's password that is too short", nil, "APPOS_ADMIN_PASSWORD=hunter2", "", 1, "at least 8 characters", false},
		{"an address that is none", nil, "APPOS_ADDR=everywhere", "", 1, "APPOS_ADDR", false},
		{"unknown flag", []string{"run", "--adr", "x"}, "", "", 2, "--adr", false},
		{"a flag without its value", []string{"run", "--addr"}, "", "", 2, "--addr", false},
		{"a flag that is none", []string{"run", "--addr", "everywhere"}, "", "", 2, "HOST:PORT", false},
		{"an argument", []string{"run", "fast"}, "", "", 2, `"fast"`, false},
		{"unknown command", []string{"rnu"}, "", "", 2, `unknown command "rnu"; did you mean "run"?`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.root && os.Geteuid() == 0 {
				t.Skip("root may write everywhere")
			}
			work := t.TempDir()
			if tt.yaml != "" {
				write(t, work, "appos.yaml", tt.yaml)
			}
			args := tt.args
			if args == nil {
				args = []string{"run"}
			}
			if args[0] == "run" && !strings.Contains(strings.Join(args, " "), "--addr") && !strings.HasPrefix(tt.env, "APPOS_ADDR") {
				args = append(args, "--addr", "127.0.0.1:0")
			}
			code, stdout, stderr := run(t, work, []string{tt.env}, args...)
			if code != tt.code {
				t.Errorf("exit code %d, want %d: %s", code, tt.code, stderr)
			}
			if stdout != "" {
				t.Errorf("standard output: %s", stdout)
			}
			if !strings.Contains(stderr, tt.says) || strings.TrimSpace(stderr) == "" {
				t.Errorf("standard error does not say %q: %s", tt.says, stderr)
			}
			if n := strings.Count(stderr, "\n"); n > 5 {
				t.Errorf("%d lines: %s", n, stderr)
			}
			for _, no := range []string{"hunter2", "goroutine", "panic", ".go:", "Usage:"} {
				if strings.Contains(stderr, no) {
					t.Errorf("standard error has %q: %s", no, stderr)
				}
			}
		})
	}
}

// run runs the demo until it ends by itself.
func run(t *testing.T, work string, env []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	cmd := exec.Command(path, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = work, &out, &errs
	cmd.Env = append(os.Environ(), env...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
	err = cmd.Wait()
	if !late.Stop() {
		t.Fatalf("it did not end\n%s%s", &out, &errs)
	}
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}
