package migrate

import (
	"context"
	"fmt"
	"slices"

	"ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/postgres"
	"ariga.io/atlas/sql/schema"
	"ariga.io/atlas/sql/sqlite"

	"github.com/apposengine/appos/internal/store"
)

// Change is how one schema becomes another on one dialect.
type Change struct {
	Dialect    store.Dialect
	Notes      []string // what changes, in words; the same on every dialect
	Statements []Statement
}

// Statement is one statement of a change.
type Statement struct {
	SQL     string // without a semicolon at its end
	Comment string // what it is for
}

// Options say what a plan may do.
type Options struct {
	// AllowDrop allows changes that lose data: dropping tables and columns, and
	// conversions to types that hold less.
	AllowDrop bool
}

// Plan returns the statements that make the schema of from that of to. Where names
// changed, Was of the new tables and columns says so. The error is a *Refusal
// with all that cannot be done, or may not. No difference is a change without
// statements.
func Plan(d store.Dialect, from, to []store.Table, o Options) (*Change, error) {
	before, moves, problems := renamed(from, to)
	diff := compare(before, to, moves)
	problems = append(problems, diff.refused(to, o.AllowDrop)...)
	if len(problems) > 0 {
		slices.SortStableFunc(problems, func(a, b Problem) int { return byPlace(a, b) })
		return nil, &Refusal{Problems: problems}
	}
	p := planner{dialect: d, diff: diff, original: from, before: before, to: to}
	var err error
	switch d {
	case store.SQLite:
		err = p.sqlite()
	case store.PostgreSQL:
		err = p.postgres()
	default:
		err = fmt.Errorf("no migrations for the dialect %q", d)
	}
	if err != nil {
		return nil, err
	}
	return &Change{Dialect: d, Notes: diff.notes(), Statements: p.statements}, nil
}

// planner writes the statements of a difference.
type planner struct {
	dialect    store.Dialect
	diff       *difference
	original   []store.Table // as they were, by their old names
	before, to []store.Table
	statements []Statement
}

func (p *planner) add(comment, format string, args ...any) {
	p.statements = append(p.statements, Statement{SQL: fmt.Sprintf(format, args...), Comment: comment})
}

// atlas compares two models and plans the changes, which adjust may add to.
func (p *planner) atlas(from, to *schema.Schema, adjust func([]schema.Change) []schema.Change) ([]*migrate.Change, error) {
	differ, plan := sqlite.DefaultDiff, sqlite.DefaultPlan
	if p.dialect == store.PostgreSQL {
		differ, plan = postgres.DefaultDiff, postgres.DefaultPlan
	}
	changes, err := differ.SchemaDiff(from, to)
	if err != nil {
		return nil, fmt.Errorf("comparing the schemas: %w", err)
	}
	changes = adjust(changes)
	if len(changes) == 0 {
		return nil, nil
	}
	planned, err := plan.PlanChanges(context.Background(), "migration", changes, func(o *migrate.PlanOptions) {
		o.SchemaQualifier = new(string)
		o.Indent = "  "
	})
	if err != nil {
		return nil, fmt.Errorf("planning the changes: %w", err)
	}
	return planned.Changes, nil
}

// modified returns the changes of a table, adding an entry for it where there is
// none.
func modified(changes []schema.Change, t *schema.Table) ([]schema.Change, *schema.ModifyTable) {
	for _, c := range changes {
		if m, ok := c.(*schema.ModifyTable); ok && m.T == t {
			return changes, m
		}
	}
	m := &schema.ModifyTable{T: t}
	return append(changes, m), m
}

// retype makes sure that the change of a column's type is among the changes of its
// table, and returns it: not every difference of ours is one of Atlas'.
func retype(m *schema.ModifyTable, from, to *schema.Column) *schema.ModifyColumn {
	for _, c := range m.Changes {
		if mc, ok := c.(*schema.ModifyColumn); ok && mc.To.Name == to.Name {
			mc.Change |= schema.ChangeType
			return mc
		}
	}
	mc := &schema.ModifyColumn{From: from, To: to, Change: schema.ChangeType}
	m.Changes = append(m.Changes, mc)
	return mc
}
