package exchange

import (
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzRead reads files of any content: rows are text, errors have a line, and
// what is cut into a row is no more than a row may be.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"code,name\nA,first\n", "\uFEFFa;b\r\n\"x;\"\"y\r\n\";2\r\n\r\n", "a\tb\n1\t2\n", "a,b\n\"open", "a,b\n1\n1,2,3\n", "a\n\"x\"y\n",
		"\xff\xfea\x00,\x00b\x00\n\x00", "a,b\n\xe9,1\n", "a\x00b\n", "\n\n\n", "\"", "a,b\n,\n", "'=1\n",
		`[{"a":1,"b":[1,{"c":"]"}]},{"a":"\"}"}]`, `[`, `[{}`, `[{},]`, `{"a":1}` + "\n" + `{"b":null}`, `[{"a":}]`, `[[]]`, "[]x",
	} {
		for _, format := range []string{"csv", "json", "ndjson"} {
			f.Add(seed, format, "")
		}
	}
	f.Add("a,b\n\xe9,1\n", "csv", "windows-1252")
	f.Fuzz(func(t *testing.T, content, format, encoding string) {
		o := &Options{Format: Format(format), Encoding: encoding}
		if o.complete() != nil {
			return
		}
		src, err := open(strings.NewReader(content), o)
		if err != nil {
			return
		}
		var r row
		for n := 0; ; n++ {
			err := src.next(&r)
			if err == io.EOF {
				return
			}
			if err != nil {
				var fe *FileError
				if !errors.As(err, &fe) || fe.Line < 1 {
					t.Fatalf("the error %v has no line", err)
				}
				return
			}
			if n > len(content) {
				t.Fatal("more rows than bytes")
			}
			if src.columns() == nil && r.err == nil && len(r.names) != len(r.cells) {
				t.Fatalf("%d names for %d values", len(r.names), len(r.cells))
			}
			if src.columns() != nil && r.err == nil && len(r.cells) != len(src.columns()) {
				t.Fatalf("%d values for %d columns", len(r.cells), len(src.columns()))
			}
			for _, c := range r.cells {
				if !utf8.ValidString(c.text) {
					t.Fatalf("the value %q is no text", c.text)
				}
			}
		}
	})
}

// FuzzGuard holds what is written for spreadsheets to what is read again.
func FuzzGuard(f *testing.F) {
	for _, seed := range []string{"", "=1", "'=1", "''+", "'", "-", "\t", "x", "'x", "a,b", "\"", " x ", "\r\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		written := guarded(text)
		if unguarded(written) != text {
			t.Fatalf("%q is written %q and read %q", text, written, unguarded(written))
		}
		if written != "" && strings.IndexByte(formula, written[0]) >= 0 {
			t.Fatalf("%q is a formula", written)
		}
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return
		}
		line := append(append([]byte("a,b\n"), appendCSV(nil, written)...), ",1\n"...)
		src, err := open(strings.NewReader(string(line)), &Options{Format: CSV, Delimiter: ","})
		if err != nil {
			t.Fatal(err)
		}
		var r row
		if err := src.next(&r); err != nil || r.err != nil || unguarded(r.cells[0].text) != text {
			t.Fatalf("%q is read %+v, %v", line, r, err)
		}
	})
}
