package openapi

import (
	"net/http"
)

func (b *builder) historyOfAll(r *resource) *Operation {
	op := b.operation(r, "ListChanges", "List changes of "+r.nouns, "Who changed what in all rows within reach, newest first and an item per save.")
	b.historyAnswer(op, r)
	b.fails(op)
	return op
}

func (b *builder) history(r *resource) *Operation {
	op := b.operation(r, "History", "History of "+a(r.noun), "Who changed what in one row, newest first and an item per save.")
	op.Parameters = []*Parameter{b.idParam(r)}
	b.historyAnswer(op, r)
	b.fails(op, http.StatusNotFound)
	return op
}

func (b *builder) historyAnswer(op *Operation, r *resource) {
	var columns []string
	for _, f := range r.shown {
		if !f.System {
			columns = append(columns, f.Column)
		}
	}
	if len(columns) > 0 {
		op.Parameters = append(op.Parameters, b.param(r.schema+".field", func() *Parameter {
			return several("field", oneOf(columns...), len(columns), "Only changes of these fields.")
		}))
	}
	op.Parameters = append(op.Parameters,
		b.query("user", text(200), "Only changes by this user, by sign-in name.", nil),
		b.param("operation", func() *Parameter {
			return several("operation", oneOf("create", "update", "delete", "restore"), 4, "Only what was done so.")
		}),
		b.query("since", instant(), "Only changes at this time and after it.", nil),
		b.query("until", instant(), "Only changes before this time.", nil),
		b.query("limit", &Schema{Type: "integer", Format: "int32", Minimum: ptr(1.0), Maximum: ptr(200.0), Default: raw(50)}, "How many rows a page has at most.", 50),
		b.query("cursor", text(maxText), "The `next_cursor` of the page before, with the same sort.", nil))
	page := b.schema("History", b.historySchema)
	op.Responses["200"] = answer("A page of changes.", page, members{
		{"items", []members{{
			{"id", 1}, {"version", 3}, {"operation", "update"}, {"restored_version", nil}, {"changed_by", sampleUser}, {"changed_at", sampleTime},
			{"execution_id", "0199a3c2-7c1e-7f6a-9b55-3f6f0c2d9a10"}, {"changes", []members{{{"field", "city"}, {"old", "Paris"}, {"new", "Lyon"}}}},
		}}}, {"next_cursor", nil},
	})
}

func (b *builder) historySchema() *Schema {
	anything := func(about string) *Schema { return said(&Schema{}, about) }
	entry := b.schema("HistoryEntry", func() *Schema {
		return said(objectOf(
			property{"id", said(rowID(), "The id of the row."), true},
			property{"version", said(nullable(whole(1, maxWhole)), "The version that the row had afterwards."), true},
			property{"operation", oneOf("create", "update", "delete", "restore"), true},
			property{"restored_version", said(nullable(whole(1, maxWhole)), "The version that a restore brought back."), true},
			property{"changed_by", said(text(200), "Who did it, by sign-in name."), true},
			property{"changed_at", instant(), true},
			property{"execution_id", said(text(36), "What the log has it under."), true},
			property{"changes", list(objectOf(
				property{"field", text(63), true},
				property{"old", anything("In the form that it has in rows; null is none."), true},
				property{"new", anything("In the form that it has in rows; null is none."), true}), 1000), true},
		), "What one save did to a row.")
	})
	return said(objectOf(
		property{"items", list(entry, 200), true},
		property{"next_cursor", said(nullable(text(maxText)), "The `cursor` of the next page; null is the end."), true}), "A page of changes.")
}

func (b *builder) restore(r *resource) *Operation {
	op := b.operation(r, "Restore", "Bring back a version of "+a(r.noun),
		"Gives the row the values that it had after a version. A row that was deleted comes back, to who may delete.")
	op.Parameters = []*Parameter{b.idParam(r), b.ifMatch(), b.idempotencyKey()}
	s := b.schema("Restore", func() *Schema {
		return closed(objectOf(property{"version", said(whole(1, maxWhole), "The version to bring back."), true}))
	})
	op.Body = body(s, members{{"version", 1}})
	b.changed(op, r, "X-Not-Restored", "Idempotent-Replayed")
	return op
}
