package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
	"github.com/apposengine/appos/internal/wire"
)

// A list of single values is one JSON array in its column. Its entries are read,
// checked and written by the field that describes them, object.Field.Elem.

// entryError says what is wrong with one entry of a list.
type entryError struct {
	index int // from 0
	err   error
}

func (e *entryError) Error() string { return fmt.Sprintf("in entry %d %v", e.index+1, e.err) }

// maxEntries bounds a list: longer ones belong into a record of their own.
const maxEntries = 10_000

// checkEntries checks a JSON array entry by entry.
func checkEntries(elem *object.Field, raw json.RawMessage) error {
	var entries []json.RawMessage
	if json.Unmarshal(raw, &entries) != nil || entries == nil {
		return errors.New("must be a list")
	}
	if len(entries) > maxEntries {
		return fmt.Errorf("has more than %d entries", maxEntries)
	}
	for i, entry := range entries {
		err := errors.New("must not be null")
		if string(entry) != "null" {
			_, err = fromJSON(elem, entry)
		}
		if err != nil {
			return &entryError{i, err}
		}
	}
	return nil
}

// parseList reads a list from a text: a JSON array, or entries with | between
// them. The empty text is the empty list.
func parseList(elem *object.Field, s string) (any, error) {
	if strings.HasPrefix(strings.TrimSpace(s), "[") {
		if !json.Valid([]byte(s)) {
			return nil, errors.New("must be a list: JSON, or entries with | between them")
		}
		return json.RawMessage(s), checkEntries(elem, json.RawMessage(s))
	}
	dst := []byte{'['}
	if strings.TrimSpace(s) == "" {
		return json.RawMessage("[]"), nil
	}
	parts := strings.Split(s, "|")
	if len(parts) > maxEntries {
		return nil, fmt.Errorf("has more than %d entries", maxEntries)
	}
	for i, part := range parts {
		v, err := ParseValue(elem, strings.TrimSpace(part))
		if err != nil {
			return nil, &entryError{i, err}
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendEntry(dst, v)
	}
	return json.RawMessage(append(dst, ']')), nil
}

// appendEntry writes a plain value as encoding/json writes the entry of a list,
// so that equal entries are equal texts in the database.
func appendEntry(dst []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return wire.AppendString(dst, v)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float64:
		return wire.AppendFloat(dst, v)
	case bool:
		return strconv.AppendBool(dst, v)
	case time.Time:
		return append(wire.AppendTime(append(dst, '"'), v), '"')
	case object.Date:
		return append(append(append(dst, '"'), v.String()...), '"')
	case decimal.Decimal:
		return append(append(append(dst, '"'), v.String()...), '"')
	}
	return append(dst, "null"...)
}

// has writes the condition that one entry of a list is v.
func (w *where) has(c *column, v any) error {
	elem := c.f.Elem
	if elem == nil || elem.Kind == object.FieldFloat || elem.Kind == object.FieldTime {
		return w.p.fieldError(c.f.Column, "operator", "is a %s; contains asks for a text within a text, or for an entry of a list of texts, whole numbers, decimals, dates or references", c.f.Kind)
	}
	arg, err := w.value(&column{f: elem, form: formOf(elem)}, v)
	if err != nil {
		return err
	}
	if d, ok := arg.(store.Decimal); ok {
		arg = d.Value
	}
	if c.f.Optional {
		w.b.WriteString("(" + c.name + " IS NOT NULL AND ")
		defer w.b.WriteString(")")
	}
	if w.p.db.Dialect() == store.PostgreSQL {
		w.b.WriteString(c.name + " @> ?")
		w.args = append(w.args, store.JSON(append(appendEntry([]byte{'['}, arg), ']')))
		return nil
	}
	switch v := arg.(type) {
	case object.Date:
		arg = v.String()
	case decimal.Decimal:
		arg = v.String()
	}
	w.b.WriteString("EXISTS (SELECT 1 FROM json_each(" + c.name + ") WHERE json_each.value = ?)")
	w.args = append(w.args, arg)
	return nil
}

// checkJSON refuses JSON that not every database stores: a NUL character stands
// in it as \u0000.
func checkJSON(data store.JSON) error {
	rest := []byte(data)
	for {
		i := bytes.Index(rest, []byte(`\u0000`))
		if i < 0 {
			return nil
		}
		slashes := 0
		for i-slashes > 0 && rest[i-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return errors.New("must not contain a NUL character")
		}
		rest = rest[i+1:]
	}
}
