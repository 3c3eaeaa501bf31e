package exchange

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/apposengine/appos/internal/object"
)

// A FileError says where a file cannot be read, and why. What came before the
// place was read.
type FileError struct {
	Line int   // 1 is the first
	Byte int64 // from the start of the text; 0 when it is not known
	Text string
}

func (e *FileError) Error() string {
	if e.Byte > 0 {
		return fmt.Sprintf("line %d, byte %d: %s", e.Line, e.Byte, e.Text)
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Text)
}

// Unwrap makes the error an Invalid one.
func (e *FileError) Unwrap() error { return object.Invalid }

// Encodings are the names that Options.Encoding takes beside "", which is UTF-8,
// or UTF-16 where the file begins with its mark.
var Encodings = []string{"utf-8", "utf-16", "utf-16le", "utf-16be", "windows-1252", "iso-8859-1", "iso-8859-15"}

func encodingNamed(name string) (encoding.Encoding, error) {
	switch strings.ReplaceAll(strings.ToLower(name), "_", "-") {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
		return nil, nil
	case "utf-16", "utf16":
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), nil
	case "utf-16le":
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), nil
	case "utf-16be":
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), nil
	case "windows-1252", "cp1252", "latin1", "latin-1":
		return charmap.Windows1252, nil
	case "iso-8859-1":
		return charmap.ISO8859_1, nil
	case "iso-8859-15", "latin9", "latin-9":
		return charmap.ISO8859_15, nil
	}
	return nil, object.Errorf(object.Invalid, "the encoding is %q; there are %s", name, strings.Join(Encodings, ", "))
}

// decoded returns a reader of the text of r, without a byte order mark. It reads
// valid UTF-8 without NUL, or fails with a *FileError where the text is not.
func decoded(r io.Reader, name string) (io.Reader, error) {
	enc, err := encodingNamed(name)
	if err != nil {
		return nil, err
	}
	head := make([]byte, 3)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	head = head[:n]
	if enc == nil && (bytes.HasPrefix(head, []byte{0xFF, 0xFE}) || bytes.HasPrefix(head, []byte{0xFE, 0xFF})) {
		enc = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	}
	if enc == nil {
		head = bytes.TrimPrefix(head, []byte("\uFEFF"))
	}
	r = io.MultiReader(bytes.NewReader(head), r)
	if enc != nil {
		r = enc.NewDecoder().Reader(r)
	}
	return &textReader{r: r, line: 1, converted: enc != nil}, nil
}

// textReader lets valid text through and counts its lines.
type textReader struct {
	r         io.Reader
	buf       [32 << 10]byte
	out       []byte // of buf, checked
	rest      int    // bytes of buf that are the beginning of a character
	line      int
	at        int64
	err       error
	converted bool
}

func (t *textReader) Read(p []byte) (int, error) {
	for len(t.out) == 0 {
		if t.err != nil {
			return 0, t.err
		}
		t.fill()
	}
	n := copy(p, t.out)
	t.out = t.out[n:]
	return n, nil
}

// fill reads and checks a piece.
func (t *textReader) fill() {
	n, err := t.r.Read(t.buf[t.rest:])
	n += t.rest
	t.rest, t.err = 0, err
	text := t.buf[:n]
	good := validPrefix(text)
	switch {
	case good == n:
	case err == nil && !utf8.FullRune(text[good:]):
		t.rest = n - good
	default:
		t.err = t.wrong(text[:good], text[good])
	}
	t.line += bytes.Count(text[:good], []byte{'\n'})
	t.at += int64(good)
	t.out = text[:good]
	if t.rest > 0 { // what is not checked yet moves to where the next piece is read
		t.out = append([]byte(nil), t.out...)
		copy(t.buf[:], text[good:])
	}
}

// validPrefix is how many bytes at the beginning of p are text.
func validPrefix(p []byte) int {
	if nul := bytes.IndexByte(p, 0); nul >= 0 {
		p = p[:nul]
	}
	if utf8.Valid(p) {
		return len(p)
	}
	for i := 0; i < len(p); {
		r, size := utf8.DecodeRune(p[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(p)
}

// wrong says what is the matter with a byte that follows text.
func (t *textReader) wrong(before []byte, b byte) error {
	e := &FileError{Line: t.line + bytes.Count(before, []byte{'\n'}), Byte: t.at + int64(len(before)) + 1}
	switch {
	case b == 0:
		e.Text = "a NUL byte; the file is no text, or it is UTF-16 without a mark: then say the encoding utf-16le"
	case t.converted:
		e.Text = "the text is not in the encoding that was said"
	default:
		e.Text = fmt.Sprintf("the byte 0x%02X is no UTF-8; save the file as UTF-8, or say its encoding, such as windows-1252. "+
			"Where other lines are right, the file mixes encodings", b)
	}
	return e
}
