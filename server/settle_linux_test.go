package server

import (
	"slices"
	"strings"
	"testing"
)

// Pages are dropped only where the file has them: never of data, never of what was
// relocated, never of other files.
func TestUnchanged(t *testing.T) {
	const smaps = `00400000-01626000 r-xp 00000000 fe:00 42  /srv/my app/demo
Size:              18584 kB
Anonymous:             0 kB
7f00a0000000-7f00a0100000 r-xp 00000000 fe:00 42                         /srv/demo
Size:               1024 kB
Rss:                 900 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me
7f00a0100000-7f00a0180000 r--p 00100000 fe:00 42                         /srv/demo
Rss:                 300 kB
Anonymous:             0 kB
7f00a0180000-7f00a0190000 r--p 00180000 fe:00 42                         /srv/demo
Rss:                  64 kB
Anonymous:            64 kB
7f00a0190000-7f00a01a0000 rw-p 00190000 fe:00 42                         /srv/demo
Anonymous:             0 kB
7f00a01a0000-7f00a01b0000 r-xp 00000000 fe:00 7                          /usr/lib/libc.so.6
Anonymous:             0 kB
7f00a01b0000-7f00a01c0000 r--p 00000000 00:00 0
Anonymous:             0 kB
`
	want := []mapping{{0x7f00a0000000, 0x7f00a0100000}, {0x7f00a0100000, 0x7f00a0180000}}
	if got := unchanged(strings.NewReader(smaps), "/srv/demo"); !slices.Equal(got, want) {
		t.Errorf("%x, want %x", got, want)
	}
	if got := unchanged(strings.NewReader("zz-yy r-xp 0 0 0 /srv/demo\nAnonymous: 0 kB\n"), "/srv/demo"); len(got) != 0 {
		t.Errorf("%x", got)
	}
}

// What runs goes on running.
func TestSettle(t *testing.T) {
	for range 3 {
		settle()
	}
}
