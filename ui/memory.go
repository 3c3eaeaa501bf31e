package ui

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Slice is a page of rows that a [Source] read.
type Slice[T any] struct {
	Items []T
	Next  string // the cursor of the next page, State.After; "" when this is the last
	Prev  string // the cursor of the page before, State.Before; "" when this is the first
	Total int    // how many rows there are on all pages; negative when nobody counted
	More  bool   // there are more than Total
}

// memory searches, filters, sorts and pages the rows that the table holds.
// Cursors are positions.
func (t Table[T]) memory(c *Ctx, s State) (Slice[T], error) {
	kept := make([]*T, 0, len(t.Rows))
	for i := range t.Rows {
		if t.matches(&t.Rows[i], s) {
			kept = append(kept, &t.Rows[i])
		}
	}
	for i := range t.Columns {
		if col := &t.Columns[i]; col.Key == s.Sort && s.Sort != "" {
			slices.SortStableFunc(kept, func(a, b *T) int {
				if s.Desc {
					a, b = b, a
				}
				return col.compare(a, b)
			})
		}
	}
	from := 0
	if n, err := strconv.Atoi(s.After); err == nil {
		from = n
	} else if n, err := strconv.Atoi(s.Before); err == nil {
		from = n - s.Size
	}
	from = min(max(from, 0), len(kept))
	to := min(from+s.Size, len(kept))
	p := Slice[T]{Total: len(kept)}
	for _, row := range kept[from:to] {
		p.Items = append(p.Items, *row)
	}
	if to < len(kept) {
		p.Next = strconv.Itoa(to)
	}
	if from > 0 {
		p.Prev = strconv.Itoa(from)
	}
	return p, nil
}

func (t *Table[T]) matches(row *T, s State) bool {
	for key, want := range s.Filters {
		for i := range t.Columns {
			if col := &t.Columns[i]; col.Key == key && col.Text != nil && col.Text(row) != want {
				return false
			}
		}
	}
	if s.Search == "" {
		return true
	}
	want := strings.ToLower(s.Search)
	for i := range t.Columns {
		if col := &t.Columns[i]; col.Text != nil && strings.Contains(strings.ToLower(col.Text(row)), want) {
			return true
		}
	}
	return false
}

func (col *Column[T]) compare(a, b *T) int {
	if col.Compare != nil {
		return col.Compare(a, b)
	}
	if col.Text == nil {
		return 0
	}
	return cmp.Compare(strings.ToLower(col.Text(a)), strings.ToLower(col.Text(b)))
}
