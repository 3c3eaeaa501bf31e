package config

import (
	"fmt"
	"strings"
)

// Problem is something wrong with a file or a variable.
type Problem struct {
	File string // such as "appos.yaml"; "environment" for variables
	Line int    // from 1; 0 where there is none
	Key  string // such as "platform.addr"; "" where it is about the whole file
	Text string // what is wrong and what to do
}

// String is file:line: key: text.
func (p Problem) String() string {
	s := p.File
	if p.Line > 0 {
		s += fmt.Sprintf(":%d", p.Line)
	}
	if p.Key != "" {
		s += ": " + p.Key
	}
	return s + ": " + p.Text
}

// Problems are all that is wrong, in the order of the files and lines.
type Problems []Problem

// Error lists the problems, one a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = p[i].String()
	}
	return strings.Join(lines, "\n")
}
