package config

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Reference is a commented appos.yaml of every key with its default. Loading it
// is the same as loading an empty file.
func Reference() []byte {
	var b strings.Builder
	b.WriteString("# appos.yaml: every key with its default. Remove what you do not change.\n" +
		"# Durations are written 30m, 1h30m, 100ms; sizes 10MB, where a KB is 1024 bytes.\n" +
		"# In values, ${NAME} and ${NAME:-default} stand for environment variables.\n")
	render(&b, reflect.ValueOf(*Default()), 0)
	return []byte(b.String())
}

// AppReference is a commented app.yaml of every key with its default.
func AppReference() []byte {
	var app struct {
		App App `yaml:"app" doc:"The app."`
	}
	setDefaults(reflect.ValueOf(&app).Elem())
	var b strings.Builder
	b.WriteString("# app.yaml: every key with its default. Remove what you do not change.\n")
	render(&b, reflect.ValueOf(app), 0)
	return []byte(b.String())
}

func render(b *strings.Builder, v reflect.Value, depth int) {
	indent := strings.Repeat("  ", depth)
	for i := range v.NumField() {
		f, name := v.Type().Field(i), v.Type().Field(i).Tag.Get("yaml")
		if name == "-" {
			continue
		}
		if depth == 0 {
			b.WriteByte('\n')
		}
		b.WriteString(indent + "# " + f.Tag.Get("doc") + limits(f.Tag) + "\n")
		if example := f.Tag.Get("example"); example != "" {
			b.WriteString(indent + "#   " + name + ": " + example + "\n")
		}
		switch {
		case f.Type.Kind() == reflect.Struct && f.Type != secretType:
			b.WriteString(indent + name + ":\n")
			render(b, v.Field(i), depth+1)
		case f.Type.Kind() == reflect.Pointer: // unset by default: nothing to write
			b.WriteString(indent + "# " + name + ":\n")
		default:
			b.WriteString(indent + name + ": " + written(v.Field(i)) + "\n")
		}
	}
}

// limits says in words what a tag allows.
func limits(tag reflect.StructTag) string {
	low, high := tag.Get("min"), tag.Get("max")
	switch {
	case tag.Get("oneof") != "":
		return " One of " + strings.Join(strings.Fields(tag.Get("oneof")), ", ") + "."
	case low != "" && high != "":
		return fmt.Sprintf(" From %s to %s.", low, high)
	case high != "":
		return fmt.Sprintf(" At most %s characters.", high)
	}
	return ""
}

var plainText = regexp.MustCompile(`^[A-Za-z.][A-Za-z0-9._/-]*$`)

// written is a value in YAML.
func written(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case time.Duration:
		return duration(x)
	case Size:
		return x.String()
	case []string:
		return "[" + strings.Join(x, ", ") + "]"
	case string:
		if plainText.MatchString(x) {
			return x
		}
		return strconv.Quote(x)
	case Secret:
		return `""` // a default has no secret
	}
	if v.Kind() == reflect.Map {
		return "{}"
	}
	return fmt.Sprint(v.Interface())
}
