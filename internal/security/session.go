package security

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"time"

	"github.com/apposengine/appos/internal/object"
)

// SessionKind is how a session's token travels.
type SessionKind string

const (
	// Browser sessions travel in a cookie.
	Browser SessionKind = "browser"
	// Token sessions travel in the Authorization header.
	Token SessionKind = "token"
)

// Session is a signed-in client. The token that stands for it is kept only by
// the client; the database has its hash.
type Session struct {
	ID        int64
	UserID    int64
	User      string // the sign-in name; in lists
	Kind      SessionKind
	Address   string
	UserAgent string
	CreatedAt time.Time
	SeenAt    time.Time // exact to a tenth of the idle time
	ExpiresAt time.Time
}

// ErrNoSession says that a token stands for no session that is alive: it never
// did, or the session ended.
var ErrNoSession = errors.New("no session")

func noSession() error {
	return object.Errorf(object.Denied, "you are not signed in, or the session has ended: %w", ErrNoSession)
}

// tokenSize is 256 bits.
const tokenSize = 32

func newToken() string { return base64.RawURLEncoding.EncodeToString(randomBytes(tokenSize)) }

// hashToken is what the database knows of a token. The token is random, so a
// plain hash is as good as a slow one.
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// CSRFToken is the value that forms and scripts of the session with the token
// must send back. It says nothing about the token.
func CSRFToken(token string) string {
	h := hmac.New(sha256.New, []byte(token))
	h.Write([]byte("appos csrf 1"))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// VerifyCSRF says whether given is the CSRF token of the session, in a time that
// does not depend on how much of it is right.
func VerifyCSRF(token, given string) bool {
	return token != "" && hmac.Equal([]byte(CSRFToken(token)), []byte(given))
}

// Authenticate returns who the token stands for, as of now, and the session. It
// is Denied, with ErrNoSession among the causes, when that is nobody.
//
// It is asked on every request: one query, and no write unless the session was
// last seen a tenth of the idle time ago.
func (s *Service) Authenticate(ctx context.Context, token string) (*object.User, *Session, error) {
	if len(token) != base64.RawURLEncoding.EncodedLen(tokenSize) {
		return nil, nil, noSession()
	}
	attended := !unattended(ctx)
	ctx = apart(ctx)
	hash := hashToken(token)
	seen, err := s.sessions.Find(ctx, hash)
	if errors.Is(err, ErrNoSession) {
		return nil, nil, noSession()
	}
	if err != nil {
		return nil, nil, err
	}
	now := s.o.Now()
	if !seen.Active || !seen.alive(now, s.o.Session.Idle) {
		return nil, nil, noSession()
	}
	u, _, err := s.perms.at(ctx, seen.UserID, seen.Epoch)
	if err != nil {
		if object.AsError(err).Code == object.Denied {
			err = noSession()
		}
		return nil, nil, err
	}
	session := seen.Session
	session.User = u.Name
	if attended && now.Sub(seen.SeenAt) >= s.o.Session.Idle/10 {
		// a session that cannot be touched ends early, at worst: no reason to
		// refuse a request that only reads
		if s.sessions.Touch(ctx, hash, seen, now) == nil {
			session.SeenAt = now
		}
	}
	return u, &session, nil
}

// Anonymous returns the account of whoever has not signed in, as of now.
func (s *Service) Anonymous(ctx context.Context) (*object.User, error) {
	return s.UserNamed(ctx, PublicUser)
}

// UserNamed returns the active user with the name, as of now, to run something
// as. It is Denied when the account is not active, NotFound when there is none.
func (s *Service) UserNamed(ctx context.Context, name string) (*object.User, error) {
	return s.user(ctx, `name = ?`, fold(name), name)
}

// UserByID returns the active user with the id, as of now. It is Denied when the
// account is not active, NotFound when there is none.
func (s *Service) UserByID(ctx context.Context, id int64) (*object.User, error) {
	return s.user(ctx, `id = ?`, id, itoa(int(id)))
}

func (s *Service) user(ctx context.Context, condition string, arg any, who string) (*object.User, error) {
	ctx = apart(ctx)
	var id, epoch int64
	var active bool
	err := s.db.QueryRow(ctx, []any{&id, &active, &epoch},
		`SELECT u.id, u.active, e.epoch FROM appos_user_account u CROSS JOIN appos_security_epoch e WHERE e.id = 1 AND u.`+condition, arg)
	if isNoRows(err) {
		return nil, object.Errorf(object.NotFound, "there is no user %q", who)
	}
	if err != nil {
		return nil, err
	}
	if !active {
		return nil, errInactive()
	}
	u, _, err := s.perms.at(ctx, id, epoch)
	return u, err
}
