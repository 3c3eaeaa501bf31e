package record

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// systemForms are the layouts of appos.Entity's fields.
var systemForms = [object.SystemFields]form{formInt64, formInt64, formTime, formText, formTime, formText}

// compile derives everything that is the same for all calls, and says what is
// wrong with the declaration.
func (p *Plan) compile() []object.Fault {
	var faults []object.Fault
	fault := func(format string, args ...any) {
		faults = append(faults, object.Fault{Source: p.o.Source, Object: p.o.Ref, Text: fmt.Sprintf(format, args...)})
	}
	if len(p.rec.Fields) < object.SystemFields {
		fault("has no id: it must begin with appos.Entity")
		return faults
	}
	p.pointer = reflect.PointerTo(p.rec.Type)
	p.byField, p.byColumn = map[*object.Field]int{}, map[string]int{}
	p.cols = make([]column, len(p.rec.Fields))
	for i := range p.rec.Fields {
		p.compileField(i, fault)
	}
	for i := range p.rec.Relations {
		p.checkRelation(&p.rec.Relations[i], fault)
	}
	p.compileChecks(fault)
	p.compileIndexes(fault)
	p.checkIdentifiers(fault)
	p.compileSQL()
	p.buffers.New = func() any {
		b := &buffer{dst: make([]any, len(p.cols)), decimals: make([]store.Decimal, p.decimals), texts: make([]store.JSON, p.jsons), seals: make([][]byte, len(p.sealed))}
		for _, i := range p.buffered {
			if p.cols[i].form == formDecimal {
				b.decimals[p.cols[i].slot].Scale = p.cols[i].f.Scale
			}
		}
		return b
	}
	return faults
}

func (p *Plan) compileField(i int, fault func(string, ...any)) {
	f := &p.rec.Fields[i]
	c := &p.cols[i]
	*c = column{f: f, name: store.Quote(f.Column), key: `"` + f.Column + `":`, form: formOf(f), full: f.Type}
	p.byField[f] = i
	if j, ok := p.byColumn[f.Column]; ok {
		fault("fields %s and %s have the same column %q; rename one", p.rec.Fields[j].Name, f.Name, f.Column)
	}
	p.byColumn[f.Column] = i
	if i < object.SystemFields && c.form != systemForms[i] {
		fault("field %s is no field of appos.Entity; a record must begin with it", f.Name)
		return
	}
	if c.form == 0 {
		fault("field %s has type %v, which cannot be stored as %s", f.Name, f.Type, f.Kind)
		return
	}
	if f.Optional {
		c.full = reflect.PointerTo(f.Type)
	}
	if f.Column == deletedAt {
		fault("field %s has the column %q, which AppOS keeps for deleted rows; rename it", f.Name, deletedAt)
	}
	if f.Hidden || f.Secret {
		p.compileSeal(i, fault)
	}
	switch c.form {
	case formDecimal:
		c.slot, p.decimals = p.decimals, p.decimals+1
		if f.Scale < 0 || f.Scale > object.MaxScale {
			fault("field %s has scale %d; a scale is 0 to %d", f.Name, f.Scale, object.MaxScale)
		}
	case formJSON:
		c.slot, p.jsons = p.jsons, p.jsons+1
		switch f.Type.Kind() {
		case reflect.Struct:
			if f.Kind == object.FieldFile {
				c.empty = store.JSON("null")
			}
		case reflect.Slice:
			c.empty = store.JSON("[]")
		case reflect.Map:
			c.empty = store.JSON("{}")
		}
		if f.Unique {
			fault("field %s is a %s, which cannot be unique", f.Name, f.Type)
		}
		if f.Indexed {
			fault("field %s is a %s, which is not sorted or compared by and needs no index", f.Name, f.Type)
		}
	}
	if c.seal != nil || c.form == formDecimal || c.form == formJSON {
		p.buffered = append(p.buffered, i)
	}
	if f.Unique {
		p.uniques = append(p.uniques, []int{i})
	}
	if f.Kind == object.FieldRef {
		p.refs = append(p.refs, i)
		if p.records.byType[f.Target] == nil {
			fault("field %s refers to %v, which is no declared record", f.Name, f.Target)
		}
	}
	if f.Search && c.seal == nil {
		if c.form == formText {
			p.search = append(p.search, i)
		} else {
			fault("field %s is tagged search, but only texts are searched; it is a %s", f.Name, f.Kind)
		}
	}
	if f.Default != "" {
		p.compileDefault(c, fault)
	}
}

