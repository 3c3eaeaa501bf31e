package exchange

import (
	"bufio"
	"encoding/json"
	"os"

	"github.com/apposengine/appos/internal/object"
)

// Fault is an entry of a report: why a row was not stored.
type Fault struct {
	Line    int    `json:"line"`            // of the file, 1 is the first
	Field   string `json:"field,omitempty"` // "" is the row
	Rule    string `json:"rule,omitempty"`
	Message string `json:"message"`
}

// keptFaults is how many faults are kept in memory; all are in the report's file.
const keptFaults = 100

// Report writes the faults of an import to a file, one JSON object a line, and
// keeps the first of them. Its size is stored with every batch, so that what a
// batch reported which was never stored is cut off again.
type Report struct {
	First []Fault
	file  *os.File
	w     *bufio.Writer
	size  int64
}

// openReport opens the report at a path, cut to the size; "" keeps no file.
func openReport(path string, size int64) (*Report, error) {
	r := &Report{}
	if path == "" {
		return r, nil
	}
	var err error
	if r.file, err = os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return nil, err
	}
	r.w = bufio.NewWriter(r.file)
	return r, r.cut(size)
}

// cut forgets what was written after size.
func (r *Report) cut(size int64) error {
	if r.file == nil {
		return nil
	}
	r.w.Reset(r.file)
	if err := r.file.Truncate(size); err != nil {
		return err
	}
	_, err := r.file.Seek(size, 0)
	r.size = size
	return err
}

func (r *Report) add(f Fault) error {
	if len(r.First) < keptFaults {
		r.First = append(r.First, f)
	}
	if r.file == nil {
		return nil
	}
	data, err := json.Marshal(f)
	if err != nil {
		return err
	}
	n, err := r.w.Write(append(data, '\n'))
	r.size += int64(n)
	return err
}

// flush writes what waits, and returns the size of the report.
func (r *Report) flush() (int64, error) {
	if r.file == nil {
		return 0, nil
	}
	return r.size, r.w.Flush()
}

func (r *Report) close() {
	if r.file != nil {
		_ = r.w.Flush() // what belongs to stored rows is written
		_ = r.file.Close()
	}
}

// faultsOf are the entries for a row's error.
func faultsOf(line int, err error) []Fault {
	if fe, ok := err.(*FileError); ok {
		return []Fault{{Line: fe.Line, Rule: "format", Message: fe.Text}}
	}
	e := object.AsError(err)
	if len(e.Fields) == 0 {
		return []Fault{{Line: line, Rule: string(e.Code), Message: e.Public()}}
	}
	all := make([]Fault, len(e.Fields))
	for i, f := range e.Fields {
		all[i] = Fault{Line: line, Field: f.Field, Rule: f.Rule, Message: f.Message}
	}
	return all
}
