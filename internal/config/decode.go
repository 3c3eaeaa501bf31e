package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/apposengine/appos/internal/object"
)

// maxFile is the largest file that is read. The YAML parser recurses, and a
// stack that overflows cannot be caught.
const maxFile = 32 << 10

// maxDepth is how many brackets may be open at once. The parser's time grows
// with the square of the depth and more.
const maxDepth = 50

// deep counts brackets wherever they stand, in texts too: no configuration has
// that many more open than closed.
func deep(text []byte) bool {
	open := 0
	for _, c := range text {
		switch c {
		case '[', '{':
			open++
		case ']', '}':
			open = max(open-1, 0)
		}
		if open > maxDepth {
			return true
		}
	}
	return false
}

// place is where a key stands: the file, by its position in decoder.files, and
// the line.
type place struct{ file, line int }

// decoder fills structs from YAML by their tags and notes all that is wrong.
// It walks the syntax tree itself, because a library's decoder stops at the
// first mistake, and forgets the lines that later checks need.
type decoder struct {
	lookup func(string) (string, bool) // nil leaves ${…} as it is
	files  []string
	at     map[string]place // by key; the last file that has it
	found  []problemAt
}

type problemAt struct {
	file int
	Problem
}

func newDecoder(lookup func(string) (string, bool)) *decoder {
	return &decoder{lookup: lookup, at: map[string]place{}}
}

// sorted is what was found, by file and line.
func (d *decoder) sorted() Problems {
	slices.SortStableFunc(d.found, func(a, b problemAt) int {
		if a.file != b.file {
			return a.file - b.file
		}
		return a.Line - b.Line
	})
	problems := make(Problems, len(d.found))
	for i := range d.found {
		problems[i] = d.found[i].Problem
	}
	if len(problems) == 0 {
		return nil
	}
	return problems
}

// fault notes a problem at a line of the file that is being read.
func (d *decoder) fault(line int, key, text string) {
	file := len(d.files) - 1
	d.found = append(d.found, problemAt{file, Problem{d.files[file], line, key, text}})
}

// problem notes a problem with a key, where it was written.
func (d *decoder) problem(key, text string) {
	at := d.at[key]
	d.found = append(d.found, problemAt{at.file, Problem{d.files[at.file], at.line, key, text}})
}

// decode reads a file into the struct that into points to.
func (d *decoder) decode(file string, text []byte, into any) {
	d.files = append(d.files, file)
	if len(text) > maxFile {
		d.fault(0, "", fmt.Sprintf("is larger than %s; a configuration is not", Size(maxFile)))
		return
	}
	if deep(text) {
		d.fault(0, "", fmt.Sprintf("nests more than %d brackets", maxDepth))
		return
	}
	tree, err := parse(text)
	if err != nil {
		d.syntax(err)
		return
	}
	read := false
	for _, doc := range tree.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.NullType || doc.Body.Type() == ast.CommentType {
			continue
		}
		if read {
			d.fault(line(doc.Body), "", "has a second document after \"---\"; keep one")
			return
		}
		read = true
		d.value(doc.Body, reflect.ValueOf(into).Elem(), "", "")
	}
}

// parse contains the parser's panics: the text is hostile.
func parse(text []byte) (tree *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			tree, err = nil, errors.New("is not YAML")
		}
	}()
	return parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
}

func (d *decoder) syntax(err error) {
	at, text := 0, err.Error()
	var y yaml.Error
	if errors.As(err, &y) {
		text = y.GetMessage()
		if t := y.GetToken(); t != nil && t.Position != nil {
			at = t.Position.Line
		}
	}
	d.fault(at, "", "syntax: "+clip(strings.TrimSpace(text)))
}

