package appos

import (
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/apposengine/appos/internal/object"
)

// describer turns the fields of a struct into descriptors and notes faults.
type describer struct {
	app    *object.App
	src    object.Source
	ref    string
	record bool // references get the suffix _id, relations are allowed

	relations []object.Relation
}

func (d *describer) fault(format string, args ...any) { d.app.Fault(d.src, d.ref, format, args...) }

// marker is implemented by the structs that are embedded to mark a message.
type marker interface{ marker() }

// reference is implemented by ID[T].
type reference interface{ target() reflect.Type }

// relation is implemented by *Many[T] and *One[T].
type relation interface {
	target() reflect.Type
	one() bool
	blank() any
}

var (
	markerType   = reflect.TypeFor[marker]()
	decimalType  = reflect.TypeFor[decimal.Decimal]()
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
	dateType     = reflect.TypeFor[Date]()
	fileType     = reflect.TypeFor[File]()
	relationType = reflect.TypeFor[relation]()
)

func (d *describer) fields(t reflect.Type, index []int, offset uintptr) []object.Field {
	var fields []object.Field
	for i := range t.NumField() {
		sf := t.Field(i)
		at := append(slices.Clone(index), i)
		switch {
		case sf.Anonymous && sf.Type.Implements(markerType):
			continue
		case sf.Anonymous && sf.Type.Kind() == reflect.Struct:
			fields = append(fields, d.fields(sf.Type, at, offset+sf.Offset)...)
			continue
		case !sf.IsExported():
			d.fault("field %s is not exported, so AppOS cannot read it; export it or remove it", sf.Name)
			continue
		}
		if reflect.PointerTo(sf.Type).Implements(relationType) {
			d.relation(sf, offset)
			continue
		}
		if f, ok := d.field(sf, at, offset); ok {
			fields = append(fields, f)
		}
	}
	return fields
}

func (d *describer) field(sf reflect.StructField, index []int, offset uintptr) (object.Field, bool) {
	f := object.Field{
		Name: sf.Name, Key: object.Snake(sf.Name), Type: sf.Type,
		Offset: offset + sf.Offset, Index: index, Validate: sf.Tag.Get("validate"),
	}
	f.Column, f.JSON = f.Key, f.Key
	if name, _, _ := strings.Cut(sf.Tag.Get("json"), ","); name != "" && name != "-" {
		f.JSON = name
	}
	if f.Type.Kind() == reflect.Pointer {
		f.Optional, f.Type = true, f.Type.Elem()
	}
	f.Kind = kindOf(f.Type)
	switch {
	case f.Kind == 0:
		d.fault("field %s has type %s, which cannot be stored or sent; %s", sf.Name, sf.Type, unstorable(sf.Type))
		return f, false
	case f.Kind == object.FieldRef:
		f.Target = reflect.Zero(f.Type).Interface().(reference).target()
		if d.record {
			f.Column += "_id"
		}
	}
	f.ReadRules()
	f.Elem = d.element(&f)
	d.apposTag(&f, sf.Tag.Get("appos"))
	return f, true
}

// tagWords are the words of the appos tag.
var tagWords = []string{"unique", "index", "search", "display", "input", "hidden", "sensitive", "default", "scale", "types", "max", "view", "update", "by", "was", "query", "header", "body"}

func (d *describer) apposTag(f *object.Field, tag string) {
	if f.Kind == object.FieldDecimal {
		f.Scale = 2
	}
	if tag == "" {
		return
	}
	for word := range strings.SplitSeq(tag, ",") {
		name, arg, _ := strings.Cut(strings.TrimSpace(word), "=")
		switch name {
		case "unique":
			f.Unique = true
		case "index":
			f.Indexed = true
		case "search":
			f.Search = true
		case "display":
			f.Display = true
		case "input":
		case "query", "header", "body":
			d.place(f, name, arg)
		case "hidden":
			f.Hidden = true
		case "sensitive":
			f.Secret = true
		case "default":
			f.Default = arg
		case "scale":
			n, err := strconv.Atoi(arg)
			if err != nil || n < 0 || n > object.MaxScale || f.Kind != object.FieldDecimal {
				d.fault("field %s has scale=%q: a scale is 0 to %d, and only decimals have one", f.Name, arg, object.MaxScale)
			}
			f.Scale = n
		case "was":
			d.was(f, arg)
		case "types", "max":
			d.fileTag(f, name, arg)
		case "view":
			f.View = strings.Split(arg, "|")
		case "update":
			f.Update = strings.Split(arg, "|")
		default:
			d.fault("field %s has the unknown word %q in its appos tag%s", f.Name, name, didYouMean(name, tagWords))
		}
	}
}

