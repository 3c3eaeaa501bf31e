package config

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
)

var (
	durationType = reflect.TypeFor[time.Duration]()
	sizeType     = reflect.TypeFor[Size]()
)

// given is a text and how a message may speak of it: a value that came from a
// variable, or belongs to a secret, is never quoted.
type given struct {
	text   string
	shown  string
	quoted bool // it was written as text, not as a plain number or word
}

// scalar decodes a single value.
func (d *decoder) scalar(n ast.Node, v reflect.Value, key string, tag reflect.StructTag) {
	g, ok := d.given(n, v.Type(), key)
	if !ok {
		return
	}
	if fault := set(v, g, tag); fault != "" {
		d.fault(line(n), key, fault)
	}
}

// override decodes the value of a variable.
func (d *decoder) override(variable, text string, at any, key string) {
	d.files = append(d.files, "environment")
	v := reflect.ValueOf(at).Elem()
	if fault := set(v, given{text: text, shown: "what it is"}, tagOf(key)); fault != "" {
		d.fault(0, variable, fault)
		return
	}
	if key != "" {
		d.at[key] = place{len(d.files) - 1, 0}
	}
}

// tagOf is the tag of the field that a key of Config names.
func tagOf(key string) reflect.StructTag {
	t := reflect.TypeFor[Config]()
	var tag reflect.StructTag
	for name := range strings.SplitSeq(key, ".") {
		for i := range t.NumField() {
			if f := t.Field(i); f.Tag.Get("yaml") == name {
				t, tag = f.Type, f.Tag
				break
			}
		}
	}
	return tag
}

func (d *decoder) given(n ast.Node, t reflect.Type, key string) (given, bool) {
	var g given
	switch s := n.(type) {
	case *ast.StringNode:
		g.text, g.quoted = s.Value, true
	case *ast.LiteralNode:
		g.text, g.quoted = s.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode:
		g.text = s.GetToken().Value
	case *ast.BoolNode:
		g.text = s.GetToken().Value
		if t.Kind() == reflect.String || t == secretType {
			d.fault(line(n), key, fmt.Sprintf("wants text; write %q in quotes", g.text))
			return g, false
		}
	case nil, *ast.NullNode:
		d.fault(line(n), key, "has no value; write one, or remove the line for the default")
		return g, false
	default:
		d.fault(line(n), key, fmt.Sprintf("wants %s, not %s", wants(t), describe(n)))
		return g, false
	}
	g.shown = strconv.Quote(clip(g.text))
	if t == secretType {
		g.shown = "what it is"
	}
	if d.lookup == nil || !strings.Contains(g.text, "$") {
		return g, true
	}
	text, vars, fault := expand(g.text, d.lookup)
	if fault != "" {
		d.fault(line(n), key, fault)
		return g, false
	}
	if g.text = text; len(vars) > 0 {
		g.quoted = false
		g.shown = "the value of ${" + vars[0] + "}"
	}
	return g, true
}

// set parses a text into v and returns what is wrong with it, or "".
func set(v reflect.Value, g given, tag reflect.StructTag) string {
	bad := func() string { return fmt.Sprintf("wants %s, not %s", wants(v.Type()), g.shown) }
	plain := strings.ReplaceAll(g.text, "_", "")
	switch {
	case v.Type() == secretType:
		if fault := checkText(g, tag); fault != "" {
			return fault
		}
		v.Set(reflect.ValueOf(NewSecret(g.text)))
		return ""
	case v.Type() == durationType:
		n, err := time.ParseDuration(g.text)
		if err != nil || g.text == "0" {
			return bad()
		}
		if fault := inRange(float64(n), tag, g.shown, func(s string) float64 { d, _ := time.ParseDuration(s); return float64(d) }); fault != "" {
			return fault
		}
		v.SetInt(int64(n))
	case v.Type() == sizeType:
		n, err := ParseSize(g.text)
		if err != nil {
			return bad()
		}
		if fault := inRange(float64(n), tag, g.shown, func(s string) float64 { n, _ := ParseSize(s); return float64(n) }); fault != "" {
			return fault
		}
		v.SetInt(int64(n))
	case g.quoted && v.Kind() != reflect.String:
		bare := given{text: g.text}
		if set(reflect.New(v.Type()).Elem(), bare, "") == "" {
			return fmt.Sprintf("wants %s; remove the quotes around %s", wants(v.Type()), g.shown)
		}
		return bad()
	case v.Kind() == reflect.Int:
		n, err := strconv.ParseInt(plain, 10, 64)
		if err != nil {
			return bad()
		}
		if fault := inRange(float64(n), tag, g.shown, number); fault != "" {
			return fault
		}
		v.SetInt(n)
	case v.Kind() == reflect.Float64:
		n, err := strconv.ParseFloat(plain, 64)
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
			return bad()
		}
		if fault := inRange(n, tag, g.shown, number); fault != "" {
			return fault
		}
		v.SetFloat(n)
	case v.Kind() == reflect.Bool:
		if g.text != "true" && g.text != "false" {
			return bad()
		}
		v.SetBool(g.text == "true")
	case v.Kind() == reflect.String:
		if fault := checkText(g, tag); fault != "" {
			return fault
		}
		v.SetString(g.text)
	}
	return ""
}

func number(s string) float64 { n, _ := strconv.ParseFloat(s, 64); return n }

// inRange holds a number to the min and max of a tag.
func inRange(n float64, tag reflect.StructTag, shown string, parse func(string) float64) string {
	low, hasLow := tag.Lookup("min")
	high, hasHigh := tag.Lookup("max")
	if hasLow && n < parse(low) || hasHigh && n > parse(high) {
		return fmt.Sprintf("must be from %s to %s, not %s", low, high, strings.Trim(shown, `"`))
	}
	return ""
}

// checkText holds a text to the max, oneof and format of a tag.
func checkText(g given, tag reflect.StructTag) string {
	if !utf8.ValidString(g.text) || strings.ContainsRune(g.text, 0) {
		return "is not valid UTF-8 text"
	}
	if limit, _ := strconv.Atoi(tag.Get("max")); limit > 0 && utf8.RuneCountInString(g.text) > limit {
		return fmt.Sprintf("is longer than %d characters", limit)
	}
	if one := strings.Fields(tag.Get("oneof")); len(one) > 0 && !slices.Contains(one, g.text) && !(g.text == "" && tag.Get("default") == "") {
		return fmt.Sprintf("must be one of %s, not %s", strings.Join(one, ", "), g.shown)
	}
	if f, ok := formats[tag.Get("format")]; ok && !f.ok(g.text) && !(g.text == "" && tag.Get("default") == "") {
		return fmt.Sprintf("wants %s, not %s", f.wants, g.shown)
	}
	return ""
}

// wants says what a type is written as.
func wants(t reflect.Type) string {
	switch {
	case t == durationType:
		return `a duration such as "30m"`
	case t == sizeType:
		return `a size such as "10MB"`
	case t.Kind() == reflect.Int:
		return "a whole number"
	case t.Kind() == reflect.Float64:
		return "a number"
	case t.Kind() == reflect.Bool:
		return "true or false"
	}
	return "text"
}

// setDefaults fills a struct from its default tags.
func setDefaults(v reflect.Value) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if text := f.Tag.Get("default"); text != "" {
			if fault := set(v.Field(i), given{text: text}, f.Tag); fault != "" {
				panic("config: the default of " + f.Name + " " + fault) // a mistake in a tag; a test reads them all
			}
		} else if f.Type.Kind() == reflect.Struct && f.Type != secretType {
			setDefaults(v.Field(i))
		}
	}
}