// moments are the defaults that are known when a row is made.
var moments = map[object.FieldKind]string{object.FieldTime: "now", object.FieldDate: "today"}

func (p *Plan) compileDefault(c *column, fault func(string, ...any)) {
	if word, ok := moments[c.f.Kind]; ok && c.f.Default == word {
		c.now = true
		return
	}
	v, err := ParseValue(c.f, c.f.Default)
	if err == nil && v != nil {
		err = c.set(reflect.New(p.rec.Type).UnsafePointer(), v)
	}
	if err != nil {
		or := ""
		if word, ok := moments[c.f.Kind]; ok {
			or = ", or the word " + word
		}
		fault("field %s has the default %q, which %v%s", c.f.Name, c.f.Default, err, or)
		return
	}
	if v == true && !c.f.Optional {
		fault("field %s is a bool with the default true, so false could never be stored; make it a *bool, or turn its meaning round", c.f.Name)
	}
	c.byDefault = v
}

func (p *Plan) checkRelation(r *object.Relation, fault func(string, ...any)) {
	target := p.records.byType[r.Target]
	if target == nil {
		fault("relation %s leads to %v, which is no declared record", r.Name, r.Target)
		return
	}
	by := target.rec.Named(r.By)
	switch {
	case by == nil:
		var names []string
		for i := range target.rec.Fields {
			if f := &target.rec.Fields[i]; f.Kind == object.FieldRef && f.Target == p.rec.Type {
				names = append(names, f.Name)
			}
		}
		if len(names) == 0 {
			fault("relation %s has by=%s, but no field of %s refers to %s", r.Name, r.By, target.o.Ref, p.o.Ref)
			return
		}
		fault("relation %s has by=%s, but %s has no such field; fields that refer here are %s", r.Name, r.By, target.o.Ref, strings.Join(names, ", "))
	case by.Kind != object.FieldRef || by.Target != p.rec.Type:
		fault("relation %s has by=%s, but that field of %s does not refer to %s", r.Name, r.By, target.o.Ref, p.o.Ref)
	}
}

func (p *Plan) compileSQL() {
	p.table = store.Quote(p.rec.Table)
	names := make([]string, len(p.cols))
	for i := range p.cols {
		names[i] = p.cols[i].name
	}
	if p.rec.SoftDeleted {
		p.live = store.Quote(deletedAt) + " IS NULL"
	}
	and := ""
	if p.live != "" {
		and = " AND " + p.live
	}
	p.selectSQL = "SELECT " + strings.Join(names, ", ") + " FROM " + p.table
	p.getSQL = p.selectSQL + ` WHERE "id" = ?` + and
	p.existsSQL = "SELECT 1 FROM " + p.table + ` WHERE "id" = ?` + and
	p.insertSQL = newBatchSQL("INSERT INTO "+p.table+" ("+strings.Join(names[1:], ", ")+") VALUES ", len(names)-1, ` RETURNING "id"`)
	p.auditSQL = newBatchSQL("INSERT INTO "+store.Quote(p.auditTable())+
		` ("record_id", "version", "operation", "restored", "field", "old_value", "new_value", "changed_by", "changed_at", "execution_id") VALUES `, 10, "")
	if p.rec.SoftDeleted {
		p.deleteSQL = "UPDATE " + p.table + " SET " + store.Quote(deletedAt) +
			` = ?, "updated_at" = ?, "updated_by" = ?, "version" = "version" + 1 WHERE "id" = ? AND "version" = ?`
	} else {
		p.deleteSQL = "DELETE FROM " + p.table + ` WHERE "id" = ? AND "version" = ?`
	}
}
