package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/apposengine/appos/internal/object"
)

// MaxNesting is how deep the JSON of one body may nest.
const MaxNesting = 32

// MaxFaults bounds what is said about one body.
const MaxFaults = 50

// Check says where a body is no JSON, before anything follows it: what is not
// UTF-8, nests deeper than any message, or is not one value. The error is Invalid
// and names no fields.
func Check(body []byte) error {
	if !utf8.Valid(body) {
		return object.Errorf(object.Invalid, "the body is not UTF-8")
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return object.Errorf(object.Invalid, "the body is empty; JSON is expected")
	}
	depth, quoted := 0, false
	for i := 0; i < len(body); i++ {
		switch b := body[i]; {
		case quoted && b == '\\':
			i++
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '{' || b == '[':
			if depth++; depth > MaxNesting {
				return object.Errorf(object.Invalid, "the body nests more than %d deep at %s", MaxNesting, position(body, int64(i)))
			}
		case b == '}' || b == ']':
			depth--
		}
	}
	if json.Valid(body) {
		return nil
	}
	return syntax(body)
}

// syntax says where a body that is not valid is at fault.
func syntax(body []byte) error {
	var raw json.RawMessage
	err := json.Unmarshal(body, &raw)
	text, offset := "it is no JSON", int64(0)
	var at *json.SyntaxError
	if errors.As(err, &at) {
		text, offset = at.Error(), at.Offset-1
	}
	switch {
	case strings.HasSuffix(text, "end of JSON input"):
		text, offset = "it ends too early", int64(len(body))
	case strings.HasSuffix(text, "after top-level value"):
		text = "something follows it"
	}
	return object.Errorf(object.Invalid, "the body is not valid JSON at %s: %s", position(body, offset), text)
}

// position is a place in a body for people.
func position(body []byte, offset int64) string {
	offset = min(max(offset, 0), int64(len(body)))
	before := body[:offset]
	line := bytes.Count(before, []byte{'\n'}) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	return fmt.Sprintf("line %d, column %d", line, column)
}

// Clip keeps what comes back to the sender short.
func Clip(s string) string {
	if len(s) <= 64 {
		return s
	}
	n := 64
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// scanner walks over JSON that Check has found valid.
type scanner struct {
	data []byte
	at   int
}

func (s *scanner) space() {
	for s.at < len(s.data) {
		switch s.data[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

// peek is the first byte of the next token.
func (s *scanner) peek() byte {
	s.space()
	return s.data[s.at]
}

// next takes a byte of punctuation if it is the next token.
func (s *scanner) next(b byte) bool {
	if s.peek() == b {
		s.at++
		return true
	}
	return false
}

// single takes a string, number, true, false or null.
func (s *scanner) single() []byte {
	if s.peek() == '"' {
		start := s.at
		for s.at++; s.data[s.at] != '"'; s.at++ {
			if s.data[s.at] == '\\' {
				s.at++
			}
		}
		s.at++
		return s.data[start:s.at]
	}
	start := s.at
	for s.at < len(s.data) {
		switch s.data[s.at] {
		case ' ', '\t', '\n', '\r', ',', ']', '}', ':':
			return s.data[start:s.at]
		}
		s.at++
	}
	return s.data[start:s.at]
}

// skip takes a whole value.
func (s *scanner) skip() []byte {
	first := s.peek()
	if first != '{' && first != '[' {
		return s.single()
	}
	start, depth := s.at, 0
	for {
		switch s.data[s.at] {
		case '"':
			s.single()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		s.at++
		if depth == 0 {
			return s.data[start:s.at]
		}
	}
}

// unquote is the text of a JSON string.
func unquote(raw []byte) string {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	var s string
	_ = json.Unmarshal(raw, &s) // it is valid
	return s
}

// Members calls each for every member of a body that Check has passed, in its
// order. A body that is no object is an Invalid error.
func Members(body []byte, each func(name string, raw []byte)) error {
	s := scanner{data: body}
	if !s.next('{') {
		return object.Errorf(object.Invalid, "the body must be a JSON object")
	}
	for !s.next('}') {
		s.space()
		name := unquote(s.single())
		s.next(':')
		s.space()
		each(name, s.skip())
		s.next(',')
	}
	return nil
}
