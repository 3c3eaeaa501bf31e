package exchange

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxNesting is how deep the JSON of a row may nest.
const maxNesting = 32

// jsonSource reads objects: those of an array, or one after the other. It cuts
// the text into objects itself, so that only one is ever in memory, and none that
// is too large or too deep.
type jsonSource struct {
	r     *bufio.Reader
	array bool
	line  int
	begun bool
	value []byte
}

func newJSONSource(r *bufio.Reader, f Format) *jsonSource {
	return &jsonSource{r: r, array: f == JSON, line: 1}
}

func (s *jsonSource) columns() []string { return nil }

func (s *jsonSource) next(r *row) error {
	r.names, r.cells, r.err = r.names[:0], r.cells[:0], nil
	b, err := s.skip()
	if !s.begun {
		s.begun = true
		if s.array && err == nil {
			if b != '[' {
				return s.wrong("the file is no JSON array; it begins with %q. For one object a line choose the format ndjson", b)
			}
			if b, err = s.skip(); b == ']' && err == nil {
				return s.end()
			}
		}
	} else if s.array && err == nil {
		if b == ']' {
			return s.end()
		}
		if b != ',' {
			return s.wrong("a comma or ] is expected, not %q", b)
		}
		b, err = s.skip()
	}
	switch {
	case err == io.EOF && !s.array:
		return io.EOF
	case err == io.EOF:
		return s.wrong("the file ends before its array does")
	case err != nil:
		return err
	case b != '{':
		return s.wrong("every row is a JSON object; here is %q", b)
	}
	r.line = s.line
	if err := s.object(); err != nil {
		return err
	}
	r.err = r.decode(s.value)
	return nil
}

func (s *jsonSource) wrong(format string, args ...any) error {
	return &FileError{Line: s.line, Text: fmt.Sprintf(format, args...)}
}

// skip returns the first byte after white space.
func (s *jsonSource) skip() (byte, error) {
	for {
		b, err := s.r.ReadByte()
		if err != nil {
			return 0, err
		}
		switch b {
		case '\n':
			s.line++
		case ' ', '\t', '\r':
		default:
			return b, nil
		}
	}
}

// end makes sure that nothing follows the array.
func (s *jsonSource) end() error {
	b, err := s.skip()
	if err == nil {
		return s.wrong("%q follows the end of the array", b)
	}
	return err
}

// object reads the object whose { was read.
func (s *jsonSource) object() error {
	began := s.line
	s.value = append(s.value[:0], '{')
	depth, quoted, escaped := 1, false, false
	for depth > 0 {
		b, err := s.r.ReadByte()
		if err == io.EOF {
			return &FileError{Line: began, Text: "the file ends within the object that begins here"}
		}
		if err != nil {
			return err
		}
		if s.value = append(s.value, b); len(s.value) > maxRow {
			return &FileError{Line: began, Text: fmt.Sprintf("the object that begins here is larger than %d MB", maxRow>>20)}
		}
		switch {
		case b == '\n':
			s.line++
		case escaped:
			escaped = false
		case quoted && b == '\\':
			escaped = true
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '{' || b == '[':
			if depth++; depth > maxNesting {
				return s.wrong("the object nests more than %d deep", maxNesting)
			}
		case b == '}' || b == ']':
			depth--
		}
	}
	return nil
}

// decode reads the members of an object as cells.
func (r *row) decode(object []byte) error {
	dec := json.NewDecoder(bytes.NewReader(object))
	fail := func(err error) error {
		var at *json.SyntaxError
		if errors.As(err, &at) {
			return &FileError{Line: r.line + bytes.Count(object[:min(int64(len(object)), dec.InputOffset())], []byte{'\n'}), Text: "no JSON: " + at.Error()}
		}
		return &FileError{Line: r.line, Text: "no JSON: " + err.Error()}
	}
	if _, err := dec.Token(); err != nil {
		return fail(err)
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return fail(err)
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return fail(err)
		}
		key, _ := name.(string)
		r.names = append(r.names, key)
		r.cells = append(r.cells, jsonCell(raw))
	}
	if _, err := dec.Token(); err != nil {
		return fail(err)
	}
	return nil
}

func jsonCell(raw json.RawMessage) cell {
	switch raw[0] {
	case '"':
		var s string
		_ = json.Unmarshal(raw, &s) // the decoder has read it already
		return cell{text: s}
	case 'n':
		return cell{null: true}
	case '{', '[':
		return cell{text: string(raw), json: true}
	}
	return cell{text: string(raw)}
}
