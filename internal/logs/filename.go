package logs

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// fileName is the name of a log file: "2026-01-31.jsonl", its follower
// "2026-01-31.1.jsonl", either with ".gz".
type fileName struct {
	day  string
	part int
	gz   bool
}

func (n fileName) String() string {
	s := n.day
	if n.part > 0 {
		s += "." + strconv.Itoa(n.part)
	}
	s += ".jsonl"
	if n.gz {
		s += ".gz"
	}
	return s
}

func parseName(s string) (fileName, bool) {
	var n fileName
	rest, ok := strings.CutSuffix(s, ".gz")
	n.gz = ok
	rest, ok = strings.CutSuffix(rest, ".jsonl")
	if !ok {
		return n, false
	}
	day, part, numbered := strings.Cut(rest, ".")
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return n, false
	}
	n.day = day
	if numbered {
		i, err := strconv.Atoi(part)
		if err != nil || i < 1 {
			return n, false
		}
		n.part = i
	}
	return n, n.String() == s
}

// start is the first moment of the file's day.
func (n fileName) start() time.Time {
	t, _ := time.Parse(time.DateOnly, n.day) // parseName has checked it
	return t
}

// list returns the log files of a folder, newest first, and the sizes. A file
// that is there compressed and not is being compressed, and counts once.
func list(dir string) ([]fileName, map[fileName]int64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("logs: cannot list %q: %w", filepath.Base(dir), err)
	}
	sizes := map[fileName]int64{}
	var names []fileName
	for _, entry := range entries {
		if n, ok := parseName(entry.Name()); ok {
			if info, err := entry.Info(); err == nil { // else it is gone meanwhile
				names = append(names, n)
				sizes[n] = info.Size()
			}
		}
	}
	names = slices.DeleteFunc(names, func(n fileName) bool {
		_, plain := sizes[fileName{day: n.day, part: n.part}]
		return n.gz && plain
	})
	slices.SortFunc(names, func(a, b fileName) int {
		if c := strings.Compare(b.day, a.day); c != 0 {
			return c
		}
		return cmp.Compare(b.part, a.part)
	})
	return names, sizes, nil
}
