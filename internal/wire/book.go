package wire

import (
	"encoding"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos/internal/object"
)

// A Book has the types of a registry, each made once. Types that are asked for
// while it is in use, such as those of what an any holds, are made then.
type Book struct {
	reg *object.Registry

	mu    sync.RWMutex
	types map[reflect.Type]*Type
}

// NewBook returns a book that knows the records of the registry; nil has none.
func NewBook(reg *object.Registry) *Book {
	return &Book{reg: reg, types: map[reflect.Type]*Type{}}
}

// Type returns how values of a Go type stand in JSON. The error says what within
// it has no place there, as the end of a sentence about a value of the type.
func (b *Book) Type(t reflect.Type) (*Type, error) {
	b.mu.RLock()
	known, ok := b.types[t]
	b.mu.RUnlock()
	if ok {
		return known, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	m := making{book: b, fresh: map[reflect.Type]*Type{}}
	made, err := m.typ(t, "")
	if err != nil {
		return nil, err
	}
	m.refuse()
	for t, made := range m.fresh {
		b.types[t] = made
	}
	return made, nil
}

var (
	decimalType   = reflect.TypeFor[decimal.Decimal]()
	timeType      = reflect.TypeFor[time.Time]()
	dateType      = reflect.TypeFor[object.Date]()
	durationType  = reflect.TypeFor[time.Duration]()
	fileType      = reflect.TypeFor[object.File]()
	marshaler     = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
	unmarshaler   = reflect.TypeFor[json.Unmarshaler]()
	textReader    = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// making is the types that one call adds. They are not shared before all are whole.
type making struct {
	book  *Book
	fresh map[reflect.Type]*Type
}

func (m *making) typ(t reflect.Type, path string) (*Type, error) {
	if known, ok := m.book.types[t]; ok {
		return known, nil
	}
	if begun, ok := m.fresh[t]; ok {
		return begun, nil
	}
	made := &Type{Go: t}
	m.fresh[t] = made
	return made, m.describe(made, path)
}

func (m *making) describe(made *Type, path string) (err error) {
	t := made.Go
	if made.Kind = kindOf(t); made.Kind != 0 {
		made.Form = Single
		return nil
	}
	if writes := t.Implements(marshaler) || t.Implements(textMarshaler); writes || t == fileType ||
		t.Kind() != reflect.Interface && (reflect.PointerTo(t).Implements(marshaler) || reflect.PointerTo(t).Implements(textMarshaler)) {
		made.Form = Own
		switch p := reflect.PointerTo(t); {
		case t == fileType:
			made.noInput = "is a file, which is not sent as JSON"
		case !p.Implements(unmarshaler) && !p.Implements(textReader):
			made.noInput = "has the type " + t.String() + ", which writes JSON and does not read it"
		}
		return nil
	}
	switch t.Kind() {
	case reflect.Interface:
		made.Form = Any
		if t.NumMethod() > 0 {
			made.noInput = "has the type " + t.String() + ", of which JSON cannot tell what it holds"
		}
		return nil
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 && t.Kind() == reflect.Slice {
			made.Form = Bytes
			return nil
		}
		made.Form = List
		if t.Kind() == reflect.Array {
			made.noInput = "has the type " + t.String() + "; use a slice"
		}
		made.Elem, err = m.entry(t.Elem(), path+"[]")
		return err
	case reflect.Map:
		made.Form = Map
		switch t.Key().Kind() {
		case reflect.String, reflect.Int, reflect.Int32, reflect.Int64:
		default:
			return fmt.Errorf("%shas the type %s; JSON has only texts and whole numbers as keys", at(path), t)
		}
		made.Elem, err = m.entry(t.Elem(), path+"{}")
		return err
	case reflect.Struct:
		made.Form = Struct
		return m.members(made, path)
	case reflect.Pointer:
		// the root of an answer, or a row that may be missing from a list
		return fmt.Errorf("%shas the type %s; one pointer says already that there may be no value", at(path), t)
	}
	return fmt.Errorf("%shas the type %s, which has no form in JSON", at(path), t)
}

// entry is the type of a list's or map's values; pointers among them may be null.
func (m *making) entry(t reflect.Type, path string) (*Type, error) {
	if t.Kind() == reflect.Pointer {
		return nil, fmt.Errorf("%sis a pointer; lists and maps hold values", at(path))
	}
	return m.typ(t, path)
}

func at(path string) string {
	if path == "" {
		return ""
	}
	return strings.TrimPrefix(path, ".") + " "
}

func (m *making) members(made *Type, path string) error {
	if m.book.reg != nil {
		if o := m.book.reg.ByType(made.Go); o != nil && o.Record != nil {
			made.Record = o
			made.noInput = "holds rows of " + o.Ref + ", of which a sender could set every field; use a struct of those that may be sent"
			return m.rows(made, path)
		}
	}
	if err := m.fields(made, made.Go, nil, path); err != nil {
		return err
	}
	made.index()
	return nil
}

// index finds members by name; of two the one that is less deep counts, as in Go.
func (t *Type) index() {
	t.byName = map[string]int{}
	kept := t.Members[:0]
	for _, m := range t.Members {
		if i, ok := t.byName[m.Name]; ok {
			if len(m.index) < len(kept[i].index) {
				kept[i] = m
			}
			continue
		}
		t.byName[m.Name] = len(kept)
		kept = append(kept, m)
	}
	t.Members = kept
}

// fields adds the members of a struct and of those embedded in it.
func (m *making) fields(made *Type, t reflect.Type, index []int, path string) error {
	for i := range t.NumField() {
		sf := t.Field(i)
		name, options, _ := strings.Cut(sf.Tag.Get("json"), ",")
		deeper := append(slices.Clone(index), i)
		switch {
		case name == "-" && options == "":
			continue
		case sf.Anonymous && name == "" && sf.Type.Kind() == reflect.Struct && kindOf(sf.Type) == 0:
			if err := m.embedded(made, sf.Type, deeper, path); err != nil {
				return err
			}
			continue
		case !sf.IsExported():
			continue
		case name == "":
			name = object.Snake(sf.Name)
		}
		mem := Member{Name: name, index: deeper, Field: &object.Field{Name: sf.Name, Key: object.Snake(sf.Name), JSON: name, Column: name, Type: sf.Type, Index: deeper, Validate: sf.Tag.Get("validate")}}
		f := mem.Field
		if f.Type.Kind() == reflect.Pointer {
			f.Type, f.Optional, mem.Optional = f.Type.Elem(), true, true
		}
		for option := range strings.SplitSeq(options, ",") {
			switch option {
			case "omitempty", "omitzero":
				mem.Omitted = true
			case "string":
				return fmt.Errorf("%s%s has the json option string; make the field one", at(path), sf.Name)
			}
		}
		if err := mem.tag(sf.Tag.Get("appos")); err != nil {
			return fmt.Errorf("%s%s %w", at(path), sf.Name, err)
		}
		var err error
		if mem.Type, err = m.typ(f.Type, path+"."+sf.Name); err != nil {
			return err
		}
		f.Kind = mem.Type.fieldKind()
		f.ReadRules()
		made.Members = append(made.Members, mem)
	}
	return nil
}

// embedded adds what an embedded struct brings: the fields of a row as such, all
// others as if they stood outside.
func (m *making) embedded(made *Type, t reflect.Type, index []int, path string) error {
	row, err := m.typ(t, path)
	if err != nil || row.Record == nil {
		if err == nil && row.Form != Struct {
			return nil
		}
		if err != nil {
			return err
		}
		return m.fields(made, t, index, path)
	}
	for _, mem := range row.Members {
		mem.index = slices.Concat(index, mem.index)
		made.Members = append(made.Members, mem)
	}
	made.noInput = row.noInput
	return nil
}

// rows describes a record's rows as records themselves are sent.
func (m *making) rows(made *Type, path string) error {
	rec := made.Record.Record
	for i := range rec.Fields {
		f := &rec.Fields[i]
		mem := Member{Name: f.Column, Field: f, Optional: f.Optional, Hidden: f.Hidden || f.Secret, index: f.Index}
		if f.Kind == object.FieldJSON || f.Kind == object.FieldFile {
			mem.Type = &Type{Go: f.Type, Form: Own}
		} else {
			var err error
			if mem.Type, err = m.typ(f.Type, path+"."+f.Name); err != nil {
				return err
			}
		}
		made.Members = append(made.Members, mem)
	}
	for _, rel := range rec.Relations {
		sf, ok := made.Go.FieldByName(rel.Name)
		if !ok {
			continue
		}
		mem := Member{Name: rel.Key, index: sf.Index, relation: true, Omitted: true, Optional: rel.One,
			Field: &object.Field{Name: rel.Name, Key: rel.Key, Column: rel.Key, Kind: object.FieldJSON, Type: rel.Type, Optional: rel.One}}
		target, err := m.typ(rel.Target, path+"."+rel.Name)
		if err != nil {
			return err
		}
		if mem.Type = target; !rel.One {
			mem.Type = &Type{Go: reflect.SliceOf(rel.Target), Form: List, Elem: target}
		}
		made.Members = append(made.Members, mem)
	}
	made.index()
	return nil
}

// tag reads what the appos tag of a member says about its form; where in an answer
// a value goes is made of it by [Compile].
func (m *Member) tag(tag string) error {
	m.Exact = true
	for word := range strings.SplitSeq(tag, ",") {
		name, arg, _ := strings.Cut(strings.TrimSpace(word), "=")
		switch name {
		case "hidden":
			m.Hidden, m.Field.Hidden = true, true
		case "sensitive":
			m.Hidden, m.Field.Secret = true, true
		case "scale":
			n, err := strconv.Atoi(arg)
			if err != nil || n < 0 || n > object.MaxScale || m.Field.Type != decimalType {
				return fmt.Errorf("has scale=%q: a scale is 0 to %d, and only decimals have one", arg, object.MaxScale)
			}
			m.Field.Scale, m.Exact = n, false
		case "status":
			m.To = ToStatus
		case "header":
			m.To, m.Header = ToHeader, http.CanonicalHeaderKey(arg)
		case "body":
			m.To = ToBody
		}
	}
	return nil
}

// fieldKind is the kind of a field that has the type.
func (t *Type) fieldKind() object.FieldKind {
	if t.Form == Single {
		return t.Kind
	}
	return object.FieldJSON
}

// kindOf is the kind of single values of a type; 0 for others.
func kindOf(t reflect.Type) object.FieldKind {
	switch t {
	case decimalType:
		return object.FieldDecimal
	case timeType:
		return object.FieldTime
	case dateType:
		return object.FieldDate
	case durationType:
		return object.FieldDuration
	}
	if t.Implements(marshaler) || t.Implements(textMarshaler) {
		return 0
	}
	switch t.Kind() {
	case reflect.String:
		return object.FieldText
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return object.FieldInt
	case reflect.Float32, reflect.Float64:
		return object.FieldFloat
	case reflect.Bool:
		return object.FieldBool
	}
	return 0
}

// refuse finds the types that cannot be read for what is within them.
func (m *making) refuse() {
	for changed := true; changed; {
		changed = false
		for _, t := range m.fresh {
			if t.noInput == "" && t.within() != "" {
				t.noInput, changed = t.within(), true
			}
		}
	}
}

// within is why something within the type cannot be read.
func (t *Type) within() string {
	if t.Elem != nil && t.Elem.noInput != "" {
		return t.Elem.noInput
	}
	for i := range t.Members {
		if why := t.Members[i].Type.noInput; why != "" {
			return "has " + t.Members[i].Name + ", which " + why
		}
	}
	return ""
}
