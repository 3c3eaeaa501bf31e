package feed

import (
	"encoding/json"
	"slices"

	"github.com/apposengine/appos/internal/object"
)

// message is what nodes tell each other: changes, or how far they are.
type message struct {
	From      string   `json:"from"`
	Seq       uint64   `json:"seq"` // of the message with changes; of others that of the last one
	Listening bool     `json:"listening,omitempty"`
	Hears     []string `json:"hears,omitempty"` // nodes known to be listening
	Ask       bool     `json:"ask,omitempty"`   // whoever hears it should answer
	Bye       bool     `json:"bye,omitempty"`

	Rows []told `json:"-"`
	wire
}

// wire is how changes travel: the names once, a row as index, id, version, change.
type wire struct {
	Refs    []string   `json:"refs,omitempty"`
	Changes [][4]int64 `json:"rows,omitempty"`
}

// A message stays below what PostgreSQL takes for one, with room for who hears.
const (
	maxRows     = 6_000 // bytes of changes
	maxChanges  = 512
	bytesOfEach = 8 // brackets, commas, the index and the change
)

// fit is how many of the changes, at least one, go into one message.
func fit(rows []told) int {
	size, refs := 0, map[string]bool{}
	for i, t := range rows {
		size += bytesOfEach + digits(t.row.ID) + digits(t.row.Version)
		if !refs[t.ref] {
			refs[t.ref] = true
			size += len(t.ref) + 3
		}
		if i > 0 && (size > maxRows || i >= maxChanges) {
			return i
		}
	}
	return len(rows)
}

func digits(n int64) int {
	d := 1
	for ; n >= 10; n /= 10 {
		d++
	}
	return d
}

func (m *message) encode() []byte {
	for _, t := range m.Rows {
		at := slices.Index(m.Refs, t.ref)
		if at < 0 {
			at = len(m.Refs)
			m.Refs = append(m.Refs, t.ref)
		}
		m.Changes = append(m.Changes, [4]int64{int64(at), t.row.ID, t.row.Version, int64(t.row.On)})
	}
	data, _ := json.Marshal(m) // nothing in it can fail
	return data
}

// decode is false for what no feed wrote.
func decode(data []byte) (*message, bool) {
	m := &message{}
	if json.Unmarshal(data, m) != nil || m.From == "" || len(m.From) > 32 {
		return nil, false
	}
	for _, c := range m.Changes {
		if c[0] < 0 || c[0] >= int64(len(m.Refs)) || c[3] < 0 || c[3] > int64(object.Deleted) {
			return nil, false
		}
		m.Rows = append(m.Rows, told{m.Refs[c[0]], object.RowChange{ID: c[1], Version: c[2], On: object.Change(c[3])}})
	}
	return m, true
}
