package store

import "strings"

// readsOnly says whether a statement can run on a connection that cannot write.
func readsOnly(text string) bool {
	word := strings.TrimLeft(text, " \t\r\n(")
	if len(word) < 6 {
		return false
	}
	return strings.EqualFold(word[:6], "select") || strings.EqualFold(word[:4], "with") || strings.EqualFold(word[:6], "values")
}

// keepsPrepared says whether a statement is worth keeping compiled: what
// changes the schema runs once.
func keepsPrepared(text string) bool {
	word := strings.TrimLeft(text, " \t\r\n(")
	for _, once := range [...]string{"create", "alter", "drop", "pragma", "vacuum"} {
		if len(word) >= len(once) && strings.EqualFold(word[:len(once)], once) {
			return false
		}
	}
	return true
}

// plainSelect says whether a statement cannot change anything, whoever wrote it: a
// leading comment and what may follow a with are not looked into.
func plainSelect(text string) bool {
	for {
		text = strings.TrimLeft(text, " \t\r\n(")
		if !strings.HasPrefix(text, "--") {
			break
		}
		_, text, _ = strings.Cut(text, "\n")
	}
	return len(text) >= 6 && strings.EqualFold(text[:6], "select")
}
