package main_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// wire is a connection to a node, without a client that knows HTTP.
type wire struct {
	t *testing.T
	net.Conn
	r *bufio.Reader
}

func (n *node) dial(t *testing.T) *wire {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(n.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(time.Minute)) // longer than the node is patient
	return &wire{t, c, bufio.NewReader(c)}
}

// begin sends the head of a request.
func (w *wire) begin(c *client, method, path string, headers ...string) {
	w.t.Helper()
	head := method + " " + path + " HTTP/1.1\r\nHost: demo\r\n"
	if c != nil {
		head += "Authorization: Bearer " + c.token + "\r\n"
	}
	for _, h := range headers {
		head += h + "\r\n"
	}
	w.send(head + "\r\n")
}

func (w *wire) send(text string) {
	w.t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		w.t.Fatalf("the node has closed the connection: %v", err)
	}
}

// answer reads the answer's status and body.
func (w *wire) answer() (int, string) {
	w.t.Helper()
	resp, err := http.ReadResponse(w.r, nil)
	if err != nil {
		w.t.Fatalf("no answer: %v", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatalf("no whole answer: %v", err)
	}
	return resp.StatusCode, string(body)
}

// TestHostileConnections: clients that are slow, idle or gone hold nothing up, and
// end.
func TestHostileConnections(t *testing.T) {
	anyDatabase(t)
	work := t.TempDir()
	yaml := "api: {timeout: 5s, stall: 4s, max_body: 100KB}\nimport: {max_size: 1MB}\n"
	if err := os.WriteFile(filepath.Join(work, "appos.yaml"), []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	n := startIn(t, work, t.TempDir(), nil, "--no-seed")
	ana, sam := n.As("ana"), n.As("sam")
	const customers = "/api/crm/customers"
	asJSON := "Content-Type: application/json"

	// these take the time that the node gives them, and do so together
	t.Run("slow", func(t *testing.T) {
		t.Run("head", func(t *testing.T) {
			t.Parallel()
			w := n.dial(t)
			w.send("GET /health HTTP/1.1\r\nHost: demo\r\nX-Slow: ")
			if _, err := io.Copy(io.Discard, w.r); err != nil { // until the node has had enough
				t.Errorf("the connection was not closed: %v", err)
			}
		})
		t.Run("body that stops", func(t *testing.T) {
			t.Parallel()
			w := n.dial(t)
			w.begin(ana, "POST", customers, asJSON, "Content-Length: 90000")
			w.send(`{"code":"S1","name":`)
			if status, body := w.answer(); status != http.StatusRequestTimeout || !strings.Contains(body, "did not come in time") {
				t.Errorf("%d %s", status, body)
			}
		})
		t.Run("body that drips", func(t *testing.T) {
			t.Parallel()
			w := n.dial(t)
			w.begin(ana, "POST", customers+"/import?format=ndjson", asJSON, "Content-Length: 90000")
			go func() {
				for range 600 {
					if _, err := w.Write([]byte(" ")); err != nil {
						return
					}
					time.Sleep(100 * time.Millisecond)
				}
			}()
			if status, body := w.answer(); status != http.StatusRequestTimeout {
				t.Errorf("%d %s", status, body)
			}
		})
		t.Run("file that keeps coming", func(t *testing.T) {
			t.Parallel()
			// longer than a request may take, but it moves
			w := n.dial(t)
			w.begin(n.As("cora"), "POST", customers+"/import?format=ndjson", asJSON, "Transfer-Encoding: chunked")
			for i := range 35 {
				row := fmt.Sprintf(`{"code":"F%d","name":"%s"}`+"\n", i, strings.Repeat("x", 50))
				row += strings.Repeat(" ", 1500) + "\n"
				w.send(fmt.Sprintf("%x\r\n%s\r\n", len(row), row))
				time.Sleep(200 * time.Millisecond)
			}
			w.send("0\r\n\r\n")
			if status, body := w.answer(); status != http.StatusOK || !strings.Contains(body, `"created":35`) {
				t.Errorf("%d %s", status, body)
			}
		})
		t.Run("refused without reading", func(t *testing.T) {
			t.Parallel()
			for _, c := range []*client{nil, sam} { // sam may not create
				w := n.dial(t)
				w.begin(c, "POST", customers, asJSON, "Content-Length: 90000")
				if status, body := w.answer(); status != http.StatusUnauthorized && status != http.StatusForbidden {
					t.Errorf("%d %s", status, body)
				}
			}
		})
		t.Run("refused before it is sent", func(t *testing.T) {
			t.Parallel()
			w := n.dial(t)
			w.begin(sam, "POST", customers, asJSON, "Content-Length: 90000", "Expect: 100-continue")
			if status, body := w.answer(); status != http.StatusForbidden {
				t.Errorf("%d %s", status, body)
			}
		})
	})

	t.Run("too large", func(t *testing.T) {
		large := strings.Repeat(" ", 110<<10)
		for _, framing := range []string{fmt.Sprintf("Content-Length: %d", len(large)), "Transfer-Encoding: chunked"} {
			w := n.dial(t)
			w.begin(ana, "POST", customers, asJSON, framing)
			if strings.HasPrefix(framing, "T") {
				fmt.Fprintf(w, "%x\r\n%s\r\n0\r\n\r\n", len(large), large)
			} else {
				_, _ = io.WriteString(w, large)
			}
			if status, body := w.answer(); status != http.StatusRequestEntityTooLarge || !strings.Contains(body, "larger than 100KB") {
				t.Errorf("%s: %d %s", framing, status, body)
			}
		}
	})

	t.Run("idle", func(t *testing.T) {
		for i := range 500 {
			w := n.dial(t)
			switch i % 3 {
			case 1:
				w.send("POST " + customers + " HTTP/1.1\r\nHost:")
			case 2:
				w.begin(ana, "POST", customers, asJSON, "Content-Length: 90000")
				w.send(`{"code":`)
			}
		}
		for i := range 20 {
			ana.must(http.StatusCreated, "POST", customers, map[string]any{"code": fmt.Sprintf("I%d", i), "name": "Idle"}, nil)
		}
	})

	t.Run("gone", func(t *testing.T) {
		was := n.goroutines(t)
		for i := range 60 {
			w := n.dial(t)
			switch i % 3 {
			case 0: // in the middle of a body
				w.begin(ana, "POST", customers, asJSON, "Content-Length: 90000", fmt.Sprintf("Idempotency-Key: gone %d", i))
				w.send(`{"code":"G`)
			case 1: // in the middle of a file
				w.begin(ana, "POST", customers+"/import?format=csv", "Content-Type: text/csv", "Content-Length: 90000", fmt.Sprintf("Idempotency-Key: gone %d", i))
				w.send("code,name\nG1,Gone\n")
			case 2: // in the middle of an answer
				w.begin(ana, "GET", customers+"/export?format=csv")
				_, _ = w.r.ReadByte()
			}
			_ = w.Close()
		}
		n.eventually("what the connections held is free", func() bool { return n.goroutines(t) <= was+20 })
		if rows := ana.total(customers + "?count=true&code__like=G%25"); rows != 0 {
			t.Errorf("%d rows of bodies that broke off", rows)
		}
		if left, _ := filepath.Glob(filepath.Join(n.Dir, "uploads", "*")); len(left) > 0 {
			t.Errorf("files that broke off are kept: %v", left)
		}
	})
}

// goroutines are how many the node has, by its own figures.
func (n *node) goroutines(t *testing.T) int {
	t.Helper()
	_, _, figures := (&client{n: n}).do("GET", "/metrics", nil)
	for line := range strings.Lines(string(figures)) {
		var count int
		if _, err := fmt.Sscanf(line, "go_goroutines %d", &count); err == nil {
			return count
		}
	}
	t.Fatal("the figures do not say how many goroutines there are")
	return 0
}
