package ui

import (
	"io"
	"mime"
	"net/http"
	"strconv"
)

// download is a file in the place of a page.
type download struct {
	name, mediaType string
	content         []byte
}

// Render implements Node; a download has nothing to draw.
func (download) Render(io.Writer) error { return nil }

// Download answers a request for a page with a file that the browser saves under
// the name:
//
//	return c.Download("prices.csv", "text/csv; charset=utf-8", content)
func (c *Ctx) Download(name, mediaType string, content []byte) (Node, error) {
	return download{name, mediaType, content}, nil
}

func (d download) send(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Type", d.mediaType)
	header.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": d.name}))
	header.Set("Content-Length", strconv.Itoa(len(d.content)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(d.content) // the browser has left
	}
}
