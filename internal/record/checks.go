package record

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/apposengine/appos/internal/condition"
	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/store"
)

// Checks are the second line of defence: what the validate tags say about single
// values, and what a record declares about its rows, holds in the database too,
// whoever writes to it.

// check is a check of the record's table.
type check struct {
	store.Check
	name    string // of a declared check; "" is the rules of a field
	columns []string
}

// compileChecks derives the checks of the table.
func (p *Plan) compileChecks(fault func(string, ...any)) {
	p.checks = map[string]check{}
	add := func(name string, declared bool, text string) error {
		c, err := condition.Parse(text, func(column string) (*object.Field, error) {
			if i, ok := p.byColumn[column]; ok {
				if p.cols[i].seal != nil {
					return nil, fmt.Errorf("names %q, which is hidden or sensitive: it is kept encrypted and the database cannot check it; check it in a rule", column)
				}
				return p.cols[i].f, nil
			}
			return nil, fmt.Errorf("names %q, which is no column%s", column, p.suggest(column, Mask{}))
		})
		if err != nil {
			return err
		}
		made := check{Check: store.Check{Name: store.Identifier(p.rec.Table, name, "check"), SQL: c.SQL}, columns: c.Columns}
		if c.SQLite != c.SQL {
			made.SQLite = c.SQLite
		}
		if declared {
			made.name = name
		}
		p.checks[made.Name] = made
		p.checkNames = append(p.checkNames, made.Name)
		return nil
	}
	for i := object.SystemFields; i < len(p.cols); i++ {
		if text := ruleCondition(p.cols[i].f); text != "" && p.cols[i].seal == nil {
			// a rule that has no SQL is still checked by the gate
			_ = add(p.cols[i].f.Column, false, text)
		}
	}
	seen := map[string]bool{}
	for _, c := range p.rec.Checks {
		_, column := p.byColumn[c.Name]
		switch {
		case !checkName.MatchString(c.Name):
			fault("has a check with the name %q; a name is lower case letters, digits and underscores", c.Name)
		case column:
			fault("has a check with the name %q, which is that of a field; name it by what it says", c.Name)
		case seen[c.Name]:
			fault("has two checks with the name %q", c.Name)
		default:
			if err := add(c.Name, true, c.Condition); err != nil {
				fault("the check %q, %s, %v", c.Name, c.Condition, err)
			}
		}
		seen[c.Name] = true
	}
}

var checkName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

var plainNumber = regexp.MustCompile(`^-?[0-9]{1,18}(\.[0-9]{1,18})?$`)

var comparisons = map[string]string{"min": ">=", "gte": ">=", "max": "<=", "lte": "<=", "gt": ">", "lt": "<", "len": "=", "eq": "="}

// ruleCondition is what the validate tag says about a field's value, as far as
// it is a condition; "" is nothing.
func ruleCondition(f *object.Field) string {
	column := store.Quote(f.Column)
	value, zero := column, "0"
	switch f.Kind {
	case object.FieldText:
		value, zero = "length("+column+")", "''"
	case object.FieldInt, object.FieldFloat, object.FieldDecimal:
	case object.FieldDuration:
		zero = "'0s'"
	default:
		return ""
	}
	var all []string
	omit := false
	for rule := range strings.SplitSeq(f.Validate, ",") {
		name, arg, _ := strings.Cut(rule, "=")
		operator, compares := comparisons[name]
		switch {
		case name == "omitempty":
			omit = !f.Optional
		case strings.Contains(rule, "|"), strings.Contains(rule, "0x"): // alternatives, and escapes
		case name == "oneof" && f.Kind == object.FieldText:
			var values []string
			for _, v := range f.Enum {
				values = append(values, "'"+strings.ReplaceAll(v, "'", "''")+"'")
			}
			all = append(all, column+" IN ("+strings.Join(values, ", ")+")")
		case name == "oneof" && f.Kind == object.FieldInt:
			all = append(all, column+" IN ("+strings.Join(f.Enum, ", ")+")")
		case !compares, name == "eq" && f.Kind == object.FieldText:
		case f.Kind == object.FieldDuration:
			all = append(all, value+" "+operator+" '"+arg+"'")
		case plainNumber.MatchString(arg):
			all = append(all, value+" "+operator+" "+arg)
		}
	}
	if len(all) == 0 {
		return ""
	}
	text := strings.Join(all, " AND ")
	if omit {
		text = column + " = " + zero + " OR " + text
	}
	return text
}

// tableChecks are the checks in the order that they were compiled in.
func (p *Plan) tableChecks() []store.Check {
	var all []store.Check
	for _, name := range p.checkNames {
		all = append(all, p.checks[name].Check)
	}
	return all
}

// unmet says which check a row does not meet, as the database calls it.
func (p *Plan) unmet(a *Access, constraint string) error {
	c, ok := p.checks[constraint]
	if !ok {
		return p.fail(a, object.Invalid, "the %s does not meet a rule of the database", p.noun())
	}
	e := p.fail(a, object.Invalid, "some fields are not valid")
	message := "does not meet the rules of the field"
	if c.name != "" {
		e.Text = fmt.Sprintf("the %s does not meet the rule %q", p.noun(), c.name)
		message = fmt.Sprintf("does not meet the rule %q", c.name)
	}
	for _, column := range c.columns {
		if i := p.byColumn[column]; !a.Hidden.Has(i) && !p.cols[i].f.Hidden && !p.cols[i].f.Secret {
			e.Fields = append(e.Fields, object.FieldError{Field: column, Rule: "check", Param: c.name, Message: message})
		}
	}
	return e
}
