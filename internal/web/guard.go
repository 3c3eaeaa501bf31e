package web

import (
	"net/http"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/ui"
)

// guard sets the headers that hold for every answer.
func guard(secure bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", ui.ContentSecurityPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		if secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// crossOrigin refuses state-changing requests that another site's page caused.
// It stands beside the CSRF token: the one needs no secret, the other no header
// from the browser.
func crossOrigin(s *Site, next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(s.answer(Route{API: true, handle: func(http.ResponseWriter, *http.Request) error {
		return with(http.StatusForbidden, object.Denied, "the request comes from a page of another site")
	}}))
	return protection.Handler(next)
}
