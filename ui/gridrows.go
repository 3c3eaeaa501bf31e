package ui

import (
	"io"
	"strconv"
)

// writeRows is the loop that dominates a page. It appends markup to one buffer;
// only cells with a look of their own make nodes.
func (t *grid) writeRows(c *Ctx, w io.Writer, shown []*column, page rows) error {
	b := buffers.Get().(*buffer)
	b.bytes = b.bytes[:0]
	defer buffers.Put(b)
	main := mainColumn(shown)
	selectRow, actions := c.T("bulk.row"), c.T("actions.row")
	for i := range page.n {
		row := page.at(i)
		key := strconv.Itoa(i)
		if t.key != nil {
			key = t.key(row)
		}
		b.raw(`<tr id="`).text(t.id).raw(`-`).text(key).raw(`">`)
		if len(t.bulk) > 0 {
			b.raw(`<td class="sel"><input type="checkbox" name="sel" value="`).text(key).raw(`" aria-label="`).text(selectRow).raw(` `).text(key).raw(`"></td>`)
		}
		address := ""
		if t.url != nil {
			address = safeURL(t.url(row))
		}
		for j, col := range shown {
			switch {
			case j == main:
				b.raw(`<td class="mainc">`)
			case col.number:
				b.raw(`<td class="num" data-l="`).text(col.title).raw(`">`)
			default:
				b.raw(`<td data-l="`).text(col.title).raw(`">`)
			}
			linked := j == main && address != ""
			if linked {
				b.raw(`<a class="rowlink" href="`).text(address).raw(`">`)
			}
			if err := col.write(b, row); err != nil {
				return err
			}
			if linked {
				b.raw(`</a>`)
			}
			b.raw(`</td>`)
		}
		if t.menu != nil {
			b.raw(`<td class="act">`)
			if err := Menu(c, "", actions+" "+key, t.menu(row)...).Render(b); err != nil {
				return err
			}
			b.raw(`</td>`)
		}
		b.raw(`</tr>`)
	}
	_, err := w.Write(b.bytes)
	return err
}

// mainColumn is the one that names the row: the first that says so, else the first.
func mainColumn(shown []*column) int {
	for i, col := range shown {
		if col.main {
			return i
		}
	}
	return 0
}
