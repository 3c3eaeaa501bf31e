package record

import (
	"slices"
	"strings"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// compileIndexes resolves the indexes over several fields.
func (p *Plan) compileIndexes(fault func(string, ...any)) {
	seen := map[string]bool{}
	for _, x := range p.rec.Indexes {
		option := "appos.Index"
		if x.Unique {
			option = "appos.Unique"
		}
		var columns []int
		ok := true
		for _, name := range x.Fields {
			i := slices.IndexFunc(p.cols, func(c column) bool { return c.f.Name == name })
			switch {
			case i < 0:
				ok = false // the declaration was at fault already
			case p.cols[i].seal != nil:
				fault("%s names the field %s, which is hidden or sensitive: it is kept encrypted and cannot be in an index; leave it out", option, name)
				ok = false
			case p.cols[i].form == formJSON:
				fault("%s names the field %s, a %s, which cannot be in an index", option, name, p.cols[i].f.Kind)
				ok = false
			default:
				columns = append(columns, i)
			}
		}
		if !ok {
			continue
		}
		index := store.Index{Unique: x.Unique}
		for _, i := range columns {
			index.Columns = append(index.Columns, p.cols[i].f.Column)
		}
		key := strings.Join(index.Columns, ",")
		if seen[key] {
			fault("has two indexes over %s; one is enough", strings.Join(x.Fields, ", "))
			continue
		}
		seen[key] = true
		p.indexes = append(p.indexes, index)
		if x.Unique {
			p.uniques = append(p.uniques, columns)
		}
	}
}

// checkIdentifiers reports names that not every database can hold.
func (p *Plan) checkIdentifiers(fault func(string, ...any)) {
	long := func(what, name, instead string) {
		if len(name) > store.MaxIdentifier {
			fault("%s %q has %d bytes, and a name in a database has at most %d; %s", what, name, len(name), store.MaxIdentifier, instead)
		}
	}
	long("the table", p.rec.Table, "give it a shorter one with appos.Named")
	if p.rec.Audited && len(p.rec.Table) <= store.MaxIdentifier {
		long("the table of its audit log", p.auditTable(), "give the record a shorter name with appos.Named")
	}
	for i := object.SystemFields; i < len(p.cols); i++ {
		long("the column of field "+p.cols[i].f.Name, p.cols[i].f.Column, "rename the field")
	}
}
