package ui

import "strings"

// Table lists rows of T. Its state (search, filters, sort, page) lives in the
// address, so a list can be sent to a colleague, and the back button works.
type Table[T any] struct {
	ID   string // of the element; "" is "table"
	Name string // of the rows, in the plural, for people: "customers"
	One  string // of one row: "customer"; "" is Name

	// Source reads a page of rows. With a nil Source the table shows Rows, which
	// it searches, filters and sorts itself.
	Source Source[T]
	Rows   []T

	Columns []Column[T]
	Filters []Filter
	Search  bool // show the search box
	Size    int  // rows of a page; 0 is 25

	Key    func(*T) string // identifies a row in Bulk; nil is its position
	URL    func(*T) string // what a row opens; nil is nothing
	Menu   func(*T) []Node // the items of a row's menu; nil is none
	Bulk   []Option        // what can be done with selected rows: posted as _bulk, the rows as sel
	Export string          // the address that answers with all rows as a file; "" is none
	Empty  []Node          // shown, below the reason, when there are no rows at all
}

// Column is a column of a [Table].
type Column[T any] struct {
	Key    string // names the column in the address
	Title  string
	Text   func(*T) string // what a cell says
	Cell   func(*T) Node   // how a cell looks; nil is its Text
	Sort   bool            // the source can sort by it
	Number bool            // right-aligned
	Main   bool            // the title of the row on small windows
	Hidden bool            // shown only when the user adds it

	// Compare sorts [Table.Rows]; nil compares Text.
	Compare func(a, b *T) int

	write func(b *buffer, row any) error // of a derived column
}

// Filter narrows a [Table] to one of its options.
type Filter struct {
	Key     string // the query parameter; of [Table.Rows] the column
	Title   string
	Options []Option
}

// Option is a value to choose, and its name for people.
type Option struct{ Value, Label string }

// Source reads the rows of a page of a [Table].
type Source[T any] func(c *Ctx, s State) (Slice[T], error)

// State is what the address says about a [Table].
type State struct {
	Search  string
	Filters map[string]string // by Filter.Key; only those that are set
	Sort    string            // a Column.Key, or ""
	Desc    bool
	Size    int    // rows of the page
	After   string // the cursor of the page; "" is the first
	Before  string // the cursor of a page to read backwards from
}

// narrowed says whether the state leaves rows out.
func (s State) narrowed() bool { return s.Search != "" || len(s.Filters) > 0 }

// The query parameters of tables.
const (
	paramSearch = "q"
	paramSort   = "sort"
	paramSize   = "size"
	paramAfter  = "after"
	paramBefore = "before"
	paramColumn = "col"
)

const maxPageSize = 200

// filterKey is the query parameter of a filter on a column: its name, unless a
// table means something else by that.
func filterKey(column string) string {
	switch column {
	case paramSearch, paramSort, paramSize, paramAfter, paramBefore, paramColumn:
		return "_" + column
	}
	return column
}

// DataTable shows a [Table].
func DataTable[T any](c *Ctx, t Table[T]) Node {
	return t.erase(c).node(c)
}

// erase turns the table into the form that is the same for all types.
func (t Table[T]) erase(c *Ctx) *grid {
	g := &grid{
		id: t.ID, name: t.Name, one: t.One, filters: t.Filters, search: t.Search, size: t.Size,
		bulk: t.Bulk, export: t.Export, empty: t.Empty,
	}
	for _, col := range t.Columns {
		g.columns = append(g.columns, col.erase())
	}
	if t.Key != nil {
		g.key = func(row any) string { return t.Key(row.(*T)) }
	}
	if t.URL != nil {
		g.url = func(row any) string { return t.URL(row.(*T)) }
	}
	if t.Menu != nil {
		g.menu = func(row any) []Node { return t.Menu(row.(*T)) }
	}
	source := t.Source
	if source == nil {
		source = t.memory
	}
	g.fetch = func(c *Ctx, s State) (rows, error) {
		p, err := source(c, s)
		return rows{
			n: len(p.Items), at: func(i int) any { return &p.Items[i] },
			next: p.Next, prev: p.Prev, total: p.Total, more: p.More,
		}, err
	}
	return g
}

func (col Column[T]) erase() column {
	e := column{key: col.Key, title: col.Title, sort: col.Sort, number: col.Number, main: col.Main, hidden: col.Hidden}
	switch {
	case col.Cell != nil:
		e.write = func(b *buffer, row any) error {
			n := col.Cell(row.(*T))
			if n == nil {
				return nil
			}
			return n.Render(b)
		}
	case col.Text != nil:
		e.write = func(b *buffer, row any) error { b.text(col.Text(row.(*T))); return nil }
	case col.write != nil:
		e.write = col.write
	default:
		e.write = func(*buffer, any) error { return nil }
	}
	return e
}

// stateOf reads a table's state from the address.
func (g *grid) stateOf(c *Ctx) State {
	s := State{
		Search: strings.TrimSpace(c.Query(paramSearch)), After: c.Query(paramAfter), Before: c.Query(paramBefore),
		Size: g.pageSize(c),
	}
	if !g.search {
		s.Search = ""
	}
	key, desc := strings.CutPrefix(c.Query(paramSort), "-")
	for i := range g.columns {
		if g.columns[i].sort && g.columns[i].key == key && key != "" {
			s.Sort, s.Desc = key, desc
		}
	}
	for _, f := range g.filters {
		if v := c.Query(f.Key); v != "" {
			if s.Filters == nil {
				s.Filters = map[string]string{}
			}
			s.Filters[f.Key] = v
		}
	}
	return s
}
