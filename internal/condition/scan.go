package condition

import (
	"fmt"
	"strings"
)

// token is one piece of a condition.
type token struct {
	kind tokenKind
	text string // without quotes
}

type tokenKind uint8

const (
	end tokenKind = iota
	name
	identifier // in double quotes: a column, whatever it is called
	number
	text // in single quotes
	symbol
)

// maxLength bounds a condition in bytes.
const maxLength = 2000

func scan(s string) ([]token, error) {
	if len(s) > maxLength {
		return nil, fmt.Errorf("is longer than %d bytes", maxLength)
	}
	var tokens []token
	for i := 0; i < len(s); {
		from := i
		switch b := s[i]; {
		case b == ' ' || b == '\t' || b == '\n' || b == '\r':
			i++
			continue
		case letter(b):
			for i < len(s) && (letter(s[i]) || digit(s[i])) {
				i++
			}
			tokens = append(tokens, token{name, s[from:i]})
		case digit(b):
			for i < len(s) && (digit(s[i]) || s[i] == '.') {
				i++
			}
			t := s[from:i]
			if strings.Count(t, ".") > 1 || strings.HasSuffix(t, ".") || len(t) > 30 || i < len(s) && letter(s[i]) {
				return nil, fmt.Errorf("has the number %q, which is not written as 12.50", s[from:min(i+1, len(s))])
			}
			tokens = append(tokens, token{number, t})
		case b == '\'' || b == '"':
			content, rest, err := unquote(s[i:], b)
			if err != nil {
				return nil, err
			}
			kind := text
			if b == '"' {
				kind = identifier
			}
			i = len(s) - len(rest)
			tokens = append(tokens, token{kind, content})
		default:
			n := 1
			if i+1 < len(s) && (s[i:i+2] == "<>" || s[i:i+2] == "<=" || s[i:i+2] == ">=" || s[i:i+2] == "!=") {
				n = 2
			}
			if i += n; n == 1 && !strings.ContainsRune("=<>+-*/%(),", rune(b)) {
				return nil, fmt.Errorf("has the character %q, which conditions do not know", b)
			}
			if i < len(s) && (s[from:i+1] == "--" || s[from:i+1] == "/*") {
				return nil, fmt.Errorf("has a comment")
			}
			tokens = append(tokens, token{symbol, s[from:i]})
		}
	}
	return append(tokens, token{kind: end}), nil
}

// unquote reads up to the closing quote, which is written twice inside.
func unquote(s string, quote byte) (content, rest string, err error) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == 0:
			return "", "", fmt.Errorf("has a NUL character")
		case s[i] != quote:
			b.WriteByte(s[i])
		case i+1 < len(s) && s[i+1] == quote:
			b.WriteByte(quote)
			i++
		default:
			return b.String(), s[i+1:], nil
		}
	}
	return "", "", fmt.Errorf("has a quote %c that is not closed", quote)
}

func letter(b byte) bool { return b == '_' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' }
func digit(b byte) bool  { return b >= '0' && b <= '9' }
