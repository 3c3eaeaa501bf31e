package config

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// format is a form that a text must have.
type format struct {
	wants string
	ok    func(string) bool
}

func matching(pattern string) func(string) bool {
	return regexp.MustCompile(`^(?:` + pattern + `)$`).MatchString
}

// formats are what the format tags name.
var formats = map[string]format{
	"name":     {`a name of small letters, digits, "_" and "-"`, matching(`[a-z][a-z0-9_-]{0,62}`)},
	"group":    {`a group's name of 2 to 63 small letters, digits and "_"`, matching(`[a-z][a-z0-9_]{1,62}`)},
	"icon":     {`an icon's name of small letters, digits and "-"`, matching(`[a-z0-9][a-z0-9-]{0,62}`)},
	"language": {`a language such as "en" or "fr-CA"`, matching(`[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?`)},
	"version":  {`a version such as "1.2.0"`, matching(`v?[0-9]{1,9}(?:\.[0-9]{1,9}){0,2}(?:[-+][0-9A-Za-z.+-]{1,64})?`)},
	"zone":     {`a time zone such as "Europe/Paris"`, isZone},
	"addr":     {`a host and a port such as "127.0.0.1:8080"`, isAddr},
	"cidr":     {`a network such as "10.0.0.0/8"`, isNetwork},
	"port":     {"a port from 1 to 65535", isPort},
	"origin":   {`an origin such as "https://shop.example.com", in small letters and without a path, or "*"`, isOrigin},
	"method":   {`a method such as "GET"`, matching(`GET|POST|PUT|PATCH|DELETE`)},
	"header":   {`a header's name such as "X-Trace"`, matching(`[A-Za-z][A-Za-z0-9-]{0,62}`)},
	"url":      {`an address such as "https://appos.example.com"`, func(s string) bool { return hasScheme(s, "http", "https") }},
	"redis":    {`an address such as "redis://host:6379/0"`, func(s string) bool { return hasScheme(s, "redis", "rediss", "unix") }},
	"database": {`"postgres://user:password@host/name" or "sqlite:path"`, isDatabase},
}

func isZone(s string) bool {
	if s == "" || s == "Local" {
		return false // the machine's zone is not the platform's
	}
	_, err := time.LoadLocation(s)
	return err == nil
}

func isAddr(s string) bool {
	host, port, err := net.SplitHostPort(s)
	if err != nil || strings.ContainsAny(host, " /@") {
		return false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n <= 65535
}

func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}

func isNetwork(s string) bool {
	if _, err := netip.ParsePrefix(s); err == nil {
		return true
	}
	_, err := netip.ParseAddr(s)
	return err == nil
}

func hasScheme(s string, schemes ...string) bool {
	u, err := url.Parse(s)
	if err != nil {
		return false
	}
	for _, scheme := range schemes {
		if u.Scheme == scheme {
			return u.Host != "" || scheme == "unix" && u.Path != ""
		}
	}
	return false
}

func isDatabase(s string) bool {
	if path, ok := strings.CutPrefix(s, "sqlite:"); ok {
		return path != ""
	}
	return hasScheme(s, "postgres", "postgresql")
}
