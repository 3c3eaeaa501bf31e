package webhook

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// maxTarget is how long a URL may be.
const maxTarget = 2000

// checkTarget says what is wrong with the URL of a target, as far as can be told
// without asking the network: what a name resolves to is looked at with every
// connection.
func (g *guard) checkTarget(text string) error {
	u, err := url.Parse(text)
	switch {
	case text == "":
		return fmt.Errorf("is required")
	case len(text) > maxTarget:
		return fmt.Errorf("is longer than %d characters", maxTarget)
	case err != nil || !u.IsAbs() || u.Opaque != "":
		return fmt.Errorf("must be a URL, such as https://example.com/hooks")
	case u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("must begin with https://")
	case u.Hostname() == "":
		return fmt.Errorf("names no host")
	case u.User != nil:
		return fmt.Errorf("holds a user or a password; receivers know AppOS by its signature")
	case u.Fragment != "" || strings.Contains(text, "#"):
		return fmt.Errorf("has a part after #, which is never sent")
	case u.Scheme == "http" && !g.plain && len(g.allow) == 0:
		return fmt.Errorf("must begin with https://; http is for development, and for networks that webhooks.allow of appos.yaml names")
	}
	ip, err := netip.ParseAddr(u.Hostname())
	if err != nil {
		return nil
	}
	if err := g.check(netip.AddrPortFrom(ip, portOf(u)), u.Scheme == "https"); err != nil {
		return fmt.Errorf("cannot be used: %w", err)
	}
	return nil
}

// portOf is the port of a URL.
func portOf(u *url.URL) uint16 {
	if n, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		return uint16(n)
	}
	if u.Scheme == "http" {
		return 80
	}
	return 443
}

// hostOf is the host and the port of a target, for people: what follows them may
// hold a key.
func hostOf(target string) string {
	u, err := url.Parse(target)
	if err != nil {
		return ""
	}
	if u.Port() == "" {
		return u.Hostname()
	}
	return net.JoinHostPort(u.Hostname(), u.Port())
}

// Host is the host and the port of the target.
func (w *Webhook) Host() string { return hostOf(w.Target) }
