package openapi

import (
	"net/http"
	"slices"

	"github.com/apposengine/appos/internal/object"
)

func (b *builder) importRows(r *resource) *Operation {
	op := b.operation(r, "Import", "Import "+r.nouns+" from a file",
		"Stores the rows of a file: the body, or the part `file` of a multipart form. It answers with counts and the first hundred faults.")
	var unique []string
	for _, f := range r.written {
		if f.Unique {
			unique = append(unique, f.Column)
		}
	}
	op.Parameters = []*Parameter{
		b.query("format", oneOf("csv", "json", "ndjson"), "How rows are written in the file; the content type, or the file's name, says it otherwise.", nil),
		b.query("on_error", &Schema{Type: "string", Enum: []any{"stop", "continue"}, Default: raw("stop")}, "`stop` stores nothing of a file in which anything is wrong, `continue` the rows that are good.", nil),
		b.query("dry_run", boolean(), "Do everything, and undo it.", true),
		b.query("map", text(maxText), "Pairs such as `Company Name=name,Fax=-`: the column, and the field that it goes to, or `-` for none.", nil),
		b.query("null", text(200), "A text that stands for no value, beside the empty one.", nil),
		b.query("decimal_comma", boolean(), "Numbers have a comma before their decimals.", nil),
		b.query("delimiter", text(3), "What stands between the columns of CSV, or `tab`; it is found out otherwise.", nil),
		b.query("encoding", text(40), "Such as `utf-8`, `utf-16` or `windows-1252`.", nil),
		b.query("name", text(255), "What the file is called.", nil),
	}
	if len(unique) > 0 && r.viewed && b.v.May(r.o, object.Update) {
		op.Parameters = append(op.Parameters, b.param(r.schema+".upsert", func() *Parameter {
			return &Parameter{Name: "upsert", In: "query", Schema: oneOf(unique...), Description: "The unique field by which rows that exist are changed instead."}
		}))
	}
	header, line := "", ""
	for i, m := range r.sampleInput() {
		if i > 0 {
			header, line = header+",", line+","
		}
		header, line = header+m.name, line+csvCell(m.value)
	}
	size := said(text(int(min(b.about.MaxImport, maxFile))), "A file.")
	multipart := objectOf(property{"file", &Schema{Type: "string", ContentMediaType: "application/octet-stream", MaxLength: ptr(int(min(b.about.MaxImport, maxFile)))}, true})
	op.Body = &RequestBody{Required: true, Content: map[string]*MediaType{
		"text/csv":             {Schema: size, Example: header + "\n" + line + "\n"},
		"application/x-ndjson": {Schema: size, Example: string(raw(r.sampleInput())) + "\n"},
		"application/json":     {Schema: list(&Schema{Type: "object"}, maxEntries), Example: []any{r.sampleInput()}},
		"multipart/form-data":  {Schema: multipart},
	}}
	done := b.schema("Import", b.importSchema)
	example := members{
		{"id", 7}, {"record", r.o.Ref}, {"user", sampleUser}, {"name", r.o.Record.Path + ".csv"}, {"size", 2048}, {"options", members{{"format", "csv"}, {"on_error", "stop"}}},
		{"state", "done"}, {"rows", 1}, {"created", 1}, {"updated", 0}, {"unchanged", 0}, {"failed", 0}, {"started_at", sampleTime}, {"updated_at", sampleTime}, {"faults", []any{}},
	}
	op.Responses["200"] = answer("Rows were stored, or would have been.", done, example)
	b.fails(op, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusInsufficientStorage)
	refused := append(slices.Clone(example), member{})
	copy(refused, example)
	for i := range refused {
		switch refused[i].name {
		case "state":
			refused[i].value = "refused"
		case "created":
			refused[i].value = 0
		case "failed":
			refused[i].value = 1
		case "faults":
			refused[i].value = []members{{{"line", 2}, {"field", "email"}, {"rule", "email"}, {"message", "must be an e-mail address, such as ana@example.com"}}}
		}
	}
	op.Responses["422"] = answer("Nothing was stored: rows, or the parameters, are wrong.", done, refused[:len(example)])
	op.Responses["422"].Content["application/problem+json"] = &MediaType{Schema: b.schema("Problem", problemSchema)}
	return op
}

// csvCell is an example's value in a file.
func csvCell(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		if len(v) > 0 {
			return csvCell(v[0])
		}
		return ""
	}
	return string(raw(v))
}

func (b *builder) importSchema() *Schema {
	counts := func() *Schema { return whole(0, maxWhole) }
	fault := objectOf(
		property{"line", said(whole(0, maxWhole), "Of the file; 1 is the first."), true},
		property{"field", said(text(200), "Missing where it is about the row."), false},
		property{"rule", text(100), false},
		property{"message", text(maxText), true})
	return said(objectOf(
		property{"id", whole(0, maxWhole), true},
		property{"record", text(200), true},
		property{"user", text(200), true},
		property{"name", said(text(255), "Of the file."), true},
		property{"size", said(counts(), "Of the file, in bytes."), true},
		property{"options", said(&Schema{Type: "object"}, "As the request gave them."), true},
		property{"state", oneOf("running", "done", "refused", "failed", "cancelled"), true},
		property{"message", said(text(maxText), "Why it ended before its end."), false},
		property{"rows", said(counts(), "Rows that were read."), true},
		property{"created", counts(), true},
		property{"updated", counts(), true},
		property{"unchanged", counts(), true},
		property{"failed", counts(), true},
		property{"started_at", instant(), true},
		property{"updated_at", instant(), true},
		property{"faults", list(fault, 100), true},
	), "What became of an import.")
}

func (b *builder) exportRows(r *resource) *Operation {
	op := b.operation(r, "Export", "Export "+r.nouns+" to a file",
		"All rows that the filters leave, as a file. An answer that breaks off is cut off: check that it ends as it should.")
	op.Parameters = append([]*Parameter{
		b.param("export.format", func() *Parameter {
			return &Parameter{Name: "format", In: "query", Schema: &Schema{Type: "string", Enum: []any{"csv", "json", "ndjson"}, Default: raw("csv")}, Description: "How rows are written."}
		}),
		b.query("names", boolean(), "Whether to write beside each reference what the row that it points to is called.", nil),
		b.fieldsParam(),
	}, b.choice(r)...)
	op.Parameters = append(op.Parameters, b.filter(r))
	file := text(maxFile)
	op.Responses["200"] = &Response{
		Description: "The file.", Headers: headerRefs("Content-Disposition"),
		Content: map[string]*MediaType{
			"text/csv":             {Schema: file},
			"application/x-ndjson": {Schema: file},
			"application/json":     {Schema: list(&Schema{Type: "object"}, maxFile)},
		},
	}
	b.fails(op)
	return op
}
