package ui

import (
	"encoding/json"
	"reflect"
	"strconv"

	"github.com/apposengine/appos/internal/object"
)

// cellEntries is how many entries of a list a cell of a table shows.
const cellEntries = 3

// listCell writes the entries of a list as badges.
func (c *Ctx) listCell(o *object.Object, f *object.Field, short bool) func(*buffer, reflect.Value) error {
	e := entryField(f)
	return func(b *buffer, row reflect.Value) error {
		v, ok := fieldOf(row, f)
		if !ok || v.Len() == 0 {
			if !short {
				b.raw("–")
			}
			return nil
		}
		b.raw(`<span class="tags">`)
		for i := range v.Len() {
			if short && i == cellEntries {
				b.raw(`<span class="muted">+`).raw(strconv.Itoa(v.Len() - i)).raw(`</span>`)
				break
			}
			text := c.valueText(o, e, v.Index(i))
			if short {
				text = shorten(text, cellText/cellEntries)
			}
			b.raw(`<span class="tag">`).text(text).raw(`</span>`)
		}
		b.raw(`</span>`)
		return nil
	}
}

// jsonLines is how many lines of JSON are in view at once.
const jsonLines = 12

// jsonCell writes JSON for reading, folded when it is long.
func (c *Ctx) jsonCell(f *object.Field) func(*buffer, reflect.Value) error {
	return func(b *buffer, row reflect.Value) error {
		v, ok := fieldOf(row, f)
		if !ok || (v.Kind() == reflect.Map || v.Kind() == reflect.Slice) && v.Len() == 0 {
			b.raw("–")
			return nil
		}
		text, err := json.MarshalIndent(v.Interface(), "", "  ")
		if err != nil {
			return err
		}
		lines := 1
		for _, r := range text {
			if r == '\n' {
				lines++
			}
		}
		if lines <= jsonLines {
			b.raw(`<pre class="json">`).text(string(text)).raw(`</pre>`)
			return nil
		}
		b.raw(`<details class="json"><summary>`).text(c.T("json.lines", "n", c.Int(lines))).raw(`</summary><pre class="json">`).text(string(text)).raw(`</pre></details>`)
		return nil
	}
}

var sizes = []string{"KB", "MB", "GB", "TB"}

// Size writes a number of bytes in the user's language: 12.5 KB.
func (c *Ctx) Size(bytes int64) string {
	if bytes < 1024 {
		return c.Int(int(bytes)) + "\u00a0B"
	}
	n, unit := float64(bytes)/1024, 0
	for n >= 1024 && unit < len(sizes)-1 {
		n, unit = n/1024, unit+1
	}
	digits := 1
	if n >= 100 {
		digits = 0
	}
	return c.Number(n, digits) + "\u00a0" + sizes[unit]
}
