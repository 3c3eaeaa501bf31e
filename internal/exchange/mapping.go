package exchange

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
)

// Target is where the values of a column go.
type Target struct {
	Column string        // in the file
	Field  *object.Field // nil leaves the column out
	By     *object.Field // of the record that Field refers to, by which its row is looked up; nil is the id
	Kept   bool          // left out because AppOS keeps the field itself
}

// Name is the field as a mapping names it: "customer_id", "customer.code", "-".
func (t Target) Name() string {
	switch {
	case t.Field == nil:
		return "-"
	case t.By != nil:
		return t.Field.Key + "." + t.By.Column
	}
	return t.Field.Column
}

// clash says that one of the others goes to the same field.
func (t Target) clash(others []Target) (object.FieldError, bool) {
	for _, other := range others {
		if t.Field != nil && other.Field == t.Field {
			return object.FieldError{Field: clip(t.Column), Rule: "duplicate", Message: fmt.Sprintf("goes to %s, as the column %q does", t.Field.Column, clip(other.Column))}, true
		}
	}
	return object.FieldError{}, false
}

// mapper finds the fields of columns.
type mapper struct {
	p       *record.Plan
	a       *record.Access
	o       *Options
	chosen  map[string]string // Options.Map by folded column
	byName  map[string]*object.Field
	targets map[string]Target // by column, as far as asked
}

func newMapper(p *record.Plan, a *record.Access, o *Options) *mapper {
	m := &mapper{p: p, a: a, o: o, chosen: map[string]string{}, byName: names(p, a), targets: map[string]Target{}}
	for column, field := range o.Map {
		m.chosen[fold(column)] = field
	}
	return m
}

// names are all ways to name the fields that may be imported: column, key, Go
// name, and label in every language. The first to claim a name has it.
func names(p *record.Plan, a *record.Access) map[string]*object.Field {
	all := map[string]*object.Field{}
	r := p.Object().Record
	add := func(name string, f *object.Field) {
		if name = fold(name); name != "" && all[name] == nil {
			all[name] = f
		}
	}
	fields := importable(p, a)
	for _, f := range fields {
		add(f.Column, f)
	}
	for _, f := range fields {
		add(f.Key, f)
		add(f.Name, f)
	}
	for _, f := range fields {
		for _, label := range labels(p.Object(), f) {
			add(label, f)
		}
	}
	for i := range r.Fields {
		if f := &r.Fields[i]; f.System || f.Kind == object.FieldFile {
			add(f.Column, f)
		}
	}
	return all
}

// importable are the fields that a file may have values for.
func importable(p *record.Plan, a *record.Access) []*object.Field {
	var all []*object.Field
	r := p.Object().Record
	for i := object.SystemFields; i < len(r.Fields); i++ {
		f := &r.Fields[i]
		if f.Kind != object.FieldFile && !(a != nil && a.ReadOnly.Has(i)) {
			all = append(all, f)
		}
	}
	return all
}

// labels are what the field is called in the app's languages.
func labels(o *object.Object, f *object.Field) []string {
	var all []string
	for _, set := range o.App.Objects {
		if set.Translations == nil {
			continue
		}
		for _, key := range []string{o.Name + "_" + f.Key, f.Key} {
			text := set.Translations.Texts[key]
			for _, tag := range text.Languages() {
				all = append(all, text[tag])
			}
		}
	}
	return all
}

// fold is the same for names that differ in case, spaces and punctuation.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '.' {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// target finds the field of a column.
func (m *mapper) target(column string) (Target, error) {
	if t, ok := m.targets[column]; ok {
		return t, nil
	}
	t, err := m.find(column)
	if err == nil {
		m.targets[column] = t
	}
	return t, err
}

func (m *mapper) find(column string) (Target, error) {
	name, chosen := m.chosen[fold(column)]
	if !chosen {
		name = column
	}
	if name == "-" {
		return Target{Column: column}, nil
	}
	f := m.byName[fold(name)]
	if f == nil {
		if before, after, ok := strings.Cut(name, "."); ok {
			return m.reference(column, before, after)
		}
		return Target{}, m.unknown(column, name, chosen)
	}
	if f.System || f.Kind == object.FieldFile {
		// what an export has of AppOS' own is left out, but for the id to find rows by
		if f.Column == "id" && m.o.Upsert == "id" {
			return Target{Column: column, Field: f}, nil
		}
		return Target{Column: column, Kept: true}, nil
	}
	return Target{Column: column, Field: f}, nil
}

// reference is the target of "customer.code".
func (m *mapper) reference(column, of, by string) (Target, error) {
	f := m.byName[fold(of)]
	if f == nil || f.Kind != object.FieldRef {
		return Target{}, m.unknown(column, of, false)
	}
	to, ta, err := m.p.Target(m.a, f)
	if err != nil {
		return Target{}, err
	}
	r := to.Object().Record
	for i := range r.Fields {
		g := &r.Fields[i]
		if fold(g.Column) != fold(by) && fold(g.Key) != fold(by) {
			continue
		}
		switch {
		case g.Column == "id":
			return Target{Column: column, Field: f}, nil
		case !seen(ta, i, g):
		case g.Unique, g == r.DisplayField():
			return Target{Column: column, Field: f, By: g}, nil
		default:
			return Target{}, columnFault(column, "lookup", "names %s.%s, which is neither unique nor what names a row, so no row can be found by it", of, by)
		}
	}
	return Target{}, columnFault(column, "unknown", "names %q, which is no field of %s", by, to.Object().Name)
}

