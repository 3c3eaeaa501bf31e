package admin

import (
	"bytes"
	"encoding/json"

	h "maragu.dev/gomponents/html"

	"github.com/apposengine/appos/internal/webhook"
	"github.com/apposengine/appos/ui"
)

// attemptSheet is the requests of a delivery, with what was answered.
func attemptSheet(c *ui.Ctx, attempts []webhook.Attempt) ui.Node {
	if len(attempts) == 0 {
		return ui.Card("Attempts", muted("It was not sent yet."))
	}
	s := sheet{label: "Attempts", columns: []string{"When", "Result", "Answer", "Took"}, numbers: 1}
	for _, a := range attempts {
		result := ui.Badge(statusOf(a.Status), ui.OK)
		if a.Fault != "" {
			result = h.Span(ui.Badge(statusOf(a.Status), ui.Err), ui.Text(" "+a.Fault))
		}
		answer := muted("–")
		if a.Answer != "" {
			answer = h.Pre(h.Class("json"), ui.Text(a.Answer))
		}
		s.rows = append(s.rows, []ui.Node{ui.Text(clock(c, a.At)), result, answer, ui.Text(took(c, a.Latency))})
	}
	return ui.FlushCard("Attempts", s.node())
}

// indented is JSON for people; what is none stays as it is.
func indented(text string) string {
	var b bytes.Buffer
	if json.Indent(&b, []byte(text), "", "  ") != nil {
		return text
	}
	return b.String()
}
