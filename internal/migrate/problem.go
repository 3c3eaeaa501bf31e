package migrate

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Problem is a difference between two schemas that is not migrated.
type Problem struct {
	Source string // file:line of the declaration, where it is known
	Table  string
	Column string // "" is the table itself
	Text   string // what is wrong and what to do
	// Loses says that the change would lose data, and is made where that is allowed.
	Loses bool
}

// String is the problem in a line.
func (p Problem) String() string {
	where := p.Table
	if p.Column != "" {
		where += "." + p.Column
	}
	if p.Source != "" {
		where = p.Source + ": " + where
	}
	return where + ": " + p.Text
}

// Refusal is the error of a plan that is not made: all that is wrong at once.
type Refusal struct{ Problems []Problem }

func (r *Refusal) Error() string {
	var b strings.Builder
	if len(r.Problems) == 1 {
		b.WriteString("the schema cannot be changed:")
	} else {
		fmt.Fprintf(&b, "the schema cannot be changed, for %d reasons:", len(r.Problems))
	}
	for _, p := range r.Problems {
		b.WriteString("\n  " + p.String())
	}
	return b.String()
}

// Loses says whether every problem is a loss of data, so that allowing it is all
// that is needed.
func (r *Refusal) Loses() bool {
	for _, p := range r.Problems {
		if !p.Loses {
			return false
		}
	}
	return true
}

// byPlace orders problems as they stand in the source.
func byPlace(a, b Problem) int {
	fileA, lineA := place(a.Source)
	fileB, lineB := place(b.Source)
	return cmp.Or(cmp.Compare(fileA, fileB), cmp.Compare(lineA, lineB))
}

func place(source string) (file string, line int) {
	i := strings.LastIndexByte(source, ':')
	if i < 0 {
		return source, 0
	}
	line, _ = strconv.Atoi(source[i+1:])
	return source[:i], line
}
