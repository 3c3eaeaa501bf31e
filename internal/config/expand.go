package config

import (
	"fmt"
	"regexp"
	"strings"
)

var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// expand replaces ${NAME} and ${NAME:-default} in a value; the default stands for
// a variable that is not set or empty. $${ is a literal ${. It returns the
// names of the variables used, and what is wrong, or "".
func expand(s string, lookup func(string) (string, bool)) (text string, vars []string, fault string) {
	var b strings.Builder
	for {
		i := strings.Index(s, "${")
		if i < 0 {
			b.WriteString(s)
			return b.String(), vars, ""
		}
		if i > 0 && s[i-1] == '$' {
			b.WriteString(s[:i-1] + "${")
			s = s[i+2:]
			continue
		}
		b.WriteString(s[:i])
		inside, rest, closed := strings.Cut(s[i+2:], "}")
		if !closed {
			return "", vars, `has "${" without "}"; write "$${" for the characters themselves`
		}
		name, fallback, hasFallback := strings.Cut(inside, ":-")
		if !variable.MatchString(name) {
			return "", vars, fmt.Sprintf(`has "${%s}", which does not name a variable; write "$${" for the characters themselves`, clip(inside))
		}
		value, ok := lookup(name)
		switch {
		case ok && (value != "" || !hasFallback):
			b.WriteString(value)
		case hasFallback:
			b.WriteString(fallback)
		default:
			return "", vars, fmt.Sprintf("needs the variable %s, which is not set; set it, or write ${%s:-default}", name, name)
		}
		vars = append(vars, name)
		s = rest
	}
}
