package record

import "github.com/apposengine/appos/internal/object"

// CursorOf is the cursor of a row in the order of a query.
func (p *Plan) CursorOf(q *object.Query, row any) string {
	terms, err := p.terms(system, q)
	if err != nil {
		panic(err)
	}
	base, err := p.base(row)
	if err != nil {
		panic(err)
	}
	return p.cursor(terms, base, 0)
}
