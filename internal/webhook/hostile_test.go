package webhook_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/apposengine/appos"
	"github.com/apposengine/appos/internal/webhook"
)

// raw is a target that speaks for itself once it has read a request.
func raw(t testing.TB, speak func(c net.Conn, w *bufio.Writer)) string {
	return newTarget(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		c, rw, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		speak(c, rw.Writer)
		_ = rw.Flush()
	}).URL
}

// trickle writes the text again and again, until nobody listens any more.
func trickle(w *bufio.Writer, text string) {
	for {
		_, err := w.WriteString(text)
		if err == nil {
			err = w.Flush()
		}
		if err != nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// gone waits until the other side has closed the connection.
func gone(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

// TestHostileTargets: whatever a target does, the attempt ends, is noted for
// people, and holds no other webhook up.
func TestHostileTargets(t *testing.T) {
	each(t, func(e *env) {
		e.start(webhook.Options{Allow: loopback, Attempts: 1, Connect: time.Second, Timeout: 2 * time.Second})
		inner := newTarget(e.TB, nil)
		tls := httptest.NewUnstartedServer(http.NotFoundHandler())
		tls.Config.ErrorLog = log.New(io.Discard, "", 0)
		tls.StartTLS()
		e.Cleanup(tls.Close)
		closed := httptest.NewServer(nil)
		closed.Close()
		endless := make(chan struct{})

		const taken = "" // no fault
		targets := map[string]struct {
			url, fault, answer string
		}{
			"hangs":             {raw(e.TB, func(c net.Conn, _ *bufio.Writer) { gone(c) }), "no answer within 2s", ""},
			"trickles a header": {raw(e.TB, func(_ net.Conn, w *bufio.Writer) { trickle(w, "H") }), "no answer within 2s", ""},
			"trickles headers": {raw(e.TB, func(_ net.Conn, w *bufio.Writer) {
				_, _ = w.WriteString("HTTP/1.1 200 OK\r\n")
				trickle(w, "X-More: more\r\n")
			}), "no answer within 2s", ""},
			"trickles a body": {raw(e.TB, func(_ net.Conn, w *bufio.Writer) {
				_, _ = w.WriteString("HTTP/1.1 200 OK\r\n\r\n")
				trickle(w, "more ")
			}), taken, "[the answer had not ended after 2s]"},
			"endless headers": {raw(e.TB, func(_ net.Conn, w *bufio.Writer) {
				_, _ = w.WriteString("HTTP/1.1 200 OK\r\nX-More: ")
				for range 64 {
					_, _ = w.WriteString(strings.Repeat("more", 1<<10))
				}
			}), "larger than 64 KB", ""},
			"an endless body": {raw(e.TB, func(_ net.Conn, w *bufio.Writer) {
				defer close(endless)
				_, _ = w.WriteString("HTTP/1.1 200 OK\r\n\r\n")
				for {
					if _, err := w.WriteString(strings.Repeat("more", 1<<10)); err != nil {
						return // it was not read on
					}
				}
			}), taken, "moremore"},
			"breaks off": {raw(e.TB, func(_ net.Conn, w *bufio.Writer) {
				_, _ = w.WriteString("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nmore")
			}), taken, "[the answer broke off]"},
			"switches protocols": {raw(e.TB, func(c net.Conn, w *bufio.Writer) {
				_, _ = w.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
				_ = w.Flush()
				gone(c)
			}), "it answered 101", ""},
			"closes": {raw(e.TB, func(net.Conn, *bufio.Writer) {}), "closed before an answer", ""},
			"speaks something else": {raw(e.TB, func(_ net.Conn, w *bufio.Writer) {
				_, _ = w.WriteString("\x00\xff\xfe SSH-2.0\r\n\r\n")
			}), "no answer: ", ""},
			"a body that is no text": {raw(e.TB, func(_ net.Conn, w *bufio.Writer) {
				_, _ = w.WriteString("HTTP/1.1 500 \xff\x00\r\nContent-Length: 4\r\n\r\n\xff\x00ab")
			}), "it answered 500", "ab"},
			"redirects inside": {raw(e.TB, func(_ net.Conn, w *bufio.Writer) {
				fmt.Fprintf(w, "HTTP/1.1 302 Found\r\nLocation: %s/inside?key=1\r\nContent-Length: 0\r\n\r\n", inner.URL)
			}), `redirect (302), which webhooks do not follow; if it has moved to "127.0.0.1:`, ""},
			"redirects with the body": {raw(e.TB, func(_ net.Conn, w *bufio.Writer) {
				fmt.Fprintf(w, "HTTP/1.1 307 Temporary Redirect\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", inner.URL)
			}), "redirect (307)", ""},
			"redirects to nonsense": {raw(e.TB, func(_ net.Conn, w *bufio.Writer) {
				fmt.Fprintf(w, "HTTP/1.1 308 Permanent Redirect\r\nLocation: http://%s%%ff/\r\nContent-Length: 0\r\n\r\n", strings.Repeat("\xc3\xa9\xff", 400))
			}), "redirect (308)", ""},
			"refuses":                 {closed.URL, "refused", ""},
			"a certificate by itself": {tls.URL, "its certificate is not valid", ""},
			"no TLS":                  {strings.Replace(inner.URL, "http:", "https:", 1), "it does not speak TLS", ""},
			"status 600": {raw(e.TB, func(_ net.Conn, w *bufio.Writer) {
				_, _ = w.WriteString("HTTP/1.1 600 Odd\r\nContent-Length: 0\r\n\r\n")
			}), "it answered 600", ""},
		}
		ids := map[string]int64{}
		for name, x := range targets {
			ids[name], _ = e.hook(webhook.Settings{Name: name, Target: x.url})
		}
		good := newTarget(e.TB, nil)
		fine, _ := e.hook(webhook.Settings{Name: "fine", Target: good.URL})
		create(e, e.ctx, Customer{Name: "One"})
		e.within("the good target to get it", func() bool { return e.deliveries(fine)[0].State == webhook.Delivered })
		for name, x := range targets {
			want := webhook.Failed
			if x.fault == taken {
				want = webhook.Delivered
			}
			id := ids[name]
			e.within(name+" to end", func() bool { return e.deliveries(id)[0].State != webhook.Waiting })
			d := e.deliveries(id)[0]
			if d.State != want || !strings.Contains(d.Fault, x.fault) || len(d.Fault) > 600 || !utf8.ValidString(d.Fault) {
				e.Errorf("%s: %s, %q", name, d.State, d.Fault)
			}
			tries, err := e.hooks.Attempts(e.Context(), d.ID)
			if err != nil || len(tries) != 1 {
				e.Fatalf("%s: %d attempts, %v", name, len(tries), err)
			}
			if a := tries[0].Answer; !strings.Contains(a, x.answer) || len(a) > 5<<10 || !utf8.ValidString(a) {
				e.Errorf("%s: answer %q", name, a)
			}
		}
		<-endless
		if n := len(inner.messages()); n != 0 {
			e.Errorf("%d requests followed a redirect", n)
		}
	})
}

// TestOneSlowTarget: a target that hangs does not keep the workers, and what it is
// to get waits for its turn.
func TestOneSlowTarget(t *testing.T) {
	each(t, func(e *env) {
		e.start(webhook.Options{Allow: loopback, PerTarget: 2, Timeout: time.Minute})
		free := make(chan struct{})
		slow := newTarget(e.TB, func(_ int, _ http.ResponseWriter, r *http.Request) {
			select {
			case <-free:
			case <-r.Context().Done():
			}
		})
		quick := newTarget(e.TB, nil)
		s, _ := e.hook(webhook.Settings{Name: "slow", Target: slow.URL})
		e.hook(webhook.Settings{Name: "quick", Target: quick.URL})
		const n = 20
		for i := range n {
			create(e, e.ctx, Customer{Name: fmt.Sprintf("Customer %d", i)})
		}
		e.within("the quick one to have all", func() bool { return len(quick.messages()) == n })
		if got := len(slow.messages()); got > 2 {
			e.Errorf("%d at once", got)
		}
		close(free)
		e.within("the slow one to have all", func() bool {
			return !slices.ContainsFunc(e.deliveries(s), func(d *webhook.Delivery) bool { return d.State != webhook.Delivered })
		})
	})
}

// TestTargets: URLs that name what must not be reached are refused as they are
// entered.
func TestTargets(t *testing.T) {
	e := open(t, "sqlite::memory:")
	e.prepare(webhook.Options{})
	for _, url := range []string{
		"", "x", "//example.com/", "/in", "example.com", "https:", "https:///in", "https:example.com", "https://:443/", "mailto:a@example.com",
		"http://example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "unix:/tmp/x", "javascript:alert(1)", "data:,x",
		"https://user@example.com/", "https://user:pass@example.com/", "https://example.com/#a", "https://example.com/#", "https://exa mple.com/",
		"https://example.com:0x50/", "https://example.com/\r\nHost: x", "https://example.com/\x00", "https://" + strings.Repeat("a", 2000) + ".com/",
		"https://127.0.0.1/", "https://127.255.255.254/", "https://0.0.0.0/", "https://10.1.2.3/", "https://172.16.0.1/", "https://192.168.0.1/",
		"https://169.254.169.254/latest/meta-data/", "https://100.64.0.1/", "https://198.18.0.1/", "https://224.0.0.1/", "https://240.0.0.1/", "https://255.255.255.255/",
		"https://[::]/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[::127.0.0.1]/", "https://[64:ff9b::7f00:1]/",
		"https://[2002:7f00:1::1]/", "https://[fe80::1]/", "https://[fe80::1%25eth0]/", "https://[fc00::1]/", "https://[ff02::1]/", "https://[2001:db8::1]/",
		"https://1.1.1.1:22/", "https://1.1.1.1:6379/", "https://[2606:4700:4700::1111]:25/",
	} {
		_, _, err := e.hooks.Create(e.admin, webhook.Settings{Name: "x", Target: url, Account: "robot", Records: []string{customers}})
		var known *appos.Error
		if !errors.As(err, &known) || known.Code != appos.Invalid || len(known.Fields) != 1 || known.Fields[0].Field != "target" {
			t.Errorf("%q: %v", url, err)
		}
	}
	for i, url := range []string{"https://example.com/in?key=1", "https://example.com:8443", "https://1.1.1.1/", "https://[2606:4700:4700::1111]:8080/", "https://bücher.example/"} {
		e.hook(webhook.Settings{Name: fmt.Sprint(i), Target: url})
	}
}
