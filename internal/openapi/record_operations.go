package openapi

import (
	"net/http"

	"github.com/apposengine/appos/internal/object"
)

// recordOperations describe the derived routes of a record, by method and by what
// follows the record's address.
var recordOperations = map[string]func(*builder, *resource) *Operation{
	"GET ":               (*builder).listRows,
	"POST ":              (*builder).createRow,
	"GET /{id}":          (*builder).getRow,
	"PATCH /{id}":        (*builder).updateRow,
	"PUT /{id}":          (*builder).replaceRow,
	"DELETE /{id}":       (*builder).deleteRow,
	"POST /bulk":         (*builder).bulk,
	"GET /aggregate":     (*builder).aggregate,
	"POST /import":       (*builder).importRows,
	"GET /export":        (*builder).exportRows,
	"GET /changes":       (*builder).changes,
	"GET /history":       (*builder).historyOfAll,
	"GET /{id}/history":  (*builder).history,
	"POST /{id}/restore": (*builder).restore,
}

// operation begins the description of one.
func (b *builder) operation(r *resource, name, summary, description string) *Operation {
	b.tags[r.tag] = "The record " + r.o.Ref + "."
	return &Operation{ID: r.id + name, Tags: []string{r.tag}, Summary: summary, Description: description, Responses: map[string]*Response{}}
}

func (b *builder) listRows(r *resource) *Operation {
	op := b.operation(r, "List", "List "+r.nouns,
		"A page of rows. Filters are `field=value` or `field__op=value` and must all hold; they lead through other records too, as in "+
			"`customer__tier=gold`. `where` says what they cannot. Anything unknown is refused, never ignored.")
	op.Parameters = append(b.page(r), b.shape(r)...)
	op.Parameters = append(op.Parameters, b.filter(r))
	page := b.schema(r.schema+"List", func() *Schema {
		return said(objectOf(
			property{"items", list(b.row(r), 200), true},
			property{"next_cursor", said(nullable(text(maxText)), "The `cursor` of the next page; null is the end."), true},
			property{"total", said(whole(0, maxWhole), "How many rows there are on all pages; there when `count=true` asks for it."), false},
		), "A page of "+r.nouns+".")
	})
	op.Responses["200"] = answer("A page of rows.", page, members{{"items", []any{r.sampleRow()}}, {"next_cursor", nil}})
	b.fails(op)
	return op
}

func (b *builder) getRow(r *resource) *Operation {
	op := b.operation(r, "Get", "Get "+a(r.noun), "One row, with its version as `ETag`. A row that the user may not see does not exist.")
	op.Parameters = append([]*Parameter{b.idParam(r), b.ifNoneMatch()}, b.shape(r)...)
	op.Responses["200"] = answer("The row.", b.row(r), r.sampleRow(), "ETag")
	op.Responses["304"] = answer("The row has not changed since the version that `If-None-Match` names.", nil, nil, "ETag")
	b.fails(op, http.StatusNotFound)
	return op
}

func (b *builder) createRow(r *resource) *Operation {
	op := b.operation(r, "Create", "Create "+a(r.noun), "Stores a row and answers with it: with its id, its version and its defaults.")
	op.Parameters = []*Parameter{b.idempotencyKey()}
	op.Body = body(b.create(r), r.sampleInput())
	op.Responses["201"] = answer("The row was created.", b.row(r), r.sampleRow(), "Location", "ETag", "Idempotent-Replayed")
	b.writeFails(op)
	return op
}

func (b *builder) updateRow(r *resource) *Operation {
	op := b.operation(r, "Update", "Change "+a(r.noun), "Changes the fields that are sent and leaves the others.")
	op.Parameters = []*Parameter{b.idParam(r), b.ifMatch(), b.idempotencyKey()}
	op.Body = body(b.patch(r), r.sampleChange())
	b.changed(op, r)
	return op
}

func (b *builder) replaceRow(r *resource) *Operation {
	op := b.operation(r, "Replace", "Replace "+a(r.noun), "Changes all fields: those that are missing get their default.")
	op.Parameters = []*Parameter{b.idParam(r), b.ifMatch()}
	op.Body = body(b.replace(r), r.sampleInput())
	b.changed(op, r)
	return op
}

// changed is what a change answers: the row, to who may view it.
func (b *builder) changed(op *Operation, r *resource, headers ...string) {
	if r.viewed {
		op.Responses["200"] = answer("The row as it is now.", b.row(r), r.sampleRow(), append(headers, "ETag")...)
	} else {
		op.Responses["204"] = answer("It was changed. Who may not view the row is not shown it.", nil, nil, append(headers, "ETag")...)
	}
	b.writeFails(op, http.StatusNotFound, http.StatusPreconditionFailed)
}