func line(n ast.Node) int {
	if n == nil {
		return 0
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 0
}

var (
	secretType = reflect.TypeFor[Secret]()
	textsType  = reflect.TypeFor[[]string]()
)

// value decodes a node into v.
func (d *decoder) value(n ast.Node, v reflect.Value, key string, tag reflect.StructTag) {
	switch {
	case v.Type() == secretType:
		d.scalar(n, v, key, tag)
	case v.Kind() == reflect.Pointer:
		filled := reflect.New(v.Type().Elem())
		before := len(d.found)
		d.value(n, filled.Elem(), key, tag)
		if len(d.found) == before {
			v.Set(filled)
		}
	case v.Kind() == reflect.Struct:
		d.keys(n, key, func(name string, at int, child ast.Node) {
			d.field(v, key, name, at, child)
		})
	case v.Kind() == reflect.Map:
		d.keys(n, key, func(name string, at int, child ast.Node) {
			d.entry(v, join(key, name), name, at, child)
		})
	case v.Type() == textsType:
		d.list(n, v, key, tag)
	default:
		d.scalar(n, v, key, tag)
	}
}

// keys calls f for each key of a mapping; a null is an empty one.
func (d *decoder) keys(n ast.Node, key string, f func(name string, at int, child ast.Node)) {
	var pairs []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		pairs = m.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{m}
	case *ast.NullNode:
		return
	default:
		d.fault(line(n), key, "wants keys and values, not "+describe(n))
		return
	}
	seen := map[string]int{}
	for _, p := range pairs {
		at := line(p.Key)
		name, ok := keyText(p.Key)
		if !ok {
			d.fault(at, key, "has a key that is "+describe(p.Key)+"; write a plain name")
			continue
		}
		if first, twice := seen[name]; twice {
			d.fault(at, join(key, name), fmt.Sprintf("is already given on line %d; keep one", first))
			continue
		}
		seen[name] = at
		f(name, at, p.Value)
	}
}

func keyText(n ast.MapKeyNode) (string, bool) {
	switch n.(type) {
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode:
		return n.GetToken().Value, true
	}
	return "", false
}

// field decodes the field of a struct that the key names.
func (d *decoder) field(v reflect.Value, parent, name string, at int, n ast.Node) {
	key := join(parent, name)
	var known []string
	for i := range v.NumField() {
		f := v.Type().Field(i)
		known = append(known, f.Tag.Get("yaml"))
		if f.Tag.Get("yaml") == name && name != "-" {
			d.at[key] = place{len(d.files) - 1, at}
			d.value(n, v.Field(i), key, f.Tag)
			return
		}
	}
	text := "is not a key"
	known = slices.DeleteFunc(known, func(k string) bool { return k == "-" })
	if near := object.Nearest(name, known); near != "" {
		text += fmt.Sprintf("; did you mean %q?", near)
	} else {
		text += "; there are " + strings.Join(known, ", ")
	}
	d.fault(at, clip(key), text)
}

// entry decodes a value of a map of structs on top of what it has.
func (d *decoder) entry(m reflect.Value, key, name string, at int, n ast.Node) {
	if !formats["name"].ok(name) {
		d.fault(at, clip(key), "wants "+formats["name"].wants)
		return
	}
	d.at[key] = place{len(d.files) - 1, at}
	v := reflect.New(m.Type().Elem()).Elem()
	if old := m.MapIndex(reflect.ValueOf(name)); old.IsValid() {
		v.Set(old)
	}
	d.value(n, v, key, "")
	if m.IsNil() {
		m.Set(reflect.MakeMap(m.Type()))
	}
	m.SetMapIndex(reflect.ValueOf(name), v)
}

// list decodes a sequence of texts.
func (d *decoder) list(n ast.Node, v reflect.Value, key string, tag reflect.StructTag) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		d.fault(line(n), key, "wants a list such as [a, b], not "+describe(n))
		return
	}
	texts := make([]string, len(seq.Values))
	for i, item := range seq.Values {
		each := fmt.Sprintf("%s[%d]", key, i)
		d.at[each] = place{len(d.files) - 1, line(item)}
		before := len(d.found)
		d.scalar(item, reflect.ValueOf(&texts[i]).Elem(), each, tag)
		if texts[i] == "" && len(d.found) == before {
			d.fault(line(item), each, "is empty; remove it")
		}
	}
	v.Set(reflect.ValueOf(texts))
}

func join(parent, name string) string {
	if parent == "" {
		return name
	}
	return parent + "." + name
}

// describe names what a node is, for people.
func describe(n ast.Node) string {
	switch n.(type) {
	case nil, *ast.NullNode:
		return "nothing"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "keys and values"
	case *ast.SequenceNode:
		return "a list"
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
		return "an anchor or an alias, which are not supported"
	case *ast.TagNode:
		return "a tag, which is not supported"
	case *ast.StringNode, *ast.LiteralNode:
		return "text"
	case *ast.IntegerNode, *ast.FloatNode:
		return "a number"
	case *ast.InfinityNode, *ast.NanNode:
		return "infinity or not-a-number"
	case *ast.BoolNode:
		return "true or false"
	}
	return "something else"
}

// clip shortens what a message quotes.
func clip(s string) string {
	s = strings.ToValidUTF8(s, "�")
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}
