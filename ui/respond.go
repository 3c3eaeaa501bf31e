package ui

import (
	"encoding/base64"
	"net/http"
	"strings"
)

// Respond writes what a page drew: the document, or the parts that a boosted
// request needs, or a redirect; with status, headers and the cookie that carries
// toasts across a redirect. It sets no security headers: those hold for every
// answer of a server, not only for pages.
//
// An error while drawing, such as of a [Show] that the user may not use, is
// returned before anything is written; answer it with [Ctx.Error].
func (c *Ctx) Respond(w http.ResponseWriter, body Node) error {
	r := c.s.HTTP
	header := w.Header()
	if to := c.s.out.Location; to != "" {
		header.Set("Cache-Control", "no-store")
		c.storeToasts(w)
		http.Redirect(w, r, to, http.StatusSeeOther)
		return nil
	}
	if body == nil {
		body = Text("")
	}
	if file, ok := body.(download); ok && !hxAsked(r) {
		file.send(w, r)
		return nil
	}
	if hxAsked(r) && c.foreign(body) {
		header.Set("Cache-Control", "no-store")
		c.storeToasts(w)
		hxReload(w, r.URL.RequestURI())
		return nil
	}
	stored := c.restoreToasts()
	b := buffers.Get().(*buffer)
	b.bytes = b.bytes[:0]
	defer buffers.Put(b)
	if err := c.document(body).Render(b); err != nil {
		return err
	}
	if stored {
		c.dropToasts(w)
	}
	header.Set("Cache-Control", "no-store")
	header.Add("Vary", hxVary)
	header.Set("Content-Type", "text/html; charset=utf-8")
	if hxAsked(r) {
		hxAddress(w, r)
	}
	if c.s.out.Status != 0 {
		w.WriteHeader(c.s.out.Status)
	}
	if r.Method != http.MethodHead {
		_, _ = w.Write(b.bytes) // the browser has left
	}
	return nil
}

// document is what is sent for a body.
func (c *Ctx) document(body Node) Node {
	switch b := body.(type) {
	case fragment:
		return b.Node
	case bare:
		return bareDocument(c, b)
	case screen:
		if hxAsked(c.s.HTTP) {
			return partial(c, b)
		}
		return shell(c, b)
	}
	s := Screen(c, c.s.out.Title, body).(screen)
	return c.document(s)
}

// foreign says whether the answer cannot replace a part of the page that asks:
// it has no shell, or the shell of another app.
func (c *Ctx) foreign(body Node) bool {
	switch body.(type) {
	case fragment:
		return false
	case bare:
		return c.s.HTTP.Method == http.MethodGet
	case download:
		return true
	}
	at := hxCurrent(c.s.HTTP)
	prefix := c.s.App.Path
	return at != prefix && !strings.HasPrefix(at, prefix+"/") && c.s.HTTP.Method == http.MethodGet
}

// fragment is sent as it is, without a document around it.
type fragment struct{ Node }

const toastCookie = "appos_toasts"

// storeToasts keeps toasts for the page that a redirect leads to. The cookie
// holds only texts that this page would have shown.
func (c *Ctx) storeToasts(w http.ResponseWriter) {
	if len(c.s.out.Toasts) == 0 {
		return
	}
	var parts []string
	for _, t := range c.s.out.Toasts {
		parts = append(parts, string(t.Tone)+"\x1f"+t.Title+"\x1f"+t.Text)
	}
	value := base64.RawURLEncoding.EncodeToString([]byte(strings.Join(parts, "\x1e")))
	if len(value) > 3500 { // browsers drop a cookie over 4 KB
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: toastCookie, Value: value, Path: "/", MaxAge: 60,
		HttpOnly: true, Secure: c.s.HTTP.TLS != nil, SameSite: http.SameSiteLaxMode,
	})
}

// restoreToasts takes over the toasts of the page before, and says whether there
// is a cookie of them.
func (c *Ctx) restoreToasts() bool {
	cookie, err := c.s.HTTP.Cookie(toastCookie)
	if err != nil || cookie.Value == "" {
		return false
	}
	text, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil {
		return true
	}
	for part := range strings.SplitSeq(string(text), "\x1e") {
		if p := strings.Split(part, "\x1f"); len(p) == 3 {
			c.Toast(Variant(p[0]), p[1], p[2])
		}
	}
	return true
}

func (c *Ctx) dropToasts(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{Name: toastCookie, Path: "/", MaxAge: -1, HttpOnly: true, Secure: c.s.HTTP.TLS != nil, SameSite: http.SameSiteLaxMode})
}
