package condition

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apposengine/appos/internal/object"
)

// Condition is a condition on the columns of one row.
type Condition struct {
	Columns []string // that it names, each once, in order
	SQL     string
	SQLite  string // the condition for SQLite
}

// Parse reads a condition. Columns are looked up by name; an error of column is
// returned as it is. Errors continue a sentence that begins with the condition.
func Parse(text string, column func(name string) (*object.Field, error)) (Condition, error) {
	tokens, err := scan(text)
	if err != nil {
		return Condition{}, err
	}
	p := &parser{tokens: tokens, column: column}
	e, err := p.or()
	if err == nil && p.peek().kind != end {
		err = fmt.Errorf("goes on with %q where it should end", p.peek().text)
	}
	if err == nil && e.is != yesNo {
		err = fmt.Errorf("is %s, not a condition", e.is)
	}
	if err != nil {
		return Condition{}, err
	}
	return Condition{p.columns, bare(e.sql), bare(e.lite)}, nil
}

// bare takes the parentheses off that enclose the whole.
func bare(sql string) string {
	if !strings.HasPrefix(sql, "(") || !strings.HasSuffix(sql, ")") {
		return sql
	}
	depth, quoted := 0, byte(0)
	for i := range len(sql) {
		switch b := sql[i]; {
		case quoted != 0:
			if b == quoted {
				quoted = 0
			}
		case b == '\'' || b == '"':
			quoted = b
		case b == '(':
			depth++
		case b == ')':
			if depth--; depth == 0 && i < len(sql)-1 {
				return sql
			}
		}
	}
	return sql[1 : len(sql)-1]
}

// parser reads tokens by recursive descent; every method returns with what it
// has read as SQL.
type parser struct {
	tokens  []token
	at      int
	depth   int
	column  func(string) (*object.Field, error)
	columns []string
}

func (p *parser) peek() token { return p.tokens[p.at] }

// word takes the next token when it is the keyword or symbol.
func (p *parser) word(text string) bool {
	t := p.peek()
	if t.kind == symbol && t.text == text || t.kind == name && strings.EqualFold(t.text, text) {
		p.at++
		return true
	}
	return false
}

func (p *parser) expect(text string) error {
	if !p.word(text) {
		if p.peek().kind == end {
			return fmt.Errorf("ends where %s is expected", text)
		}
		return fmt.Errorf("has %q where %s is expected", p.peek().text, text)
	}
	return nil
}

func (p *parser) or() (expr, error)  { return p.joined("OR", p.and) }
func (p *parser) and() (expr, error) { return p.joined("AND", p.not) }

func (p *parser) joined(by string, part func() (expr, error)) (expr, error) {
	e, err := part()
	for err == nil && p.word(by) {
		var next expr
		if next, err = part(); err != nil {
			break
		}
		if e.is != yesNo || next.is != yesNo {
			return expr{}, fmt.Errorf("joins %s and %s by %s, which takes conditions", e.is, next.is, by)
		}
		e = e.with(next, "(%s "+by+" %s)", yesNo)
	}
	return e, err
}

// maxDepth bounds how deep a condition may nest.
const maxDepth = 50

func (p *parser) not() (expr, error) {
	if !p.word("NOT") {
		return p.predicate()
	}
	if p.depth++; p.depth > maxDepth {
		return expr{}, fmt.Errorf("nests more than %d deep", maxDepth)
	}
	e, err := p.not()
	if p.depth--; err == nil && e.is != yesNo {
		err = fmt.Errorf("negates %s, which is no condition", e.is)
	}
	return e.wrap("(NOT %s)", yesNo), err
}

var comparisons = []string{"=", "<>", "!=", "<", "<=", ">", ">="}

func (p *parser) predicate() (expr, error) {
	e, err := p.sum()
	if err != nil {
		return expr{}, err
	}
	if t := p.peek(); t.kind == symbol && slices.Contains(comparisons, t.text) {
		p.at++
		next, err := p.sum()
		if err != nil {
			return expr{}, err
		}
		return compare(e, next, t.text)
	}
	if p.word("IS") {
		sql := "(%s IS NULL)"
		if p.word("NOT") {
			sql = "(%s IS NOT NULL)"
		}
		return e.wrap(sql, yesNo), p.expect("NULL")
	}
	not := p.word("NOT")
	switch {
	case p.word("IN"):
		e, err = p.in(e)
	case p.word("BETWEEN"):
		e, err = p.between(e)
	case not:
		return expr{}, fmt.Errorf("has NOT where IN or BETWEEN should follow")
	}
	if not {
		e = e.wrap("(NOT %s)", yesNo)
	}
	return e, err
}

