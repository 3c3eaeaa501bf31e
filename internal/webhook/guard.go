package webhook

import (
	"fmt"
	"net/netip"
	"slices"
	"syscall"

	"code.dny.dev/ssrf"
)

// guard decides which addresses are connected to. It is asked with the address
// that a connection is about to be made to, so that it does not matter what a name
// resolved to before.
type guard struct {
	public *ssrf.Guardian
	allow  []netip.Prefix
	ports  []uint16
	plain  bool // http to public addresses, too
}

func newGuard(allow []netip.Prefix, ports []int, plain bool) *guard {
	g := &guard{public: ssrf.New(ssrf.WithAnyPort()), plain: plain}
	for _, p := range allow {
		if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
		}
		g.allow = append(g.allow, p.Masked())
	}
	for _, p := range ports {
		g.ports = append(g.ports, uint16(p))
	}
	return g
}

// A blocked error is a connection that is not made.
type blocked struct{ text string }

func (b *blocked) Error() string { return b.text }

// allowed says whether the configuration names the address.
func (g *guard) allowed(ip netip.Addr) bool {
	return slices.ContainsFunc(g.allow, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// check says what is wrong with connecting to an address, or nil.
func (g *guard) check(to netip.AddrPort, secure bool) error {
	ip := to.Addr().Unmap().WithZone("")
	if g.allowed(ip) {
		return nil
	}
	if err := g.public.SafeAddr(ip); err != nil {
		return &blocked{fmt.Sprintf("the address %s is not public; to allow it, name its network in webhooks.allow of appos.yaml", ip)}
	}
	if !slices.Contains(g.ports, to.Port()) {
		return &blocked{fmt.Sprintf("the port %d is not one that webhooks use; to allow it, name it in webhooks.ports of appos.yaml", to.Port())}
	}
	if !secure && !g.plain {
		return &blocked{"http is not encrypted; use https"}
	}
	return nil
}

// control is the Control of a dialer.
func (g *guard) control(secure bool) func(network, address string, c syscall.RawConn) error {
	return func(network, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || network != "tcp4" && network != "tcp6" {
			return &blocked{fmt.Sprintf("%s %s is no address of a webhook", network, address)}
		}
		return g.check(to, secure)
	}
}
