package web

import (
	"maps"
	"net/http"

	"github.com/apposengine/appos/ui"
)

// guard sets the headers that hold for every answer. Answers share their values,
// which nobody changes: Header.Set and Add make new ones.
func guard(secure bool, next http.Handler) http.Handler {
	always := http.Header{
		"Content-Security-Policy":      {ui.ContentSecurityPolicy},
		"X-Content-Type-Options":       {"nosniff"},
		"X-Frame-Options":              {"DENY"},
		"Referrer-Policy":              {"same-origin"},
		"Cross-Origin-Opener-Policy":   {"same-origin"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"Permissions-Policy":           {"camera=(), geolocation=(), microphone=()"},
	}
	if secure {
		always.Set("Strict-Transport-Security", "max-age=31536000")
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		maps.Copy(w.Header(), always)
		next.ServeHTTP(w, r)
	})
}