func (p *parser) in(e expr) (expr, error) {
	if err := p.expect("("); err != nil {
		return expr{}, err
	}
	var values []expr
	for len(values) == 0 || p.word(",") {
		v, err := p.sum()
		if err != nil {
			return expr{}, err
		}
		values = append(values, v)
	}
	if err := p.expect(")"); err != nil {
		return expr{}, err
	}
	return oneOf(e, values)
}

func (p *parser) between(e expr) (expr, error) {
	low, err := p.sum()
	if err == nil {
		err = p.expect("AND")
	}
	if err != nil {
		return expr{}, err
	}
	high, err := p.sum()
	if err != nil {
		return expr{}, err
	}
	above, err := compare(e, low, ">=")
	if err != nil {
		return expr{}, err
	}
	below, err := compare(e, high, "<=")
	return above.with(below, "(%s AND %s)", yesNo), err
}

func (p *parser) sum() (expr, error) { return p.arithmetic("+ -", p.product) }

func (p *parser) product() (expr, error) { return p.arithmetic("* / %", p.unary) }

func (p *parser) arithmetic(operators string, part func() (expr, error)) (expr, error) {
	e, err := part()
	for err == nil {
		t := p.peek()
		if t.kind != symbol || !slices.Contains(strings.Fields(operators), t.text) {
			break
		}
		p.at++
		var next expr
		if next, err = part(); err == nil {
			e, err = calculate(e, next, t.text)
		}
	}
	return e, err
}

func (p *parser) unary() (expr, error) {
	if p.depth++; p.depth > maxDepth {
		return expr{}, fmt.Errorf("nests more than %d deep", maxDepth)
	}
	defer func() { p.depth-- }()
	if !p.word("-") {
		return p.primary()
	}
	e, err := p.unary()
	if err == nil && !e.is.counts() {
		err = fmt.Errorf("takes the negative of %s", e.is)
	}
	return e.negative(), err
}

func (p *parser) primary() (expr, error) {
	t := p.peek()
	p.at++
	switch t.kind {
	case number:
		return literal(t.text), nil
	case text:
		return quoted(t.text), nil
	case identifier:
		return p.named(t.text)
	case name:
		switch strings.ToUpper(t.text) {
		case "TRUE", "FALSE":
			return expr{is: yesNo, sql: strings.ToUpper(t.text), lite: strings.ToUpper(t.text)}, nil
		case "NULL":
			return expr{}, fmt.Errorf("compares with NULL; use IS NULL or IS NOT NULL")
		}
		if p.word("(") {
			return p.call(strings.ToLower(t.text))
		}
		return p.named(t.text)
	case symbol:
		if t.text == "(" {
			e, err := p.or()
			if err != nil {
				return expr{}, err
			}
			return e, p.expect(")")
		}
	case end:
		p.at--
		return expr{}, fmt.Errorf("ends where a value is expected")
	}
	return expr{}, fmt.Errorf("has %q where a value is expected", t.text)
}

func (p *parser) named(column string) (expr, error) {
	f, err := p.column(column)
	if err != nil {
		return expr{}, err
	}
	if !slices.Contains(p.columns, f.Column) {
		p.columns = append(p.columns, f.Column)
	}
	return ofField(f)
}

func (p *parser) call(function string) (expr, error) {
	if _, ok := functions[function]; !ok {
		return expr{}, fmt.Errorf("calls %s, which conditions do not know; there are abs, coalesce, length, lower, trim and upper", function)
	}
	var args []expr
	for len(args) == 0 || p.word(",") {
		e, err := p.or()
		if err != nil {
			return expr{}, err
		}
		args = append(args, e)
	}
	if err := p.expect(")"); err != nil {
		return expr{}, err
	}
	return apply(function, args)
}
