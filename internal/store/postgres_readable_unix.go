//go:build unix

package store

import (
	"net"
	"syscall"
	"time"
)

// readable says whether the other side has sent something, or closed the
// connection, without waiting and without reading it.
func readable(conn net.Conn, _ time.Duration) bool {
	if t, ok := conn.(interface{ NetConn() net.Conn }); ok { // TLS
		conn = t.NetConn()
	}
	s, ok := conn.(syscall.Conn)
	if !ok {
		return true
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return true
	}
	var peeked error
	var one [1]byte
	// not raw.Read: after a slow write pgx may have left a reader waiting, and it
	// would be waited for
	if err := raw.Control(func(fd uintptr) {
		_, _, peeked = syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	}); err != nil {
		return true
	}
	return peeked != syscall.EAGAIN && peeked != syscall.EWOULDBLOCK && peeked != syscall.EINTR
}
