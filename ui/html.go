package ui

import (
	"fmt"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// Node is a piece of screen: a component of this package or any gomponents node.
type Node = g.Node

// Text is escaped text.
func Text(s string) Node { return g.Text(s) }

// Textf is escaped text with the verbs of package fmt.
func Textf(format string, args ...any) Node { return g.Text(fmt.Sprintf(format, args...)) }

// Href is a link's target. An address with a scheme other than http, https,
// mailto and tel, such as javascript:, becomes "#": addresses may come from data.
func Href(address string) Node { return h.Href(safeURL(address)) }

func safeURL(address string) string {
	// Browsers drop tabs, newlines and leading control characters before they
	// look for the scheme, so they must not hide one.
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, address)
	clean = strings.TrimSpace(clean)
	colon := strings.IndexByte(clean, ':')
	if colon < 0 || strings.ContainsAny(clean[:colon], "/?#") {
		return clean
	}
	switch strings.ToLower(clean[:colon]) {
	case "http", "https", "mailto", "tel":
		return clean
	}
	return "#"
}

// localURL is address when it stays on this site, else "/".
func localURL(address string) string {
	if !strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//") || strings.ContainsAny(address, "\\\r\n\t") {
		return "/"
	}
	return address
}

// class is a class attribute of the names that are not empty; none without any.
func class(names ...string) Node {
	joined := names[0]
	for _, n := range names[1:] {
		if n != "" {
			joined += " " + n
		}
	}
	if joined == "" {
		return nil
	}
	return h.Class(joined)
}

func attr(name, value string) Node { return g.Attr(name, value) }
func flag(name string) Node        { return g.Attr(name) }
func group(nodes []Node) Node      { return g.Group(nodes) }

// when is n if it holds. Unlike a Go if it evaluates n either way.
func when(holds bool, n Node) Node {
	if holds {
		return n
	}
	return nil
}

func srOnly(text string) Node { return h.Span(h.Class("sr"), g.Text(text)) }