func (b *builder) deleteRow(r *resource) *Operation {
	about := "Removes a row for good."
	if r.o.Record.SoftDeleted {
		about = "Makes a row invisible; it is kept."
	}
	op := b.operation(r, "Delete", "Delete "+a(r.noun), about+" A row that others refer to stays, with a 409.")
	op.Parameters = []*Parameter{b.idParam(r), b.ifMatch()}
	op.Responses["204"] = answer("It is removed.", nil, nil)
	b.fails(op, http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusInsufficientStorage)
	return op
}

func (b *builder) bulk(r *resource) *Operation {
	op := b.operation(r, "Bulk", "Create, change and delete many "+r.nouns,
		"All of it in one transaction, deletions first, or nothing. Each list needs its permission and may be missing. Of at most 10,000 rows.")
	op.Parameters = []*Parameter{b.idempotencyKey()}
	var properties []property
	var example members
	if b.v.May(r.o, object.Create) {
		properties = append(properties, property{"create", list(b.create(r), 10_000), false})
		example = append(example, member{"create", []any{r.sampleInput()}})
	}
	if b.v.May(r.o, object.Update) {
		properties = append(properties, property{"update", list(b.bulkChange(r), 10_000), false})
		example = append(example, member{"update", []any{append(members{{"id", 1}}, r.sampleChange()...)}})
	}
	if b.v.May(r.o, object.Delete) {
		one := closed(objectOf(property{"id", rowID(), true}, property{"version", whole(1, maxWhole), false}))
		properties = append(properties, property{"delete", list(&Schema{AnyOf: []*Schema{rowID(), one}}, 10_000), false})
		example = append(example, member{"delete", []any{2, members{{"id", 3}, {"version", 1}}}})
	}
	s := b.schema(r.schema+"Bulk", func() *Schema {
		all := closed(objectOf(properties...))
		all.MinProperties = ptr(1)
		return all
	})
	op.Body = body(s, example)
	done := b.schema("BulkDone", func() *Schema {
		return said(objectOf(
			property{"created", said(list(rowID(), 10_000), "The ids of the new rows, in their order."), true},
			property{"updated", whole(0, 10_000), true}, property{"deleted", whole(0, 10_000), true}), "What a bulk request did.")
	})
	op.Responses["200"] = answer("It is done.", done, members{{"created", []int{41}}, {"updated", 1}, {"deleted", 2}}, "Idempotent-Replayed")
	b.writeFails(op, http.StatusNotFound)
	return op
}

// bulkChange is a patch that names its row.
func (b *builder) bulkChange(r *resource) *Schema {
	return b.schema(r.schema+"Change", func() *Schema {
		b.patch(r)
		s := *b.doc.Components.Schemas[r.schema+"Patch"]
		patch := s.CloneSchemas()
		patch.Properties["id"] = rowID()
		patch.PropertyOrder = append([]string{"id"}, patch.PropertyOrder...)
		patch.Required = []string{"id"}
		return patch
	})
}

func body(s *Schema, example any) *RequestBody {
	return &RequestBody{Required: true, Content: map[string]*MediaType{"application/json": {Schema: s, Example: example}}}
}

// writeFails are the errors of requests that have a JSON body and change rows.
func (b *builder) writeFails(op *Operation, more ...int) {
	b.fails(op, append(more, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
		http.StatusUnprocessableEntity, http.StatusInsufficientStorage)...)
}

func (b *builder) idParam(r *resource) *Parameter {
	return &Parameter{Name: "id", In: "path", Required: true, Schema: key(), Example: "1", Description: "The id of the " + r.noun + "."}
}

func (b *builder) ifMatch() *Parameter {
	return b.param("IfMatch", func() *Parameter {
		return &Parameter{Name: "If-Match", In: "header", Schema: matching(`^(\*|"v[0-9]{1,19}")$`, 24), Description: "The ETag of the row as it was read: a row that has changed since is left, with a 412. `*` and none are any version."}
	})
}

func (b *builder) ifNoneMatch() *Parameter {
	return b.param("IfNoneMatch", func() *Parameter {
		return &Parameter{Name: "If-None-Match", In: "header", Schema: text(maxText), Description: "An ETag that the client has: an unchanged answer is a 304 without a body."}
	})
}

func (b *builder) idempotencyKey() *Parameter {
	return b.param("IdempotencyKey", func() *Parameter {
		return &Parameter{
			Name: "Idempotency-Key", In: "header", Schema: &Schema{Type: "string", MinLength: ptr(1), MaxLength: ptr(255)}, Example: "6f0c2d9a-order-1042",
			Description: "A text of the client's choice for this request: sent again within 24 hours, it is answered as before and done once. With another body it is a 409.",
		}
	})
}
