package ui

import (
	"strings"
	"sync"

	g "maragu.dev/gomponents"
)

// icons maps the names of Lucide to the contents of their drawings. In the file
// an alias is "=" and the name it stands for.
var icons = sync.OnceValue(func() map[string]string {
	set := make(map[string]string, 2200)
	for line := range strings.Lines(string(readAsset("lucide-1.62.0.txt"))) {
		if name, drawing, ok := strings.Cut(strings.TrimRight(line, "\n"), "\t"); ok {
			set[name] = drawing
		}
	}
	for name, drawing := range set {
		if target, ok := strings.CutPrefix(drawing, "="); ok {
			set[name] = set[target]
		}
	}
	return set
})

// IconExists says whether Lucide has an icon of the name.
func IconExists(name string) bool {
	_, ok := icons()[name]
	return ok
}

var iconNodes sync.Map // name and class → Node

// Icon is a drawing of Lucide (https://lucide.dev/icons), in the size and colour
// of the text around it. It is decoration: assistive technology does not see it,
// so something beside it must say the same in words. An unknown name draws a
// dashed square.
func Icon(name string, classes ...string) Node {
	key := name + " " + strings.Join(classes, " ")
	if n, ok := iconNodes.Load(key); ok {
		return n.(Node)
	}
	drawing, known := icons()[name]
	if !known {
		drawing = icons()["square-dashed"]
	}
	var b buffer
	b.raw(`<svg class="`).text(strings.TrimSpace("i " + strings.Join(classes, " "))).
		raw(`" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">`).
		raw(drawing).raw(`</svg>`)
	n := g.Raw(string(b.bytes))
	if known { // names from data must not fill the memory
		iconNodes.Store(key, n)
	}
	return n
}
