package security

import (
	"context"
	"unicode/utf8"

	"github.com/apposengine/appos/internal/object"
)

// SignIn is an attempt to sign in.
type SignIn struct {
	Name      string
	Password  string
	Kind      SessionKind // "" is Browser
	Address   string      // of the client, without the port
	UserAgent string
	Previous  string // the token that the client had; its session ends
}

// SignedIn is a session that began. Token is told to the client and nobody else.
type SignedIn struct {
	Token   string
	Session Session
	User    *object.User
}

// errCredentials is the same whatever is wrong.
func errCredentials() error {
	return object.Errorf(object.Denied, "the user name or the password is wrong")
}

// SignIn begins a session, under a token that is new. It is Denied when the name
// or the password is wrong, which of them is not said, and *Locked is among the
// causes when there were too many failures.
func (s *Service) SignIn(ctx context.Context, in SignIn) (*SignedIn, error) {
	if in.Kind == "" {
		in.Kind = Browser
	}
	who, err := s.verify(ctx, in.Name, in.Password, in.Address)
	if err != nil {
		return nil, err
	}
	token := newToken()
	session, err := s.begin(ctx, who, in, hashToken(token))
	if err != nil {
		return nil, err
	}
	u, err := s.UserByID(ctx, who.id)
	if err != nil {
		return nil, err
	}
	s.event(ctx, Event{Name: EventSignIn, User: who.name, Address: in.Address, Detail: string(in.Kind)})
	return &SignedIn{Token: token, Session: session, User: u}, nil
}

// verified is an account whose password was right.
type verified struct {
	id   int64
	name string
	hash string
}

// verify compares a password, behind the throttle.
func (s *Service) verify(ctx context.Context, name, password, address string) (verified, error) {
	name = fold(name)
	attempt, err := s.attempt(ctx, name, address)
	if err != nil {
		return verified{}, err
	}
	v := verified{name: name}
	var active bool
	var kind object.UserType
	err = s.db.QueryRow(ctx, []any{&v.id, (*string)(&kind), &active, &v.hash},
		`SELECT id, type, active, password_hash FROM appos_user_account WHERE name = ?`, name)
	if err != nil && !isNoRows(err) {
		return verified{}, err
	}
	known := err == nil
	if !active || kind == object.ServiceAccount {
		v.hash = ""
	}
	ok, err := matches(ctx, password, v.hash)
	if err != nil {
		return verified{}, err
	}
	if !ok {
		e := Event{Name: EventSignInFailed, Address: address, Detail: "wrong password"}
		switch {
		case !known:
			// the name is not repeated: it may be a password in the wrong field
			e.Detail = "unknown user"
		case !active:
			e.User, e.Detail = name, "account is not active"
		case kind == object.ServiceAccount:
			e.User, e.Detail = name, "a service account has no sign-in, only API keys"
		case v.hash == "":
			e.User, e.Detail = name, "account has no sign-in"
		default:
			e.User = name
		}
		s.event(ctx, e)
		return verified{}, errCredentials()
	}
	return v, attempt.succeeded(ctx)
}

// begin stores a session, and ends the oldest of a user with too many.
func (s *Service) begin(ctx context.Context, who verified, in SignIn, hash string) (Session, error) {
	now := s.o.Now()
	lasts := s.o.Session.Absolute
	if in.Kind == Token {
		lasts = s.o.Session.Token
	}
	session := Session{UserID: who.id, User: who.name, Kind: in.Kind, Address: shorten(in.Address, 64), UserAgent: shorten(in.UserAgent, 300),
		CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(lasts)}
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		// the user's row makes sign-ins of one user wait for each other, and says
		// whether the password that was compared is still the one
		n, err := s.db.Exec(ctx, `UPDATE appos_user_account SET last_sign_in_at = ? WHERE id = ? AND active = ? AND password_hash = ?`,
			now, who.id, true, who.hash)
		if err != nil {
			return err
		}
		if n == 0 {
			return errCredentials()
		}
		actor := &object.User{ID: who.id, Name: who.name}
		if in.Previous != "" {
			if _, err := s.revoke(ctx, actor, 0, `token_hash = ?`, hashToken(in.Previous)); err != nil {
				return err
			}
		}
		if _, err := s.db.Exec(ctx, `DELETE FROM appos_session WHERE user_id = ? AND (expires_at <= ? OR seen_at <= ?)`,
			who.id, now, now.Add(-s.o.Session.Idle)); err != nil {
			return err
		}
		evicted, err := s.revoke(ctx, actor, who.id, `user_id = ? AND kind = ? AND id NOT IN
			(SELECT id FROM appos_session WHERE user_id = ? AND kind = ? ORDER BY created_at DESC, id DESC LIMIT ?)`,
			who.id, string(in.Kind), who.id, string(in.Kind), s.o.Session.most(in.Kind)-1)
		if err != nil {
			return err
		}
		if evicted > 0 {
			s.db.AfterCommit(ctx, func() {
				s.event(ctx, Event{Name: EventEvicted, User: who.name, Address: in.Address, Detail: itoa(evicted) + " older sessions ended"})
			})
		}
		if err := s.db.QueryRow(ctx, []any{&session.ID}, `INSERT INTO appos_session
			(token_hash, user_id, kind, address, user_agent, created_at, seen_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
			hash, who.id, string(in.Kind), session.Address, session.UserAgent, now, now, session.ExpiresAt); err != nil {
			return err
		}
		return s.perms.audit(ctx, actor, "session.create", "user:"+who.name, nil,
			map[string]any{"session": session.ID, "kind": in.Kind, "address": session.Address})
	})
	return session, err
}

// most is how many sessions of a kind a user has.
func (o SessionOptions) most(kind SessionKind) int {
	if kind == Token {
		return o.MaxTokens
	}
	return o.MaxPerUser
}

// shorten keeps the beginning of what a client sent.
func shorten(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}
