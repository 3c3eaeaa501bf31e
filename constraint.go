package appos

import (
	"reflect"
	"slices"
	"strings"

	"github.com/apposengine/appos/internal/object"
)

// Check declares a condition that every row meets, in SQL:
//
//	appos.Check("not_negative", "total >= 0 AND (shipped_on IS NULL OR shipped_on >= placed_on)")
//
// The name, in snake case, says what holds: errors name it, and translation sets
// say it to people under the key check_{name}. The condition is over columns of
// the record, with comparisons, AND, OR, NOT, IN, BETWEEN, IS NULL, + - * / %,
// and the functions abs, coalesce, length, lower, trim and upper. It is checked
// when the server starts; the database then holds every row to it, and a row
// that does not meet it is [Invalid]. As in SQL, a condition on a field without a
// value is met.
func Check(name, condition string) RecordOption {
	return recordOption(func(o *object.Object) {
		o.Record.Checks = append(o.Record.Checks, object.Check{Name: name, Condition: condition})
	})
}

// Unique lets no two rows have the same values in several fields, which f names
// by their addresses:
//
//	appos.Unique(func(l *OrderLine) []any { return []any{&l.Order, &l.Product} })
//
// Rows that were soft-deleted do not count, nor do rows with no value in one of
// the fields. A row that has the values of another is a [Conflict] that names the
// fields. For one field there is the word unique of the appos tag.
func Unique[T any](f func(row *T) []any) RecordOption { return index(f, true) }

// Index speeds up what is often sorted or filtered by several fields together,
// the one that is always given first; f names them by their addresses. For one
// field there is the word index of the appos tag.
func Index[T any](f func(row *T) []any) RecordOption { return index(f, false) }

// indexOption is an index whose fields are still offsets: they are described
// after the options are applied.
type indexOption struct {
	t       reflect.Type
	offsets []uintptr // of what is no address within the row, noAddress
	unique  bool
	panics  any
}

const noAddress = ^uintptr(0)

func index[T any](f func(row *T) []any, unique bool) RecordOption {
	x := indexOption{t: reflect.TypeFor[T](), unique: unique}
	func() {
		defer func() { x.panics = recover() }()
		row := new(T)
		from := reflect.ValueOf(row).Pointer()
		for _, address := range f(row) {
			v := reflect.ValueOf(address)
			if v.Kind() != reflect.Pointer || v.Pointer() < from || v.Pointer() >= from+x.t.Size() {
				x.offsets = append(x.offsets, noAddress)
				continue
			}
			x.offsets = append(x.offsets, v.Pointer()-from)
		}
	}()
	return x
}

// record leaves the index to describe, which needs the record's fields.
func (x indexOption) record(*object.Object) {}

// describe adds the index to a record whose fields are known.
func (x indexOption) describe(d *describer, r *object.Record) {
	option := "appos.Index"
	if x.unique {
		option = "appos.Unique"
	}
	switch {
	case x.t != r.Type:
		d.fault("%s is about %s; its function takes a *%s", option, x.t, r.Type)
		return
	case x.panics != nil:
		d.fault("the function of %s failed: %v", option, x.panics)
		return
	case len(x.offsets) < 2:
		word := strings.ToLower(strings.TrimPrefix(option, "appos."))
		d.fault("%s names %d fields; it takes two or more, and for one there is appos:%q", option, len(x.offsets), word)
		return
	}
	index := object.Index{Unique: x.unique}
	for i, at := range x.offsets {
		f := r.At(at)
		if at == noAddress || f == nil {
			d.fault("%s has as its value %d no address of a field of the row", option, i+1)
			return
		}
		if slices.Contains(index.Fields, f.Name) {
			d.fault("%s names the field %s twice", option, f.Name)
			return
		}
		index.Fields = append(index.Fields, f.Name)
	}
	r.Indexes = append(r.Indexes, index)
}
