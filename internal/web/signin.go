package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
	"github.com/apposengine/appos/ui"
)

func (s *Site) signInRoutes() []Route {
	return []Route{
		{Method: "GET", Path: "/sign-in", handle: s.signInPage},
		{Method: "POST", Path: "/sign-in", Fresh: true, handle: s.signIn},
		{Method: "POST", Path: "/sign-out", Guard: "session", handle: s.signOut},
	}
}

func (s *Site) signInPage(w http.ResponseWriter, r *http.Request) error {
	if identityOf(r).session != nil {
		http.Redirect(w, r, local(r.URL.Query().Get("next")), http.StatusSeeOther)
		return nil
	}
	c := ui.NewCtx(r.Context(), s.uiRequest(r, identityOf(r), nil))
	form := ui.SignInForm{Action: "/sign-in", Next: r.URL.Query().Get("next")}
	if r.URL.Query().Has("expired") {
		form.Error = c.T("error.401") + ". " + c.T("error.401.text")
	}
	return c.Respond(w, ui.SignIn(c, form))
}

func (s *Site) signIn(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		return with(http.StatusBadRequest, object.Invalid, "the form cannot be read: %w", err)
	}
	name := r.PostForm.Get("username")
	in, err := s.Security.SignIn(r.Context(), security.SignIn{
		Name: name, Password: r.PostForm.Get("password"), Kind: security.Browser,
		Address: s.clientAddr(r), UserAgent: r.UserAgent(), Previous: identityOf(r).token,
	})
	if err != nil {
		status, text, retry := refusal(err)
		if status >= 500 {
			return err
		}
		if retry > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(retry))
		}
		c := ui.NewCtx(r.Context(), s.uiRequest(r, identityOf(r), nil))
		c.SetStatus(status)
		return c.Respond(w, ui.SignIn(c, ui.SignInForm{Action: "/sign-in", Next: r.PostForm.Get("next"), User: name, Error: text(c)}))
	}
	http.SetCookie(w, s.cookie(in.Token, in.Session.ExpiresAt))
	http.Redirect(w, r, local(r.PostForm.Get("next")), http.StatusSeeOther)
	return nil
}

func (s *Site) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := s.Security.SignOut(r.Context(), identityOf(r).user, identityOf(r).token); err != nil {
		return err
	}
	gone := s.cookie("", time.Unix(1, 0))
	gone.MaxAge = -1
	http.SetCookie(w, gone)
	w.Header().Set("Clear-Site-Data", `"cache"`)
	http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
	return nil
}

func (s *Site) cookie(token string, expires time.Time) *http.Cookie {
	return &http.Cookie{
		Name: sessionCookie, Value: token, Path: "/", Expires: expires,
		HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode,
	}
}

// refusal says how a failed sign-in is answered: status, text, and after how
// many seconds to try again.
func refusal(err error) (status int, text func(*ui.Ctx) string, retry int) {
	var locked *security.Locked
	switch {
	case errors.As(err, &locked):
		retry = int((locked.RetryAfter + time.Second - 1) / time.Second)
		return http.StatusTooManyRequests, func(c *ui.Ctx) string { return c.T("signin.locked", "minutes", strconv.Itoa((retry+59)/60)) }, retry
	case errors.Is(err, object.Denied):
		return http.StatusUnauthorized, func(c *ui.Ctx) string { return c.T("signin.wrong") }, 0
	}
	return http.StatusInternalServerError, nil, 0
}

// local keeps a redirect on this site: a path, not an address.
func local(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	return next
}
