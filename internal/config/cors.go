package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// CORS is which pages of other sites may call an app's APIs.
type CORS struct {
	Origins []string      `yaml:"origins" default:"" format:"origin" doc:"The origins of these pages, exactly as browsers send them; \"*\" is any." example:"[https://shop.example.com]"`
	Methods []string      `yaml:"methods" default:"" format:"method" doc:"The methods they may use; empty is those that an address answers." example:"[GET]"`
	Headers []string      `yaml:"headers" default:"" format:"header" doc:"The headers they may send beside those that the API itself knows." example:"[X-Trace]"`
	MaxAge  time.Duration `yaml:"max_age" default:"10m" min:"0s" max:"24h" doc:"How long browsers remember what is allowed."`
}

// CORSOverride changes the origins in an installation.
type CORSOverride struct {
	Origins []string `yaml:"origins" default:"" format:"origin" doc:"The origins instead of app.yaml's; empty keeps those."`
}

// On returns the rules with the changes.
func (o CORSOverride) On(c CORS) CORS {
	if len(o.Origins) > 0 {
		c.Origins = o.Origins
	}
	return c
}

// isOrigin says whether a text is an origin as browsers send it: scheme, host and
// a port that is not the scheme's own, in small letters, and nothing behind.
func isOrigin(s string) bool {
	if s == "*" {
		return true
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme+"://"+u.Host != s || strings.ToLower(s) != s || strings.ContainsAny(s, "*, ") {
		return false
	}
	return u.Port() != map[string]string{"http": "80", "https": "443"}[u.Scheme] || u.Port() == ""
}

// checkOrigins notes origins that say the same twice.
func (d *decoder) checkOrigins(key string, origins []string) {
	d.once(key, origins)
	if i := slices.Index(origins, "*"); i >= 0 && len(origins) > 1 {
		d.problem(fmt.Sprintf("%s[%d]", key, i), `"*" is any origin; remove the others, or it`)
	}
}
