package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/security"
)

func (s *Site) tokenRoutes() []Route {
	return []Route{
		{Method: "POST", Path: "/api/auth/token", Fresh: true, API: true, handle: s.token},
		{Method: "DELETE", Path: "/api/auth/token", Guard: "session", API: true, handle: s.revokeToken},
	}
}

// token answers a user name and password with a bearer token.
func (s *Site) token(w http.ResponseWriter, r *http.Request) error {
	body, err := jsonBody(r)
	if err != nil {
		return err
	}
	var in struct {
		Username string `json:"username"`
		Password string `json:"password"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil || d.More() {
		// the decoder's words could quote the password
		return with(http.StatusBadRequest, object.Invalid, `the body must be {"username": "…", "password": "…"}`)
	}
	signed, err := s.Security.SignIn(r.Context(), security.SignIn{
		Name: in.Username, Password: in.Password, Kind: security.Token, Address: s.clientAddr(r), UserAgent: r.UserAgent(),
	})
	if err != nil {
		switch status, _, retry := refusal(err); status {
		case http.StatusTooManyRequests:
			return with(status, object.Denied, "too many failed sign-ins; try again in %d seconds", retry).set("Retry-After", strconv.Itoa(retry))
		case http.StatusUnauthorized:
			// said to everybody, so that it does not tell what the name is
			return unauthorized("the user name or the password is wrong; service accounts have API keys instead")
		}
		return err
	}
	answer, err := json.Marshal(struct {
		Token     string    `json:"token"`
		ExpiresAt time.Time `json:"expires_at"`
	}{signed.Token, signed.Session.ExpiresAt.UTC()})
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, answer)
}

// revokeToken ends the session of the token that the request carries.
func (s *Site) revokeToken(w http.ResponseWriter, r *http.Request) error {
	if err := s.Security.SignOut(r.Context(), identityOf(r).user, identityOf(r).token); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