// place reads where a web API finds the field of a message.
func (d *describer) place(f *object.Field, word, arg string) {
	switch {
	case d.record:
		d.fault("field %s has %s in its appos tag, which only fields of messages have", f.Name, word)
	case f.In != 0:
		d.fault("field %s is in two places at once; keep one of query, header and body", f.Name)
	case word == "header" && !headerName.MatchString(arg):
		d.fault("field %s has header=%s in its appos tag; it takes the header's name, such as header=X-Source", f.Name, arg)
	}
	f.In = map[string]object.Place{"query": object.InQuery, "header": object.InHeader, "body": object.InBody}[word]
	f.Header = http.CanonicalHeaderKey(arg)
}

var headerName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*$`)

// was reads the name that a field had before it was renamed: its values stay.
func (d *describer) was(f *object.Field, name string) {
	switch {
	case !d.record:
		d.fault("field %s has was=%s, but only fields of records are stored", f.Name, name)
		return
	case !nameForm.MatchString(name):
		d.fault("field %s has was=%q: it takes the old name in small letters, such as was=%s", f.Name, name, object.Snake(name))
		return
	}
	if f.Kind == object.FieldRef && !strings.HasSuffix(name, "_id") {
		name += "_id"
	}
	if name == f.Column {
		d.fault("field %s has was=%s, which is its name now; remove the word", f.Name, name)
		return
	}
	f.Was = name
}

// fileTag reads the words that only files have.
func (d *describer) fileTag(f *object.Field, word, arg string) {
	if f.Kind != object.FieldFile {
		d.fault("field %s has %s=%s in its appos tag, which only an appos.File has; limits of other fields stand in the validate tag", f.Name, word, arg)
		return
	}
	if word == "max" {
		size, err := object.ParseSize(arg)
		if err != nil {
			d.fault("field %s has max=%s: a size is a whole number and a unit, such as 5MB", f.Name, arg)
		}
		f.MaxSize = size
		return
	}
	f.MediaTypes = strings.Split(arg, "|")
	for _, t := range f.MediaTypes {
		if !mediaType.MatchString(t) {
			d.fault("field %s has types=%s: %q is no media type; write them as image/png|image/jpeg, or image/*", f.Name, arg, t)
		}
	}
}

var mediaType = regexp.MustCompile(`^[a-z]+/(\*|[a-z0-9][a-z0-9.+-]*)$`)

func (d *describer) relation(sf reflect.StructField, offset uintptr) {
	if !d.record {
		d.fault("field %s is a relation, which only records have", sf.Name)
		return
	}
	r := reflect.New(sf.Type).Interface().(relation)
	by, ok := strings.CutPrefix(sf.Tag.Get("appos"), "by=")
	if !ok {
		d.fault("field %s is a relation without appos:\"by=Field\", the field of %s that points back", sf.Name, r.target().Name())
		return
	}
	d.relations = append(d.relations, object.Relation{
		Name: sf.Name, Key: object.Snake(sf.Name), Target: r.target(), By: by, One: r.one(),
		Offset: offset + sf.Offset, Type: sf.Type,
		Append: func(field any) any { return field.(relation).blank() },
	})
}

func didYouMean(name string, candidates []string) string {
	if near := object.Nearest(name, candidates); near != "" {
		return "; did you mean " + strconv.Quote(near) + "?"
	}
	return "; known are " + strings.Join(candidates, ", ")
}
