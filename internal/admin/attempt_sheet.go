package admin

import (
	"bytes"
	"encoding/json"
	"slices"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos/internal/webhook"
	"github.com/apposengine/appos/ui"
)

// attemptSheet is the requests of a delivery, with what was answered: the latest
// answer open, those before to be opened.
func attemptSheet(c *ui.Ctx, attempts []webhook.Attempt) ui.Node {
	if len(attempts) == 0 {
		return ui.Card("Attempts", muted("It was not sent yet."))
	}
	s := sheet{label: "Attempts", columns: []string{"When", "Result", "Took"}, numbers: 1}
	var answers []ui.Node
	for _, a := range slices.Backward(attempts) {
		result := ui.Badge(statusOf(a.Status), ui.OK)
		if a.Fault != "" {
			result = h.Span(ui.Badge(statusOf(a.Status), ui.Err), ui.Text(" "+a.Fault))
		}
		s.rows = append(s.rows, []ui.Node{ui.Text(clock(c, a.At)), result, ui.Text(took(c, a.Latency))})
		if a.Answer != "" {
			answers = append(answers, h.Details(h.Class("json"), g.If(answers == nil, g.Attr("open")),
				h.Summary(ui.Text(clock(c, a.At))), h.Pre(h.Class("json"), ui.Text(a.Answer))))
		}
	}
	sent := ui.FlushCard("Attempts", s.node())
	if answers == nil {
		return sent
	}
	return ui.Stack(sent, ui.Card("Answers", ui.Stack(answers...)))
}

// indented is JSON for people; what is none stays as it is.
func indented(text string) string {
	var b bytes.Buffer
	if json.Indent(&b, []byte(text), "", "  ") != nil {
		return text
	}
	return b.String()
}
