package migrate

import (
	"fmt"

	"ariga.io/atlas/sql/postgres"
	"ariga.io/atlas/sql/schema"
	"ariga.io/atlas/sql/sqlite"

	"github.com/apposengine/appos/internal/store"
)

// names are the derived names of what belongs to a table, in its order.
type names struct {
	indexes, checks, references []string
}

// namesOf derives the names of a table's indexes, checks and references.
func namesOf(t *store.Table) names {
	var n names
	for _, x := range t.Indexes {
		n.indexes = append(n.indexes, store.IndexName(t.Name, x))
	}
	for i := range t.Columns {
		c := &t.Columns[i]
		if c.Check != "" {
			n.checks = append(n.checks, store.Identifier("ck", t.Name, c.Name))
		}
		if c.References != "" {
			n.references = append(n.references, store.Identifier("fk", t.Name, c.Name))
		}
	}
	return n
}

// model writes tables as Atlas knows them. called has the names that indexes and
// checks of a table have in the database where they are not the derived ones.
func model(d store.Dialect, tables []store.Table, called map[string]names) (*schema.Schema, error) {
	s := schema.New(map[store.Dialect]string{store.SQLite: "main", store.PostgreSQL: "public"}[d])
	for i := range tables {
		t := &tables[i]
		n, ok := called[t.Name]
		if !ok {
			n = namesOf(t)
		}
		mt, err := modelTable(d, t, n)
		if err != nil {
			return nil, err
		}
		s.AddTables(mt)
	}
	for i := range tables {
		t := &tables[i]
		from, _ := s.Table(t.Name)
		for j := range t.Columns {
			c := &t.Columns[j]
			if c.References == "" {
				continue
			}
			to, ok := s.Table(c.References)
			if !ok {
				return nil, fmt.Errorf("table %q references %q, which is not there", t.Name, c.References)
			}
			key := schema.NewForeignKey(store.Identifier("fk", t.Name, c.Name)).SetRefTable(to).AddRefColumns(to.PrimaryKey.Parts[0].C)
			mc, _ := from.Column(c.Name)
			key.AddColumns(mc).SetOnDelete(schema.NoAction)
			if c.OnDeleteCascade {
				key.SetOnDelete(schema.Cascade)
			}
			from.AddForeignKeys(key)
		}
	}
	return s, nil
}

func modelTable(d store.Dialect, t *store.Table, n names) (*schema.Table, error) {
	mt := schema.NewTable(t.Name)
	if d == store.SQLite {
		mt.AddAttrs(&sqlite.Strict{})
	}
	checks := n.checks
	for i := range t.Columns {
		c := &t.Columns[i]
		mc := schema.NewColumn(c.Name).SetType(columnType(d, c.Type)).SetNull(c.Null)
		switch {
		case c.Serial && d == store.SQLite:
			// the number of a row that was deleted must not come back: the audit
			// log speaks of it
			mc.AddAttrs(&sqlite.AutoIncrement{})
		case c.Serial:
			mc.AddAttrs(&postgres.Identity{})
		}
		if d == store.PostgreSQL && c.Type.Kind == store.KindText {
			mc.AddAttrs(&schema.Collation{V: "C"}) // the order of SQLite
		}
		if c.Default != nil {
			text, err := literal(d, c)
			if err != nil {
				return nil, fmt.Errorf("table %q, column %q: %w", t.Name, c.Name, err)
			}
			mc.SetDefault(&schema.Literal{V: text})
			if c.Type.Kind == store.KindBytes {
				mc.SetDefault(&schema.RawExpr{X: text})
			}
		}
		if c.Check != "" {
			mt.AddChecks(schema.NewCheck().SetName(checks[0]).SetExpr("(" + c.Check + ")"))
			checks = checks[1:]
		}
		mt.AddColumns(mc)
	}
	for _, c := range t.Checks {
		mt.AddChecks(schema.NewCheck().SetName(c.Name).SetExpr("(" + c.For(d) + ")"))
	}
	key := schema.NewPrimaryKey()
	for _, name := range keyOf(t) {
		c, ok := mt.Column(name)
		if !ok {
			return nil, fmt.Errorf("table %q: the key names the column %q, which is not there", t.Name, name)
		}
		key.AddColumns(c)
	}
	mt.SetPrimaryKey(key)
	for i, x := range t.Indexes {
		mx := schema.NewIndex(n.indexes[i]).SetUnique(x.Unique)
		for _, name := range x.Columns {
			c, ok := mt.Column(name)
			if !ok {
				return nil, fmt.Errorf("table %q: an index names the column %q, which is not there", t.Name, name)
			}
			part := schema.NewColumnPart(c)
			if c.Type.Null && d == store.PostgreSQL {
				// null comes first, as in SQLite, or the index serves no sort
				part.AddAttrs(&postgres.IndexColumnProperty{NullsFirst: true})
			}
			mx.AddParts(part)
		}
		if x.Where != "" && d == store.SQLite {
			mx.AddAttrs(&sqlite.IndexPredicate{P: x.Where})
		} else if x.Where != "" {
			mx.AddAttrs(&postgres.IndexPredicate{P: x.Where})
		}
		mt.AddIndexes(mx)
	}
	return mt, nil
}

// columnType is the type of a column in the database. SQLite has four: decimals
// are integers without the point, times microseconds, and bools 0 and 1.
func columnType(d store.Dialect, t store.Type) schema.Type {
	if d == store.SQLite {
		switch t.Kind {
		case store.KindText, store.KindJSON, store.KindDate:
			return &schema.StringType{T: "text"}
		case store.KindFloat:
			return &schema.FloatType{T: "real"}
		case store.KindBytes:
			return &schema.BinaryType{T: "blob"}
		}
		return &schema.IntegerType{T: "integer"}
	}
	switch t.Kind {
	case store.KindInt:
		return &schema.IntegerType{T: postgres.TypeBigInt}
	case store.KindFloat:
		return &schema.FloatType{T: postgres.TypeDouble}
	case store.KindBool:
		return &schema.BoolType{T: postgres.TypeBoolean}
	case store.KindDecimal:
		return &schema.DecimalType{T: postgres.TypeNumeric, Precision: 19, Scale: t.Scale}
	case store.KindTime:
		return &schema.TimeType{T: postgres.TypeTimestampTZ}
	case store.KindDate:
		return &schema.TimeType{T: postgres.TypeDate}
	case store.KindJSON:
		return &schema.JSONType{T: postgres.TypeJSONB}
	case store.KindBytes:
		return &schema.BinaryType{T: postgres.TypeBytea}
	}
	return &schema.StringType{T: postgres.TypeText}
}
