package web

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

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
	key     *security.APIKey  // nil unless the request carries an API key
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

// keyHeader carries an API key, as Authorization: Bearer does.
const keyHeader = "X-API-Key"

// identify finds out who sent the request: an API key, a bearer token, a session
// cookie, or nobody, which is the public account. A header says more than a
// cookie, which browsers send on their own. The identity is good also with an
// error.
func (s *Site) identify(r *http.Request, api bool) (*identity, error) {
	who := &identity{}
	if user, ok := r.Context().Value(sentAs{}).(*object.User); ok {
		who.user = user
		return who, nil
	}
	sent, header, err := credential(r)
	switch {
	case err != nil:
		return s.nobody(r, who, err)
	case header == keyHeader, strings.HasPrefix(sent, security.KeyPrefix):
		return s.identifyKey(r, who, sent)
	case header != "":
		who.token, who.bearer = sent, true
	default:
		if cookie, err := r.Cookie(sessionCookie); err == nil && !crossing(r) {
			who.token = cookie.Value
		}
	}
	if who.token == "" {
		return s.nobody(r, who, nil)
	}
	user, session, err := s.Security.Authenticate(r.Context(), who.token)
	if err == nil && !who.bearer && session.Kind != security.Browser { // a program's token is no cookie
		err = security.ErrNoSession
	}
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

type sentAs struct{}

// As is a request that the user sends, whatever credentials it carries: for
// programs that know who it is, such as tests.
func As(r *http.Request, u *object.User) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), sentAs{}, u))
}

// credential is what a header of the request says who sent it, and which header;
// one that says it twice is refused rather than believed by half.
func credential(r *http.Request) (sent, header string, err error) {
	bearers, keys := r.Header.Values("Authorization"), r.Header.Values(keyHeader)
	switch {
	case len(bearers)+len(keys) > 1:
		return "", "", with(http.StatusBadRequest, object.Invalid, "the request carries several credentials; send Authorization or %s, and once", keyHeader)
	case len(keys) == 1:
		if sent = strings.TrimSpace(keys[0]); sent == "" {
			return "", "", unauthorized("the header " + keyHeader + " is empty")
		}
		return sent, keyHeader, nil
	case len(bearers) == 1 && bearers[0] != "":
		scheme, token, _ := strings.Cut(bearers[0], " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return "", "", unauthorized("the Authorization header is not of the form \"Bearer TOKEN\"")
		}
		return strings.TrimSpace(token), "Authorization", nil
	}
	return "", "", nil
}

// identifyKey finds out whose API key the request carries.
func (s *Site) identifyKey(r *http.Request, who *identity, key string) (*identity, error) {
	user, k, err := s.Security.AuthenticateKey(r.Context(), key, s.clientAddr(r))
	if err == nil {
		who.user, who.key = user, k
		return who, nil
	}
	var locked *security.Locked
	switch {
	case errors.As(err, &locked):
		retry := strconv.Itoa(int(locked.RetryAfter / time.Second))
		err = with(http.StatusTooManyRequests, object.Denied, "too many API keys that are not valid; try again in %s seconds", retry).set("Retry-After", retry)
	case errors.Is(err, object.Denied):
		err = unauthorized(object.AsError(err).Public())
	}
	return s.nobody(r, who, err)
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
