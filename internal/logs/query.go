package logs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Filter says which entries to read. The zero Filter is the newest of all.
type Filter struct {
	Kinds       []Kind     // empty is every kind
	Categories  []Category // empty is every category
	App         string
	Object      string
	User        string
	ExecutionID string
	Least       slog.Leveler // the lowest level; nil is every level
	Failed      bool         // only those with an error code
	Text        string       // that the line contains, ASCII case ignored
	Since       time.Time    // zero is no bound
	Until       time.Time    // exclusive; zero is no bound
	Limit       int          // 100 when zero, at most 10,000
	MaxBytes    int64        // how much is read at most; 16 MB when zero
}

// Line is an entry that was read back.
type Line struct {
	Time          time.Time      `json:"time"`
	Level         string         `json:"level"`
	Kind          Kind           `json:"kind"`
	Category      string         `json:"category"`
	App           string         `json:"app,omitempty"`
	Object        string         `json:"object,omitempty"`
	Caller        string         `json:"caller,omitempty"`
	User          string         `json:"user,omitempty"`
	ExecutionID   string         `json:"execution_id,omitempty"`
	DurationMS    float64        `json:"duration_ms,omitempty"`
	Code          string         `json:"code,omitempty"`
	Status        int            `json:"status,omitempty"`
	Message       string         `json:"message,omitempty"`
	Fields        map[string]any `json:"fields,omitempty"`
	FieldsDropped int            `json:"fields_dropped,omitempty"`
}

// Page is what a query found, newest first.
type Page struct {
	Lines []Line
	// Partial says that older entries may match, but MaxBytes were read. To go
	// on, narrow the filter or move Until back.
	Partial bool
}

// Query reads the entries that match, from the ends of the files backwards, so
// that recent ones cost little however large the logs are. What waits to be
// written is written first. The error is that of the disk or of ctx.
func (p *Pipeline) Query(ctx context.Context, f Filter) (Page, error) {
	_ = p.Flush() // what cannot be written cannot be read; Health tells
	f.defaults()
	folders := f.folders()
	var page Page
	left := f.MaxBytes
	for i, key := range folders {
		// Each folder gets its share of what is left, so that one large folder
		// does not hide the others.
		r := reader{ctx: ctx, filter: &f, budget: left / int64(len(folders)-i), needles: f.needles()}
		share := r.budget
		err := r.folder(filepath.Join(p.cfg.Dir, string(key.kind), key.category.String()))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return Page{}, err
		}
		left -= share - max(r.budget, 0)
		page.Partial = page.Partial || r.partial
		page.Lines = append(page.Lines, r.found...)
	}
	slices.SortStableFunc(page.Lines, func(a, b Line) int { return b.Time.Compare(a.Time) })
	if len(page.Lines) > f.Limit {
		page.Lines = page.Lines[:f.Limit]
	}
	return page, nil
}

func (f *Filter) defaults() {
	if f.Limit <= 0 {
		f.Limit = 100
	}
	f.Limit = min(f.Limit, 10_000)
	if f.MaxBytes <= 0 {
		f.MaxBytes = 16 << 20
	}
}

// folders are the folders to read. A kind that does not exist has none, so that a
// filter from outside cannot name another path.
func (f *Filter) folders() []fileKey {
	var keys []fileKey
	for _, k := range Kinds() {
		if len(f.Kinds) > 0 && !slices.Contains(f.Kinds, k) {
			continue
		}
		for c := range categories {
			if len(f.Categories) == 0 || slices.Contains(f.Categories, Category(c)) {
				keys = append(keys, fileKey{k, Category(c)})
			}
		}
	}
	return keys
}

// needles are pieces that a matching line must contain, so that most of the
// others need not be decoded.
func (f *Filter) needles() [][]byte {
	var all [][]byte
	for _, n := range []struct{ key, value string }{
		{`"app":`, f.App}, {`"object":`, f.Object}, {`"user":`, f.User}, {`"execution_id":`, f.ExecutionID},
	} {
		if n.value != "" {
			all = append(all, appendText(nil, n.key, n.value))
		}
	}
	if f.Failed {
		all = append(all, []byte(`"code":`))
	}
	return all
}

// match decodes a line that matches; ok is false for others, and for lines that
// are no entries, such as the half that a crash left.
func (f *Filter) match(line []byte, needles [][]byte) (l Line, ok bool) {
	for _, n := range needles {
		if !bytes.Contains(line, n) {
			return l, false
		}
	}
	if json.Unmarshal(line, &l) != nil || l.Time.IsZero() {
		return l, false
	}
	switch {
	case f.App != "" && l.App != f.App,
		f.Object != "" && l.Object != f.Object,
		f.User != "" && l.User != f.User,
		f.ExecutionID != "" && l.ExecutionID != f.ExecutionID,
		f.Failed && l.Code == "",
		f.Least != nil && !atLeast(l.Level, f.Least.Level()),
		!f.Since.IsZero() && l.Time.Before(f.Since),
		!f.Until.IsZero() && !l.Time.Before(f.Until):
		return l, false
	}
	return l, f.Text == "" || strings.Contains(strings.ToLower(string(line)), strings.ToLower(f.Text))
}

func atLeast(name string, least slog.Level) bool {
	var l slog.Level
	return l.UnmarshalText([]byte(name)) == nil && l >= least
}
