package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"
)

// The bounds of what is read of an answer.
const (
	maxHeader = 64 << 10
	maxAnswer = 64 << 10 // read; a connection with more is closed
	maxKept   = 4 << 10  // kept in the log
	maxFault  = 500      // of what is said of a failure, in which a target has words too
)

// client connects to targets: with no proxy, no cookies, no redirects.
type client struct{ secure, plain *http.Transport }

func newClient(g *guard, o Options) *client {
	transport := func(secure bool) *http.Transport {
		d := &net.Dialer{Timeout: o.Connect, Control: g.control(secure)}
		return &http.Transport{
			DialContext: d.DialContext, TLSHandshakeTimeout: o.Connect, ForceAttemptHTTP2: true,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			MaxResponseHeaderBytes: maxHeader, DisableCompression: true,
			MaxIdleConnsPerHost: o.PerTarget, IdleConnTimeout: 30 * time.Second,
		}
	}
	return &client{secure: transport(true), plain: transport(false)}
}

// RoundTrip implements http.RoundTripper.
func (c *client) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme == "https" {
		return c.secure.RoundTrip(r)
	}
	return c.plain.RoundTrip(r)
}

func (c *client) close() {
	c.secure.CloseIdleConnections()
	c.plain.CloseIdleConnections()
}

// answer is what came of a request.
type answer struct {
	Attempt
	retryAfter time.Duration // 0: the target did not say
}

// post sends a message to a target and reads its answer, in Options.Timeout.
func (s *Service) post(ctx context.Context, target, id string, body []byte, secrets ...string) answer {
	a := s.exchange(ctx, target, id, body, secrets)
	a.Fault = excerpt([]byte(a.Fault), maxFault)
	return a
}

func (s *Service) exchange(ctx context.Context, target, id string, body []byte, secrets []string) answer {
	a := answer{Attempt: Attempt{At: s.now()}}
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		a.Fault = "the target is no URL"
		return a
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "AppOS-Webhooks/1")
	sign(r.Header, id, a.At, body, secrets...)
	res, err := s.client.RoundTrip(r)
	if err != nil {
		a.Latency, a.Fault = time.Since(began), s.explain(ctx, err)
		return a
	}
	defer res.Body.Close() // what is left of the body is not read
	a.Status = res.StatusCode
	var text []byte
	if a.Status >= 200 { // what follows 101 is no body, and no deadline ends it
		text, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	}
	a.Latency = time.Since(began)
	a.Answer = excerpt(text, maxKept)
	a.retryAfter = retryAfter(res, s.o.Now())
	switch {
	case a.Status >= 300 && a.Status < 400:
		a.Fault = fmt.Sprintf("it answered with a redirect (%d), which webhooks do not follow", a.Status)
		if to := hostOf(res.Header.Get("Location")); to != "" {
			a.Fault += "; if it has moved to " + quoted(to) + ", change the target"
		}
	case a.Status < 200 || a.Status >= 300:
		a.Fault = fmt.Sprintf("it answered %d %s", a.Status, http.StatusText(a.Status))
	case err != nil && ctx.Err() != nil:
		a.Answer += fmt.Sprintf("\n[the answer had not ended after %s]", s.o.Timeout)
	case err != nil:
		a.Answer += "\n[the answer broke off]"
	}
	return a
}

// excerpt is the beginning of what a target said, as text that databases take.
func excerpt(b []byte, most int) string {
	if len(b) > most {
		b = append(b[:most:most], "…"...)
	}
	return strings.ReplaceAll(strings.ToValidUTF8(string(b), "�"), "\x00", "�")
}

// explain says in a sentence why there was no answer. It says nothing of the URL,
// which may hold a key.
func (s *Service) explain(ctx context.Context, err error) string {
	var b *blocked
	var dns *net.DNSError
	var op *net.OpError
	var certificate *tls.CertificateVerificationError
	var host x509.HostnameError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &b):
		return "not sent: " + b.text
	case errors.As(err, &dns) && dns.IsNotFound:
		return "the host " + quoted(dns.Name) + " was not found"
	case errors.As(err, &dns):
		return "the host " + quoted(dns.Name) + " could not be looked up"
	case errors.As(err, &certificate), errors.As(err, &host):
		return "its certificate is not valid: " + strings.TrimPrefix(strings.TrimPrefix(err.Error(), "tls: failed to verify certificate: "), "x509: ")
	case errors.As(err, &record):
		return "it does not speak TLS; is the target's address http?"
	case errors.As(err, &op) && op.Op == "dial" && op.Timeout():
		return fmt.Sprintf("no connection within %s", s.o.Connect)
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused: nothing listens there"
	case errors.Is(context.Cause(ctx), context.DeadlineExceeded):
		return fmt.Sprintf("no answer within %s", s.o.Timeout)
	case ctx.Err() != nil:
		return "this server was stopping"
	case isTimeout(err):
		return fmt.Sprintf("no TLS handshake within %s", s.o.Connect)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), strings.Contains(err.Error(), "server closed"):
		return "the connection was closed before an answer"
	case strings.Contains(err.Error(), "response headers exceeded"):
		return "the header of its answer is larger than 64 KB"
	}
	return "no answer: " + strings.TrimPrefix(err.Error(), "net/http: ")
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// maxRetryAfter bounds what a target may ask for.
const maxRetryAfter = 24 * time.Hour

// retryAfter is how long the target asks to be left alone.
func retryAfter(res *http.Response, now time.Time) time.Duration {
	text := res.Header.Get("Retry-After")
	if text == "" || res.StatusCode < 400 && res.StatusCode >= 200 && res.StatusCode < 300 {
		return 0
	}
	if d, err := time.ParseDuration(text + "s"); err == nil && !strings.ContainsAny(text, "smhun") {
		return min(max(d, 0), maxRetryAfter)
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(at.Sub(now), 0), maxRetryAfter)
	}
	return 0
}
