package ui

import (
	"strings"
	"unicode"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// maxDiffWords bounds the texts that are compared word by word: the effort grows
// with the product of their lengths.
const maxDiffWords = 1500

// textDiff shows a text with what went and what came, word by word; ok is false
// for texts that are too long for that.
func textDiff(c *Ctx, old, fresh string) (n Node, ok bool) {
	a, b := wordsOf(old), wordsOf(fresh)
	// what they begin and end with alike needs no comparing
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	x, y := a[head:len(a)-tail], b[head:len(b)-tail]
	if len(x) > maxDiffWords || len(y) > maxDiffWords {
		return nil, false
	}
	nodes := []Node{g.Text(strings.Join(a[:head], ""))}
	nodes = append(nodes, diffed(c, x, y)...)
	nodes = append(nodes, g.Text(strings.Join(a[len(a)-tail:], "")))
	return group(nodes), true
}

// wordsOf splits a text into words, spaces and marks, which joined are the text.
func wordsOf(text string) []string {
	kind := func(r rune) int {
		switch {
		case unicode.IsSpace(r):
			return 1
		case unicode.IsLetter(r), unicode.IsDigit(r):
			return 2
		}
		return 3
	}
	var words []string
	from, last := 0, 0
	for i, r := range text {
		if k := kind(r); k != last || k == 3 {
			if i > from {
				words = append(words, text[from:i])
			}
			from, last = i, k
		}
	}
	if from < len(text) {
		words = append(words, text[from:])
	}
	return words
}

// diffed marks what is only in x and what is only in y, along their longest
// common subsequence.
func diffed(c *Ctx, x, y []string) []Node {
	// common[i][j] is its length for x[i:] and y[j:]
	width := len(y) + 1
	common := make([]uint16, (len(x)+1)*width)
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if x[i] == y[j] {
				common[i*width+j] = common[(i+1)*width+j+1] + 1
			} else {
				common[i*width+j] = max(common[(i+1)*width+j], common[i*width+j+1])
			}
		}
	}
	var nodes []Node
	var went, came, same strings.Builder
	flush := func() {
		if went.Len() > 0 {
			nodes = append(nodes, gone(c, g.Text(went.String())))
		}
		if came.Len() > 0 {
			nodes = append(nodes, added(c, g.Text(came.String())))
		}
		went.Reset()
		came.Reset()
	}
	i, j := 0, 0
	for i < len(x) || j < len(y) {
		if i < len(x) && j < len(y) && x[i] == y[j] {
			flush()
			same.WriteString(x[i])
			i, j = i+1, j+1
			continue
		}
		if same.Len() > 0 {
			nodes = append(nodes, g.Text(same.String()))
			same.Reset()
		}
		if j == len(y) || i < len(x) && common[(i+1)*width+j] >= common[i*width+j+1] {
			went.WriteString(x[i])
			i++
		} else {
			came.WriteString(y[j])
			j++
		}
	}
	flush()
	if same.Len() > 0 {
		nodes = append(nodes, g.Text(same.String()))
	}
	return nodes
}

// gone and added mark what was there and what is, also for those who hear it.
func gone(c *Ctx, n Node) Node { return h.Del(srOnly(c.T("history.was")+" "), n) }

func added(c *Ctx, n Node) Node { return h.Ins(srOnly(c.T("history.is")+" "), n) }
