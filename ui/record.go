package ui

import (
	"reflect"
	"strconv"

	"github.com/apposengine/appos/internal/object"
)

// What follows works on records without their types: rows are struct values,
// and descriptors say where their fields are.

func rowID(o *object.Object, row reflect.Value) int64 {
	return row.FieldByIndex(o.Record.Fields[object.FieldID].Index).Int()
}

// rowName names a row for people: its display field, else its id.
func (c *Ctx) rowName(o *object.Object, row reflect.Value) string {
	f := o.Record.DisplayField()
	if v, ok := fieldOf(row, f); ok && c.mayView(f) {
		if name := c.valueText(o, f, v); name != "" {
			return name
		}
	}
	return "#" + strconv.FormatInt(rowID(o, row), 10)
}

// mayView says whether the user may read the field of rows that they may read.
func (c *Ctx) mayView(f *object.Field) bool {
	return !f.Hidden && !f.Secret && c.memberOf(f.View)
}

// mayUpdate says whether the user may write the field of rows that they may write.
func (c *Ctx) mayUpdate(f *object.Field) bool {
	return !f.System && f.Kind != object.FieldFile && c.mayView(f) && c.memberOf(f.Update)
}

func (c *Ctx) memberOf(groups []string) bool {
	if groups == nil || c.s.user.Type == object.SystemAdmin {
		return true
	}
	for _, g := range groups {
		if c.s.user.Member(g) {
			return true
		}
	}
	return false
}

// viewable are the record's own fields that the user may read, the one that
// names the row first.
func (c *Ctx) viewable(r *object.Record) []*object.Field {
	var fields []*object.Field
	name := r.DisplayField()
	if !name.System && c.mayView(name) {
		fields = append(fields, name)
	}
	for i := range r.Fields {
		if f := &r.Fields[i]; !f.System && f != name && c.mayView(f) {
			fields = append(fields, f)
		}
	}
	return fields
}

// may says whether the user has the permission on the record.
func (c *Ctx) may(o *object.Object, p object.Permission) bool {
	rt := c.runtime()
	return rt != nil && rt.Allowed(c, o, p)
}

// target is the record that a reference points to, or nil.
func (c *Ctx) target(f *object.Field) *object.Object {
	if f.Target == nil {
		return nil
	}
	if o := c.object(f.Target); o != nil && o.Record != nil {
		return o
	}
	return nil
}

// rowParam is the id in the address of a derived screen.
func rowParam(c *Ctx) (int64, error) {
	id, err := strconv.ParseInt(c.s.HTTP.PathValue("id"), 10, 64)
	if err != nil || id <= 0 {
		return 0, object.Errorf(object.NotFound, "there is no page at this address")
	}
	return id, nil
}

// load reads a row.
func (c *Ctx) load(o *object.Object, id int64) (reflect.Value, error) {
	row := reflect.New(o.Record.Type)
	rt := c.runtime()
	if rt == nil {
		return row.Elem(), object.Errorf(object.Dispatch, "a row was asked for outside of an execution")
	}
	return row.Elem(), rt.Get(c, o.Record.Type, id, row.Interface())
}
