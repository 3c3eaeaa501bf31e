package web

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
)

// sessionCookie carries the session of a browser.
const sessionCookie = "appos_session"

// csrfHeader and csrfField carry the CSRF token of a state-changing request.
const (
	csrfHeader = "X-CSRF-Token"
	csrfField  = "_csrf"
)

// identity is who sent a request, and how that is known.
type identity struct {
	user    *object.User
	session *security.Session // nil for the public account
	token   string            // of the session
	bearer  bool              // the token came in the Authorization header
	expired bool              // a session was named that is over
}

type identityKey struct{}

func withIdentity(ctx context.Context, who *identity) context.Context {
	return context.WithValue(ctx, identityKey{}, who)
}

func identityOf(r *http.Request) *identity {
	who, _ := r.Context().Value(identityKey{}).(*identity)
	return who
}

// csrf is the token that the forms of this session carry.
func (who *identity) csrf() string {
	if who.session == nil {
		return ""
	}
	return security.CSRFToken(who.token)
}

// anybody is the identity of routes for which it does not matter.
var anybody = &identity{user: &object.User{Name: security.PublicUser}}

// identify finds out who sent the request: a bearer token, a session cookie, or
// nobody, which is the public account. The identity is good also with an error.
func (s *Site) identify(r *http.Request, api bool) (*identity, error) {
	who := &identity{}
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, token, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return s.nobody(r, who, unauthorized("the Authorization header is not of the form \"Bearer TOKEN\""))
		}
		who.token, who.bearer = strings.TrimSpace(token), true
	} else if cookie, err := r.Cookie(sessionCookie); err == nil {
		who.token = cookie.Value
	}
	if who.token == "" {
		return s.nobody(r, who, nil)
	}
	user, session, err := s.Security.Authenticate(r.Context(), who.token)
	switch {
	case err == nil:
		who.user, who.session = user, session
		return who, nil
	case !errors.Is(err, security.ErrNoSession):
		return s.nobody(r, who, err)
	case api:
		return s.nobody(r, who, unauthorized("the session or token is unknown or over; sign in again"))
	}
	who.expired = true
	return s.nobody(r, who, nil)
}

func (s *Site) nobody(r *http.Request, who *identity, err error) (*identity, error) {
	user, failed := s.Security.Anonymous(r.Context())
	if failed != nil {
		user = &object.User{Name: security.PublicUser}
		if err == nil {
			err = failed
		}
	}
	who.user, who.session = user, nil
	return who, err
}

func unauthorized(text string) error {
	return with(http.StatusUnauthorized, object.Denied, "%s", text).set("WWW-Authenticate", `Bearer realm="appos"`)
}

// checkCSRF refuses a state-changing request of a browser session that does not
// carry the session's token. Bearer tokens are not sent by browsers on their own.
func (s *Site) checkCSRF(r *http.Request, who *identity) error {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return nil
	}
	if who.session == nil || who.bearer {
		return nil
	}
	sent := r.Header.Get(csrfHeader)
	if sent == "" && strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		if err := readForm(r); err != nil {
			return err
		}
		sent = r.PostForm.Get(csrfField)
	}
	if !security.VerifyCSRF(who.token, sent) {
		s.denied(r, who, "csrf", "the request carries no valid CSRF token")
		return with(http.StatusForbidden, object.Denied, "the request carries no valid CSRF token; reload the page and try again, or send the header %s", csrfHeader)
	}
	return nil
}

// clientAddr is the address that the request came from: the one that trusted
// proxies name, else that of the connection.
func (s *Site) clientAddr(r *http.Request) string {
	host := peer(r)
	// some proxies add a line of their own below the client's
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && s.trusts(host); i-- {
		hop := strings.TrimSpace(hops[i])
		if _, err := netip.ParseAddr(hop); err != nil {
			break
		}
		host = hop
	}
	return host
}

// peer is the address of the connection's other end, a proxy perhaps.
func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// isLocal says whether the request was made on this machine. One that a proxy
// here passed on was not, as far as is known, unless the proxy is trusted to say.
func (s *Site) isLocal(r *http.Request) bool {
	addr, err := netip.ParseAddr(s.clientAddr(r))
	if err != nil || !addr.Unmap().IsLoopback() {
		return false
	}
	forwarded := r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != ""
	return !forwarded || s.trusts(peer(r))
}

func (s *Site) trusts(host string) bool {
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	for _, p := range s.Proxies {
		if p.Contains(addr.Unmap()) {
			return true
		}
	}
	return false
}

// language is the user's, else the first of the browser's that an app speaks.
func language(r *http.Request, u *object.User) string {
	if u.Language != "" {
		return u.Language
	}
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		base, _, _ := strings.Cut(tag, "-")
		switch base = strings.ToLower(base); base {
		case "en", "fr", "de":
			return base
		}
	}
	return ""
}
