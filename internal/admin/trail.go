package admin

import (
	"strings"

	"github.com/apposengine/appos/ui"
)

// trailMark separates the cursors of a trail. No cursor holds it.
const trailMark = "~"

// A trail is the cursors of the pages that led to the one shown. It lets lists
// that can only be read forwards be paged backwards, too.
type trail []string

func trailOf(s ui.State) trail {
	text := s.After
	if s.Before != "" {
		text = s.Before
	}
	if text = strings.Trim(text, trailMark); text == "" {
		return nil
	}
	return strings.Split(text, trailMark)
}

// cursor is where the page begins; "" is the first.
func (t trail) cursor() string {
	if len(t) == 0 {
		return ""
	}
	return t[len(t)-1]
}

// slice is the page of rows that begins here; next is where the following one
// begins, "" when there is none.
func slice[T any](t trail, rows []T, next string, total int) ui.Slice[T] {
	s := ui.Slice[T]{Items: rows, Total: total}
	if next != "" {
		s.Next = strings.Join(append(append(trail{}, t...), next), trailMark)
	}
	if len(t) > 0 {
		s.Prev = trailMark + strings.Join(t[:len(t)-1], trailMark)
	}
	return s
}
