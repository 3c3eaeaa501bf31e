package exchange

import (
	"bufio"
	"bytes"
	"io"

	"github.com/apposengine/appos/internal/object"
)

// Bounds of what is kept in memory of a file.
const (
	maxRow     = 4 << 20 // bytes of a row
	maxColumns = 1_000
)

// cell is a value of a file.
type cell struct {
	text string
	null bool // said to be nothing
	json bool // text is the JSON of a list or an object
}

// row is a row of a file.
type row struct {
	line  int      // where it begins
	names []string // of the cells, where every row has its own
	cells []cell
	err   error // why it cannot be read; the rows after it can
}

// source reads rows one after the other.
type source interface {
	// columns are the names in the header; nil where each row has its own.
	columns() []string
	// next reads a row into r, whose slices it may use again. io.EOF is the end;
	// after another error nothing can be read.
	next(r *row) error
}

// open reads a file of the format. The error is an Invalid one when the file is
// not what it is said to be.
func open(r io.Reader, o *Options) (source, error) {
	text, err := decoded(r, o.Encoding)
	if err != nil {
		return nil, err
	}
	b := bufio.NewReaderSize(text, 64<<10)
	if o.Format == CSV {
		return newCSVSource(b, o)
	}
	first, err := b.Peek(1)
	for err == nil && bytes.ContainsAny(first, " \t\r\n") && o.Format != NDJSON {
		_, _ = b.Discard(1)
		first, err = b.Peek(1)
	}
	if err == io.EOF {
		return nil, object.Errorf(object.Invalid, "the file is empty")
	}
	if err != nil {
		return nil, err
	}
	return newJSONSource(b, o.Format), nil
}
