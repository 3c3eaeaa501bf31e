package server

import (
	"bufio"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
)

// settle gives the system back what starting took and running does not need: free
// memory of the heap, and the pages of the program's own file that are mapped
// because starting came by. Those that are needed again come back from the page
// cache.
func settle() {
	debug.FreeOSMemory()
	program, err := os.Executable()
	if err != nil {
		return
	}
	maps, err := os.Open("/proc/self/smaps")
	if err != nil {
		return
	}
	defer func() { _ = maps.Close() }()
	for _, m := range unchanged(maps, program) {
		// what it cannot do changes nothing
		_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, m.from, m.to-m.from, syscall.MADV_DONTNEED)
	}
}

// mapping is a range of addresses.
type mapping struct{ from, to uintptr }

// unchanged finds the mappings of a file that cannot be written to and have no page
// that differs from the file, as those of relocated data have: dropping their pages
// loses nothing. The text is that of proc_pid_smaps(5).
func unchanged(smaps io.Reader, file string) []mapping {
	var all []mapping
	var at mapping
	candidate := false
	lines := bufio.NewScanner(smaps)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		switch {
		case len(fields) > 1 && strings.Contains(fields[0], "-"): // the head of a mapping
			candidate = len(fields) == 6 && fields[5] == file && !strings.Contains(fields[1], "w")
			if candidate {
				at, candidate = rangeOf(fields[0])
			}
		case candidate && len(fields) == 3 && fields[0] == "Anonymous:":
			if fields[1] == "0" {
				all = append(all, at)
			}
			candidate = false
		}
	}
	return all
}

func rangeOf(text string) (mapping, bool) {
	from, to, _ := strings.Cut(text, "-")
	a, err := strconv.ParseUint(from, 16, 64)
	b, err2 := strconv.ParseUint(to, 16, 64)
	return mapping{uintptr(a), uintptr(b)}, err == nil && err2 == nil && a < b
}