func (m *mapper) unknown(column, name string, chosen bool) error {
	var known []string
	for _, f := range importable(m.p, m.a) {
		known = append(known, f.Column)
	}
	hint := `; map it with "` + clip(column) + `=field", or leave it out with "` + clip(column) + `=-"`
	if near := object.Nearest(object.Snake(name), known); near != "" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	if chosen {
		return columnFault(column, "unknown", "is mapped to %q, which is no field of %s%s", clip(name), m.p.Object().Name, hint)
	}
	return columnFault(column, "unknown", "is no field of %s%s", m.p.Object().Name, hint)
}

// columnFault is an Invalid error about a column of the file.
func columnFault(column, rule, format string, args ...any) *object.Error {
	return &object.Error{Code: object.Invalid, Text: "the columns do not fit", Fields: []object.FieldError{
		{Field: clip(column), Rule: rule, Message: fmt.Sprintf(format, args...)},
	}}
}

func clip(s string) string {
	if r := []rune(s); len(r) > 64 {
		return string(r[:64]) + "…"
	}
	return s
}

// header maps all columns of a header, and says all that is wrong with them.
func (m *mapper) header(columns []string) ([]Target, error) {
	var faults []object.FieldError
	targets := make([]Target, len(columns))
	for i, column := range columns {
		if column == "" {
			faults = append(faults, object.FieldError{Field: fmt.Sprintf("column %d", i+1), Rule: "unknown", Message: "has no name in the first line; name it there, or take the column out"})
			continue
		}
		t, err := m.target(column)
		if err != nil {
			if e := object.AsError(err); e.Code != object.Invalid || len(e.Fields) == 0 {
				return nil, err
			}
			faults = append(faults, object.AsError(err).Fields...)
			continue
		}
		if f, ok := t.clash(targets[:i]); ok {
			faults = append(faults, f)
		}
		targets[i] = t
	}
	folded := make([]string, len(columns))
	for i, column := range columns {
		folded[i] = fold(column)
	}
	for column := range m.o.Map {
		if !slices.Contains(folded, fold(column)) {
			faults = append(faults, object.FieldError{Field: clip(column), Rule: "unknown", Message: "is mapped, but the file has no such column"})
		}
	}
	if len(faults) == 0 {
		faults = m.missing(targets)
	}
	if len(faults) > 0 {
		slices.SortStableFunc(faults, func(a, b object.FieldError) int { return strings.Compare(a.Rule, b.Rule) })
		return nil, &object.Error{Code: object.Invalid, Text: "the columns do not fit", Fields: faults}
	}
	return targets, nil
}

// missing names the fields that every row needs and no column goes to.
func (m *mapper) missing(targets []Target) []object.FieldError {
	has := func(f *object.Field) bool {
		return slices.ContainsFunc(targets, func(t Target) bool { return t.Field == f })
	}
	var faults []object.FieldError
	if m.o.Upsert != "" {
		if !has(m.p.Object().Record.Field(m.o.Upsert)) {
			faults = append(faults, object.FieldError{Field: m.o.Upsert, Rule: "required", Message: "is what rows are found by, but no column goes to it"})
		}
		return faults // rows that exist need no more than what changes
	}
	for _, f := range importable(m.p, m.a) {
		needed := f.Required || f.Kind == object.FieldRef && !f.Optional
		if needed && !f.Optional && f.Default == "" && !has(f) {
			faults = append(faults, object.FieldError{Field: f.Column, Rule: "required", Message: "is needed by every row, but no column goes to it"})
		}
	}
	return faults
}

// upsert is the field that rows are found by, or nil.
func upsert(p *record.Plan, a *record.Access, o *Options) (*object.Field, error) {
	if o.Upsert == "" {
		return nil, nil
	}
	r := p.Object().Record
	known := "; choose one of id"
	for _, f := range uniques(p, a) {
		known += ", " + f.Column
	}
	for i := range r.Fields {
		f := &r.Fields[i]
		if f.Column != o.Upsert && f.Key != o.Upsert || !seen(a, i, f) {
			continue
		}
		if !f.Unique && f.Column != "id" {
			return nil, object.Errorf(object.Invalid, "rows cannot be found by %s, which is not unique%s", f.Column, known)
		}
		o.Upsert = f.Column
		return f, nil
	}
	return nil, object.Errorf(object.Invalid, "rows cannot be found by %q, which is no field of %s%s", clip(o.Upsert), p.Object().Name, known)
}

// uniques are the fields beside the id by which rows can be found.
func uniques(p *record.Plan, a *record.Access) []*object.Field {
	var all []*object.Field
	r := p.Object().Record
	for i := range r.Fields {
		if f := &r.Fields[i]; f.Unique && seen(a, i, f) {
			all = append(all, f)
		}
	}
	return all
}

// seen says whether the user sees the field at a position of a record.
func seen(a *record.Access, i int, f *object.Field) bool {
	return !f.Hidden && !f.Secret && !(a != nil && a.Hidden.Has(i))
}
