package ui

import (
	"errors"
	"net/http"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos/internal/object"
)

// ErrTooMany and ErrExpired are ends of a request that no object causes. They
// are for servers, which hand them to [Ctx.Error].
var (
	ErrTooMany = errors.New("too many requests")   // 429
	ErrExpired = errors.New("the session is over") // 401
)

// Error is the page that says how a request failed, with the way back and the id
// under which the logs have it. It sets the status: 403, 404, 409, 422, 429, 503,
// 504 or 500. What may be shown of the error is its public text; the rest is not.
func (c *Ctx) Error(err error) Node {
	status, key, icon := kindOfError(err)
	c.SetStatus(status)
	c.s.out.Location = ""
	c.s.crumb = nil
	title, text := c.T(key), c.T(key+".text")
	if e := object.AsError(err); status != http.StatusInternalServerError && e.Text != "" {
		text = c.sentence(e.Text)
	}
	back := LinkButton("/", c.T("error.home"), Primary)
	if c.s.App.Path != "" {
		back = LinkButton(c.s.App.Path+"/", c.T("error.back"), Primary)
	}
	if status == http.StatusUnauthorized {
		back = LinkButton(localURL(c.s.HTTP.URL.RequestURI()), c.T("signin"), Primary)
	}
	id := c.ExecutionID()
	body := g.Group{EmptyState(icon, "", text, back),
		when(id != "", h.P(class("errid"), g.Text(c.T("error.id")+" "), h.Code(g.Text(id))))}
	if c.s.App.Path == "" || !c.signedIn() {
		return Bare(c, title, h.H1(g.Text(title)), body)
	}
	return Screen(c, title, body)
}

func kindOfError(err error) (status int, key, icon string) {
	switch {
	case errors.Is(err, ErrTooMany):
		return http.StatusTooManyRequests, "error.429", "hourglass"
	case errors.Is(err, ErrExpired):
		return http.StatusUnauthorized, "error.401", "clock-alert"
	}
	if outage := (*object.Outage)(nil); errors.As(err, &outage) {
		return http.StatusServiceUnavailable, "error.503", "hourglass"
	}
	if full := (*object.NoSpace)(nil); errors.As(err, &full) {
		return http.StatusInsufficientStorage, "error.507", "circle-alert"
	}
	switch object.AsError(err).Code {
	case object.Denied:
		return http.StatusForbidden, "error.403", "lock"
	case object.NotFound:
		return http.StatusNotFound, "error.404", "compass"
	case object.Conflict:
		return http.StatusConflict, "error.409", "git-merge-conflict"
	case object.Invalid:
		return http.StatusUnprocessableEntity, "error.422", "circle-alert"
	case object.Timeout:
		return http.StatusGatewayTimeout, "error.504", "hourglass"
	}
	return http.StatusInternalServerError, "error.500", "bug"
}
