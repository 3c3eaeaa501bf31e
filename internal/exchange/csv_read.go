package exchange

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/apposengine/appos/internal/object"
)

// csvSource reads CSV as RFC 4180 has it and as programs write it: any of four
// delimiters, lines ended by LF or CRLF, quoted fields that hold delimiters,
// quotes and line ends. A row of another length than the header is its own fault.
type csvSource struct {
	r         *bufio.Reader
	delimiter byte
	header    []string
	line      int

	record []byte // the bytes of a row's fields, one after the other
	ends   []int
	blank  bool // the row is an empty line
}

// sniffed are the delimiters that are looked for, in the order of preference.
const sniffed = ",;\t|"

func newCSVSource(r *bufio.Reader, o *Options) (*csvSource, error) {
	s := &csvSource{r: r, line: 1}
	start, err := r.Peek(r.Size())
	if err != nil && err != io.EOF && len(start) == 0 {
		return nil, err
	}
	if at := bytes.IndexByte(start, '\r'); at >= 0 && at < len(start)-1 && bytes.IndexByte(start, '\n') < 0 {
		return nil, &FileError{Line: 1, Text: "its lines end with a carriage return alone; save the file with LF or CRLF"}
	}
	switch len(o.Delimiter) {
	case 0:
		s.sniff(start)
	case 1:
		s.delimiter = o.Delimiter[0]
		if strings.IndexByte("\"\r\n\x00", s.delimiter) >= 0 || s.delimiter >= 0x80 {
			return nil, object.Errorf(object.Invalid, "the delimiter is %q, which cannot separate fields", o.Delimiter)
		}
	default:
		return nil, object.Errorf(object.Invalid, "the delimiter is %q; it is one character", o.Delimiter)
	}
	var head row
	for {
		err := s.next(&head)
		if err == io.EOF {
			return nil, object.Errorf(object.Invalid, "the file is empty; its first line names the columns")
		}
		if err != nil {
			return nil, err
		}
		if len(head.cells) > 1 || strings.TrimSpace(head.cells[0].text) != "" {
			break
		}
	}
	if len(head.cells) > maxColumns {
		return nil, object.Errorf(object.Invalid, "the first line has %d columns, more than %d", len(head.cells), maxColumns)
	}
	s.header = make([]string, len(head.cells))
	for i, c := range head.cells {
		s.header[i] = strings.TrimSpace(c.text)
	}
	return s, nil
}

// sniff takes the delimiter that is most frequent in the first line, outside of quotes.
func (s *csvSource) sniff(head []byte) {
	s.delimiter = ','
	best, quoted := 0, false
	counts := map[byte]int{}
	for _, b := range head {
		switch {
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '\n' && len(counts) > 0:
			goto counted
		case strings.IndexByte(sniffed, b) >= 0:
			counts[b]++
		}
	}
counted:
	for _, b := range []byte(sniffed) {
		if counts[b] > best {
			s.delimiter, best = b, counts[b]
		}
	}
}

func (s *csvSource) columns() []string { return s.header }

func (s *csvSource) next(r *row) error {
	for {
		r.line, r.err = s.line, nil
		if err := s.read(); err != nil {
			return err
		}
		if s.blank && s.header != nil && len(s.header) > 1 {
			continue // an empty line between rows, or at the end
		}
		break
	}
	text := string(s.record)
	r.cells = r.cells[:0]
	from := 0
	for _, end := range s.ends {
		r.cells = append(r.cells, cell{text: text[from:end]})
		from = end
	}
	if s.header != nil && len(r.cells) != len(s.header) {
		r.err = &FileError{Line: r.line, Text: fmt.Sprintf("the row has %d fields, the header %d; is a value with a %q in it not quoted?", len(r.cells), len(s.header), s.delimiter)}
	}
	return nil
}

// read reads the fields of a row.
func (s *csvSource) read() error {
	s.record, s.ends, s.blank = s.record[:0], s.ends[:0], false
	began := s.line
	line, err := s.piece(began)
	if err != nil {
		return err
	}
	s.blank = len(bytes.TrimRight(line, "\r\n")) == 0
	for {
		if len(line) == 0 || line[0] != '"' {
			at := bytes.IndexByte(line, s.delimiter)
			field := line
			if at >= 0 {
				field = line[:at]
			} else {
				field = trimEnd(field)
			}
			if bytes.IndexByte(field, '"') >= 0 && !utterable(field) {
				return &FileError{Line: s.line - 1, Text: "a quote stands within a field that does not begin with one; quote the whole field and double the quotes in it"}
			}
			s.record = append(s.record, field...)
			s.ends = append(s.ends, len(s.record))
			if at < 0 {
				return nil
			}
			line = line[at+1:]
			continue
		}
		line = line[1:]
		for {
			at := bytes.IndexByte(line, '"')
			if at < 0 {
				s.record = append(s.record, line...)
				if len(s.record) > maxRow {
					return s.tooLong(began)
				}
				if line, err = s.piece(began); err == io.EOF {
					return &FileError{Line: began, Text: "a quote that is opened here is never closed"}
				} else if err != nil {
					return err
				}
				continue
			}
			s.record = append(s.record, line[:at]...)
			line = line[at+1:]
			if len(line) > 0 && line[0] == '"' {
				s.record = append(s.record, '"')
				line = line[1:]
				continue
			}
			break
		}
		s.ends = append(s.ends, len(s.record))
		switch rest := trimEnd(line); {
		case len(rest) == 0:
			return nil
		case rest[0] == s.delimiter:
			line = line[1:]
		default:
			return &FileError{Line: s.line - 1, Text: "something follows the quote that ends a field; double the quotes within a field"}
		}
	}
}

// utterable says whether a field that has quotes may stand without being quoted:
// tab-separated files have inches and the like.
func utterable(field []byte) bool {
	return len(bytes.TrimSpace(field)) > 0 && bytes.TrimSpace(field)[0] != '"'
}

// piece reads a line with its end. What it returns is good until the next.
func (s *csvSource) piece(began int) ([]byte, error) {
	line, err := s.r.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		long := append([]byte(nil), line...)
		for err == bufio.ErrBufferFull {
			if len(long) > maxRow {
				return nil, s.tooLong(began)
			}
			line, err = s.r.ReadSlice('\n')
			long = append(long, line...)
		}
		line = long
	}
	if err != nil && (err != io.EOF || len(line) == 0) {
		return nil, err
	}
	s.line++
	return line, nil
}

func (s *csvSource) tooLong(began int) error {
	return &FileError{Line: began, Text: fmt.Sprintf("the row is longer than %d MB; is a quote not closed?", maxRow>>20)}
}

func trimEnd(line []byte) []byte {
	line = bytes.TrimSuffix(line, []byte{'\n'})
	return bytes.TrimSuffix(line, []byte{'\r'})
}
