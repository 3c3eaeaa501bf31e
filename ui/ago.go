package ui

import (
	"time"

	h "maragu.dev/gomponents/html"
)

// Ago writes how long before the request a time was, in the user's language:
// "5 minutes ago". What is a month or more ago, or to come, is "".
func (c *Ctx) Ago(t time.Time) string {
	if c.s.Now.IsZero() || t.IsZero() {
		return ""
	}
	switch d := c.s.Now.Sub(t); {
	case d < -time.Minute:
		return ""
	case d < time.Minute:
		return c.T("ago.now")
	case d < time.Hour:
		return c.count("ago.minutes", int(d/time.Minute))
	case d < 24*time.Hour:
		return c.count("ago.hours", int(d/time.Hour))
	case d < 30*24*time.Hour:
		return c.count("ago.days", int(d/(24*time.Hour)))
	}
	return ""
}

// When shows a time and, where it is near, how long ago it was.
func When(c *Ctx, t time.Time) Node {
	text, exact := c.Ago(t), c.Time(t)
	if text == "" {
		return h.Time(h.DateTime(t.UTC().Format(time.RFC3339)), Text(exact))
	}
	return h.Time(h.DateTime(t.UTC().Format(time.RFC3339)), Text(text+" · "+exact))
}
