package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unsafe"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/wire"
)

// Mode says what a JSON body is for.
type Mode uint8

// The modes of DecodeJSON.
const (
	ForCreate  Mode = iota + 1 // fields that are missing stay as they are in the blank row
	ForPatch                   // fields that are missing stay as they are
	ForReplace                 // fields that are missing get their default, or become zero
)

// Body is what DecodeJSON read beside the values.
type Body struct {
	Version int64    // the expected version; 0 when the body names none
	Fields  []string // the columns that the body names
	Set     Mask     // the same, for CreateSet and UpdateSet
}

// DecodeJSON reads a JSON object into row. Decimals may be strings or numbers
// and are read exactly; digits beyond the field's scale are refused. System
// fields are refused, except for version in a patch or a replacement, which is
// the expected one.
//
// What is no JSON object is an Invalid error with its position; otherwise all
// fields that are wrong are named at once. With an error row is half filled.
func (p *Plan) DecodeJSON(body []byte, row any, mode Mode) (Body, error) {
	base, err := p.base(row)
	if err != nil {
		return Body{}, err
	}
	if err := wire.Check(body); err != nil {
		return Body{}, p.about(err)
	}
	d := decoding{p: p, base: base, mode: mode, seen: make([]bool, len(p.cols))}
	if err := d.object(body); err != nil {
		return Body{}, p.about(err)
	}
	if mode == ForReplace {
		d.reset()
	}
	if d.faults != nil {
		return Body{}, p.faults(nil, d.faults)
	}
	return d.body, nil
}

type decoding struct {
	p      *Plan
	base   unsafe.Pointer
	mode   Mode
	seen   []bool
	body   Body
	faults []object.FieldError
}

func (d *decoding) fault(field, rule, format string, args ...any) {
	d.faults = append(d.faults, object.FieldError{Field: field, Rule: rule, Message: fmt.Sprintf(format, args...)})
}

func (d *decoding) object(body []byte) error {
	unknown := map[string]bool{}
	return wire.Members(body, func(name string, raw []byte) {
		if len(d.faults) >= wire.MaxFaults {
			return
		}
		i, ok := d.p.byColumn[name]
		switch {
		case !ok:
			if !unknown[name] {
				unknown[name] = true
				d.fault(wire.Clip(name), "unknown", "is not a field of %s%s", d.p.o.Name, d.p.suggest(wire.Clip(name), Mask{}))
			}
		case d.seen[i]:
			d.fault(name, "duplicate", "is given twice")
		default:
			d.seen[i] = true
			d.body.Fields = append(d.body.Fields, name)
			d.body.Set = d.body.Set.With(i)
			d.field(&d.p.cols[i], i, raw)
		}
	})
}

func (d *decoding) field(c *column, i int, raw json.RawMessage) {
	name := c.f.Column
	if c.f.System {
		if i != object.FieldVersion || d.mode == ForCreate {
			d.fault(name, "read_only", "is kept by AppOS and cannot be set")
			return
		}
		n, err := strconv.ParseInt(string(raw), 10, 64)
		if err != nil || n < 1 {
			d.fault(name, "type", "must be the version that the row is expected to have, 1 or more")
			return
		}
		d.body.Version = n
		return
	}
	if string(raw) == "null" {
		if !c.f.Optional {
			d.fault(name, "required", "must not be null")
			return
		}
		c.clear(d.base)
		return
	}
	if c.f.Kind == object.FieldFile {
		d.fault(name, "read_only", "is a file, which is not written as JSON")
		return
	}
	v, err := fromJSON(c.f, raw)
	if err == nil {
		if c.form == formJSON {
			c.clear(d.base)
		}
		err = c.set(d.base, v)
	}
	var at *entryError
	switch {
	case errors.As(err, &at):
		d.fault(fmt.Sprintf("%s[%d]", name, at.index), "type", "%v", at.err)
	case err != nil:
		d.fault(name, "type", "%v", err)
	}
}

// fromJSON reads a JSON value, which is none of null, as a plain value.
func fromJSON(f *object.Field, raw json.RawMessage) (any, error) {
	switch f.Kind {
	case object.FieldText:
		if raw[0] != '"' {
			return nil, errors.New("must be a string")
		}
		s, err := unquote(raw)
		if err != nil {
			return nil, err
		}
		return s, wire.CheckText(s)
	case object.FieldInt, object.FieldRef:
		n, err := strconv.ParseInt(string(raw), 10, 64)
		if errors.Is(err, strconv.ErrRange) {
			return nil, errors.New("is too large for a whole number")
		}
		if err != nil {
			return nil, errors.New("must be a whole number")
		}
		return n, nil
	case object.FieldFloat:
		n, err := strconv.ParseFloat(string(raw), 64)
		if err != nil || math.IsInf(n, 0) {
			return nil, errors.New("must be a number")
		}
		return n, nil
	case object.FieldBool:
		switch string(raw) {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
		return nil, errors.New("must be true or false")
	case object.FieldDecimal:
		s := string(raw)
		if raw[0] == '"' {
			var err error
			if s, err = unquote(raw); err != nil {
				return nil, err
			}
		}
		d, err := wire.ParseDecimal(s)
		if err != nil {
			return nil, err
		}
		return d, fitsScale(f, d)
	case object.FieldTime:
		if raw[0] != '"' {
			return nil, errors.New("must be a time in a string, such as \"2026-01-31T15:04:05Z\"")
		}
		s, err := unquote(raw)
		if err != nil {
			return nil, err
		}
		return asAny(wire.ParseTime(s))
	case object.FieldDate, object.FieldDuration:
		s, err := unquote(raw)
		if err != nil {
			s = "" // which is none
		}
		return ParseValue(&object.Field{Kind: f.Kind}, s)
	}
	if f.Elem != nil {
		return raw, checkEntries(f.Elem, raw)
	}
	return raw, nil
}

func unquote(raw json.RawMessage) (string, error) {
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return "", errors.New("must be a string")
	}
	return s, nil
}

// unmarshalStrict reads the JSON of a list, map or struct.
func unmarshalStrict(raw json.RawMessage, to any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	err := dec.Decode(to)
	var wrong *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong) && wrong.Field != "":
		return fmt.Errorf("has a %s at %q, which does not fit", wrong.Value, wrong.Field)
	case errors.As(err, &wrong):
		return fmt.Errorf("is a %s, which does not fit", wrong.Value)
	}
	return errors.New("does not fit: it has a name that is not known, or a value of another form")
}

// reset gives the fields that a replacement does not name their default.
func (d *decoding) reset() {
	for i := object.SystemFields; i < len(d.p.cols); i++ {
		c := &d.p.cols[i]
		if d.seen[i] || c.f.Kind == object.FieldFile {
			continue
		}
		c.clear(d.base)
		if v := c.initial(d.p.records.clock()); v != nil {
			if err := c.set(d.base, v); err != nil {
				d.fault(c.f.Column, "default", "%v", err)
			}
		}
	}
}
