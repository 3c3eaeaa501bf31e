package record

import (
	"reflect"
	"strings"
	"time"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// deletedAt is the column of soft-deleted records that is no field of the struct.
const deletedAt = "deleted_at"

func (p *Plan) tables() []store.Table {
	was := func(suffix string) string {
		names := make([]string, len(p.o.Formerly))
		for i, name := range p.o.Formerly {
			names[i] = p.o.App.Name + "_" + name + suffix
		}
		return strings.Join(names, " ")
	}
	t := store.Table{Name: p.rec.Table, Was: was(""), Source: p.o.Source.String()}
	live := ""
	if p.rec.SoftDeleted {
		live = store.Quote(deletedAt) + " IS NULL"
	}
	for i := range p.cols {
		c := &p.cols[i]
		column := store.Column{Name: c.f.Column, Was: c.f.Was, Type: c.storeType(), Null: c.f.Optional || c.seal != nil, Serial: i == object.FieldID}
		if !c.f.System {
			column.Default = c.existing()
		}
		if c.f.Kind == object.FieldRef {
			if target := p.records.byType[c.f.Target]; target != nil && target.db == p.db {
				column.References = target.rec.Table
			}
			// found from the other side, and looked up when that is deleted
			t.Indexes = append(t.Indexes, store.Index{Columns: []string{c.f.Column}})
		}
		if sorted := c.f.Indexed || c.f == p.rec.DisplayField(); sorted && !c.f.System && !c.f.Unique {
			// with the id, as pages are ordered
			t.Indexes = append(t.Indexes, store.Index{Columns: []string{c.f.Column, "id"}, Where: live})
		}
		if c.f.Unique {
			t.Indexes = append(t.Indexes, store.Index{Columns: []string{c.f.Column}, Unique: true, Where: live})
		}
		t.Columns = append(t.Columns, column)
	}
	for _, x := range p.indexes {
		x.Where = live
		t.Indexes = append(t.Indexes, x)
	}
	t.Checks = p.tableChecks()
	for _, i := range p.search {
		t.Search = append(t.Search, p.cols[i].f.Column)
	}
	if p.rec.SoftDeleted {
		t.Columns = append(t.Columns, store.Column{Name: deletedAt, Type: store.Time, Null: true})
	}
	if !p.rec.Audited {
		return []store.Table{t}
	}
	return []store.Table{t, {
		Name: p.auditTable(), Was: was("_audit_log"), Source: t.Source,
		Columns: []store.Column{
			{Name: "id", Type: store.Int, Serial: true},
			{Name: "record_id", Type: store.Int},
			{Name: "version", Type: store.Int, Null: true},
			{Name: "operation", Type: store.Text},
			{Name: "restored", Type: store.Int, Null: true},
			{Name: "field", Type: store.Text, Null: true},
			{Name: "old_value", Type: store.Text, Null: true},
			{Name: "new_value", Type: store.Text, Null: true},
			{Name: "changed_by", Type: store.Text},
			{Name: "changed_at", Type: store.Time},
			{Name: "execution_id", Type: store.Text},
		},
		Indexes: []store.Index{{Columns: []string{"record_id", "version"}}},
	}}
}

// zeroMeets says whether the zero value is known to meet the rules of a field:
// rules that bound it from above, or from below by zero.
func zeroMeets(f *object.Field) bool {
	for rule := range strings.SplitSeq(f.Validate, ",") {
		switch name, arg, _ := strings.Cut(rule, "="); name {
		case "omitempty", "dive":
			return true // the rest is not about the zero value, or an empty list
		case "", "unique":
		case "max", "lte":
			if strings.HasPrefix(arg, "-") {
				return false
			}
		case "min", "gte":
			if strings.Trim(arg, "0.") != "" && !strings.HasPrefix(arg, "-") {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// storeType is the type of the field's column.
func (c *column) storeType() store.Type {
	if c.seal != nil {
		return store.Bytes
	}
	switch c.f.Kind {
	case object.FieldInt, object.FieldRef, object.FieldDuration:
		return store.Int
	case object.FieldFloat:
		return store.Float
	case object.FieldBool:
		return store.Bool
	case object.FieldDecimal:
		return store.DecimalOf(c.f.Scale)
	case object.FieldTime:
		return store.Time
	case object.FieldDate:
		return store.Date
	case object.FieldJSON, object.FieldFile:
		return store.JSONText
	}
	return store.Text
}

// existing is the value that rows get which exist when the field is added: its
// default, or its zero value where that is as good as any; nil is none, as that
// of a value that would have to be sealed.
func (c *column) existing() any {
	switch {
	case c.seal != nil:
		return nil
	case c.byDefault != nil:
		if d, ok := c.byDefault.(time.Duration); ok {
			return d.Microseconds() // the column is one of integers
		}
		return c.argOf(c.byDefault)
	case c.f.Optional || c.f.Required || !zeroMeets(c.f):
		return nil
	}
	switch c.f.Kind {
	case object.FieldText:
		return ""
	case object.FieldInt, object.FieldDuration:
		return int64(0)
	case object.FieldFloat:
		return float64(0)
	case object.FieldBool:
		return false
	case object.FieldDecimal:
		return store.Decimal{Scale: c.f.Scale}
	case object.FieldJSON, object.FieldFile:
		if c.empty != nil {
			return c.empty
		}
		if zero, err := c.marshal(reflect.New(c.f.Type).UnsafePointer()); err == nil {
			return zero
		}
	}
	return nil
}
