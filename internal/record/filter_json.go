package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/wire"
)

// Bounds of conditions in JSON.
const (
	maxWhere     = 64 << 10 // bytes
	maxWhereDeep = 20       // objects and lists within one another
)

// where reads conditions in JSON, such as
//
//	{"or": [{"status": "draft"}, {"total__gt": 100, "not": {"customer": {"tier": "gold"}}}]}
//
// The members of an object must all hold. A name is a field, with an operator
// after two underscores, or what leads to another record, with an object.
func (f *filter) where(text string) {
	v, err := parseJSON(text)
	if err == nil && v.members == nil {
		err = errors.New(`must be an object, such as {"or":[{"status":"draft"},{"total__gt":100}]}`)
	}
	if err != nil {
		f.fault("where", "json", "%v", err)
		return
	}
	f.top.object(*v.members)
}

// jsonValue is a value in JSON, its members in their order.
type jsonValue struct {
	operand
	members *[]jsonMember
	list    []jsonValue
}

type jsonMember struct {
	name  string
	value jsonValue
}

func parseJSON(text string) (jsonValue, error) {
	if len(text) > maxWhere {
		return jsonValue{}, fmt.Errorf("is larger than %d KB", maxWhere>>10)
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	v, err := readJSON(d, 0)
	if err == nil {
		if _, end := d.Token(); !errors.Is(end, io.EOF) {
			err = errors.New("goes on after its end")
		}
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return v, fmt.Errorf("is no JSON: %v at byte %d", syntax, syntax.Offset)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return v, errors.New("is no JSON: it ends too early")
	}
	return v, err
}

func readJSON(d *json.Decoder, depth int) (v jsonValue, err error) {
	if depth > maxWhereDeep {
		return v, fmt.Errorf("is nested more than %d deep", maxWhereDeep)
	}
	token, err := d.Token()
	if err != nil {
		return v, err
	}
	switch token := token.(type) {
	case nil:
		v.null = true
	case string:
		v.text = token
	case json.Number:
		v.text = token.String()
	case bool:
		v.text = fmt.Sprint(token)
	case json.Delim:
		if token == '[' {
			return readList(d, depth)
		}
		return readObject(d, depth)
	}
	return v, nil
}

func readList(d *json.Decoder, depth int) (v jsonValue, err error) {
	v.many = true
	for d.More() {
		one, err := readJSON(d, depth+1)
		if err != nil {
			return v, err
		}
		v.list = append(v.list, one)
		v.operand.list = append(v.operand.list, one.operand)
	}
	_, err = d.Token()
	return v, err
}

func readObject(d *json.Decoder, depth int) (v jsonValue, err error) {
	members := []jsonMember{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return v, err
		}
		value, err := readJSON(d, depth+1)
		if err != nil {
			return v, err
		}
		text, _ := name.(string)
		for _, m := range members {
			if m.name == text {
				return v, fmt.Errorf("has %q twice", wire.Clip(text))
			}
		}
		members = append(members, jsonMember{text, value})
	}
	v.members, v.many = &members, true
	_, err = d.Token()
	return v, err
}

// object reads the members of an object, which must all hold.
func (s *scope) object(members []jsonMember) {
	for _, m := range members {
		switch {
		case m.name == "and" || m.name == "or":
			s.group(m)
		case m.name == "not":
			if m.value.members == nil {
				s.f.fault("where", "type", "has a %q that is not an object", m.name)
				continue
			}
			s.conds = append(s.conds, object.Cond{Op: object.OpNot, Kids: []object.Cond{s.inner(*m.value.members)}})
		case m.value.members != nil:
			next := s.next(m.name)
			if next != nil {
				if len(*m.value.members) > 0 || s.f.another() { // that there is a row is a condition
					next.object(*m.value.members)
				}
			} else if s.f.err == nil {
				s.unknown(m.name, m.name)
			}
		default:
			s.add(m.name, m.value.operand)
		}
	}
}

func (s *scope) group(m jsonMember) {
	c := object.Cond{Op: object.OpAnd}
	if m.name == "or" {
		c.Op = object.OpOr
	}
	for _, one := range m.value.list {
		if one.members == nil {
			s.f.fault("where", "type", "has an %q whose list holds something that is not an object", m.name)
			return
		}
		c.Kids = append(c.Kids, s.inner(*one.members))
	}
	if len(c.Kids) == 0 {
		s.f.fault("where", "type", "has an %q that is not a list of objects", m.name)
		return
	}
	s.conds = append(s.conds, c)
}

// inner reads an object of a group: conditions of the same record, in a scope of
// their own. The group is as many conditions as it holds, and an empty one is one.
func (s *scope) inner(members []jsonMember) object.Cond {
	own := &scope{f: s.f, p: s.p, a: s.a, path: s.path, hops: s.hops, outs: s.outs}
	if len(members) == 0 && !s.f.another() {
		return object.Cond{Op: object.OpAnd}
	}
	own.object(members)
	return object.Cond{Op: object.OpAnd, Kids: own.build()}
}
