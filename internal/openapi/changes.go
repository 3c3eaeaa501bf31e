package openapi

import (
	"net/http"
	"slices"

	"github.com/apposengine/appos/internal/object"
)

// events is a stream of server-sent events, as its text.
func (b *builder) events(op *Operation, example string) {
	op.Responses["200"] = &Response{
		Description: "Events, until the client leaves: `ready`, `created`, `updated`, `deleted`, `reset` and `end`, each with a line of JSON.",
		Headers:     headerRefs(),
		Content:     map[string]*MediaType{"text/event-stream": {Schema: text(maxFile), Example: "event: deleted\ndata: " + example + "\n\n"}},
	}
	b.fails(op, http.StatusNotAcceptable)
}

func (b *builder) lastEventID() *Parameter {
	return b.query("last_event_id", text(4096), "Where to go on from: the id of the last event, for who cannot send the header `Last-Event-ID`.", nil)
}

func (b *builder) changes(r *resource) *Operation {
	op := b.operation(r, "Changes", "Hear of changes of "+r.nouns,
		"A stream of server-sent events about the rows that meet the filters, as far as the user sees them; a row that leaves the sight of the user or of the filters is `deleted`. "+
			"Ask with `Accept: text/event-stream`. After `reset`, read the rows again.")
	if slices.ContainsFunc(r.shown, func(f *object.Field) bool { return f.Search }) {
		op.Parameters = append(op.Parameters, b.query("q", text(1000), "Words to search for; the best fit comes first, unless `sort` says otherwise.", nil))
	}
	op.Parameters = append(op.Parameters, b.where(), b.lastEventID(),
		b.query("rows", boolean(), "Whether events carry the row; they do unless this is `false`.", nil))
	op.Parameters = append(op.Parameters, b.shape(r)...)
	op.Parameters = append(op.Parameters, b.filter(r))
	b.events(op, string(raw(members{{"record", r.o.Ref}, {"id", 7}})))
	return op
}

func (b *builder) changesOfSeveral() *Operation {
	op := b.own(operations, "getChanges", "Hear of changes of several records",
		"One stream of server-sent events about several records, each perhaps with filters of its list, as in `record=crm.order%3Fstatus%3Ddraft`. Ask with `Accept: text/event-stream`.")
	op.Parameters = []*Parameter{
		{Name: "record", In: "query", Required: true, Schema: list(text(maxText), 20), Description: "A record; once for each.", Example: []string{"crm.customer"}},
		b.lastEventID(),
	}
	b.events(op, string(raw(members{{"record", "crm.records.customer"}, {"id", 7}})))
	return op
}
