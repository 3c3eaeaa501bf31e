package migrate

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/apposengine/appos/internal/store"
)

// snapshotFormat is the version of the snapshot's form.
const snapshotFormat = 1

// A snapshot is a schema as JSON: what migrations are planned from, and what
// reviewers read. It says nothing of a dialect, and is the same for the same schema.
type snapshot struct {
	Format int             `json:"format"`
	Tables []snapshotTable `json:"tables"`
}

type snapshotTable struct {
	Name    string           `json:"name"`
	Columns []snapshotColumn `json:"columns"`
	Key     []string         `json:"key,omitempty"`
	Indexes []snapshotIndex  `json:"indexes,omitempty"`
	Checks  []snapshotCheck  `json:"checks,omitempty"`
	Search  []string         `json:"search,omitempty"`
}

type snapshotColumn struct {
	Name       string  `json:"name"`
	Type       string  `json:"type"` // as store.Type writes it
	Null       bool    `json:"null,omitempty"`
	Serial     bool    `json:"serial,omitempty"`
	Default    *string `json:"default,omitempty"`
	References string  `json:"references,omitempty"`
	OnDelete   string  `json:"on_delete,omitempty"`
	Check      string  `json:"check,omitempty"`
}

type snapshotIndex struct {
	Columns []string `json:"columns"`
	Unique  bool     `json:"unique,omitempty"`
	Where   string   `json:"where,omitempty"`
}

type snapshotCheck struct {
	Name   string `json:"name"`
	SQL    string `json:"sql"`
	SQLite string `json:"sqlite,omitempty"`
}

// marshal writes the schema of tables as a snapshot.
func marshal(tables []store.Table) []byte {
	s := snapshot{Format: snapshotFormat, Tables: []snapshotTable{}}
	for _, t := range tables {
		st := snapshotTable{Name: t.Name, Key: t.Key, Search: t.Search}
		for i := range t.Columns {
			c := &t.Columns[i]
			sc := snapshotColumn{Name: c.Name, Type: c.Type.String(), Null: c.Null, Serial: c.Serial, References: c.References, Check: c.Check}
			if text, ok := defaultText(c); ok {
				sc.Default = &text
			}
			if c.OnDeleteCascade {
				sc.OnDelete = "cascade"
			}
			st.Columns = append(st.Columns, sc)
		}
		for _, x := range t.Indexes {
			st.Indexes = append(st.Indexes, snapshotIndex(x))
		}
		slices.SortFunc(st.Indexes, func(a, b snapshotIndex) int {
			return cmp.Compare(store.IndexName("", store.Index(a)), store.IndexName("", store.Index(b)))
		})
		for _, c := range t.Checks {
			st.Checks = append(st.Checks, snapshotCheck(c))
		}
		slices.SortFunc(st.Checks, func(a, b snapshotCheck) int { return cmp.Compare(a.Name, b.Name) })
		s.Tables = append(s.Tables, st)
	}
	slices.SortFunc(s.Tables, func(a, b snapshotTable) int { return cmp.Compare(a.Name, b.Name) })

	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // conditions read as they are
	e.SetIndent("", "\t")
	if err := e.Encode(s); err != nil {
		panic(err) // strings and bools
	}
	return b.Bytes()
}

// unmarshal reads a snapshot.
func unmarshal(text []byte) ([]store.Table, error) {
	var s snapshot
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return nil, fmt.Errorf("it is no whole snapshot: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("something follows the snapshot")
	}
	if s.Format != snapshotFormat {
		return nil, fmt.Errorf("it has the format %d, this program reads %d; use the version of AppOS that wrote it", s.Format, snapshotFormat)
	}
	tables := make([]store.Table, 0, len(s.Tables))
	for _, st := range s.Tables {
		t := store.Table{Name: st.Name, Key: st.Key, Search: st.Search}
		for _, sc := range st.Columns {
			c := store.Column{Name: sc.Name, Null: sc.Null, Serial: sc.Serial, References: sc.References, OnDeleteCascade: sc.OnDelete == "cascade", Check: sc.Check}
			var err error
			if c.Type, err = parseType(sc.Type); err == nil && sc.Default != nil {
				c.Default, err = defaultOf(c.Type, *sc.Default)
			}
			if err != nil {
				return nil, fmt.Errorf("table %q, column %q: %w", st.Name, sc.Name, err)
			}
			t.Columns = append(t.Columns, c)
		}
		for _, x := range st.Indexes {
			t.Indexes = append(t.Indexes, store.Index(x))
		}
		for _, c := range st.Checks {
			t.Checks = append(t.Checks, store.Check(c))
		}
		tables = append(tables, t)
	}
	return tables, nil
}

// parseType reads what store.Type writes.
func parseType(text string) (store.Type, error) {
	for _, t := range []store.Type{store.Text, store.Int, store.Float, store.Bool, store.Time, store.Date, store.Bytes, store.JSONText} {
		if t.String() == text {
			return t, nil
		}
	}
	if digits, ok := strings.CutPrefix(text, "decimal("); ok {
		if scale, err := strconv.Atoi(strings.TrimSuffix(digits, ")")); err == nil && scale >= 0 && scale <= 18 {
			return store.DecimalOf(scale), nil
		}
	}
	return store.Type{}, fmt.Errorf("there is no type %q", text)
}

// same says whether two schemas are the same, in whatever order they are declared.
func same(a, b []store.Table) bool {
	before, moves, problems := renamed(a, b)
	d := compare(before, b, moves)
	return len(problems)+len(moves)+len(d.created)+len(d.dropped)+len(d.changed) == 0
}
