package ui

import "sync"

// buffer is appended to by the loops that dominate a page, where a node for
// every cell would cost more than all the rest.
type buffer struct{ bytes []byte }

var buffers = sync.Pool{New: func() any { return &buffer{make([]byte, 0, 64<<10)} }}

// Write makes a buffer an io.Writer, so that nodes render into it.
func (b *buffer) Write(p []byte) (int, error) {
	b.bytes = append(b.bytes, p...)
	return len(p), nil
}

// WriteString makes a buffer an io.StringWriter.
func (b *buffer) WriteString(s string) (int, error) {
	b.bytes = append(b.bytes, s...)
	return len(s), nil
}

// raw appends markup.
func (b *buffer) raw(s string) *buffer {
	b.bytes = append(b.bytes, s...)
	return b
}

// text appends s, escaped for text and for quoted attributes.
func (b *buffer) text(s string) *buffer {
	last := 0
	for i := range len(s) {
		var escaped string
		switch s[i] {
		case '&':
			escaped = "&amp;"
		case '<':
			escaped = "&lt;"
		case '>':
			escaped = "&gt;"
		case '"':
			escaped = "&#34;"
		case '\'':
			escaped = "&#39;"
		default:
			continue
		}
		b.bytes = append(append(b.bytes, s[last:i]...), escaped...)
		last = i + 1
	}
	b.bytes = append(b.bytes, s[last:]...)
	return b
}
