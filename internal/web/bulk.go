package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/apposengine/appos/internal/object"
	"github.com/apposengine/appos/internal/record"
)

// maxBulk is how many rows one request writes at most; more are an import.
const maxBulk = 10_000

// bulkBody is what a bulk request does, all or nothing: first it deletes, then
// it updates, then it creates, so that values which must be unique can move.
type bulkBody struct {
	Create []json.RawMessage `json:"create"`
	Update []json.RawMessage `json:"update"`
	Delete []json.RawMessage `json:"delete"`
}

// bulkKey is how the rows of an update or a deletion are named.
type bulkKey struct {
	ID      int64 `json:"id"`
	Version int64 `json:"version"`
}

func (rs *resource) bulk(w http.ResponseWriter, r *http.Request) error {
	sent, err := jsonBody(r)
	if err != nil {
		return err
	}
	var body bulkBody
	dec := json.NewDecoder(bytes.NewReader(sent))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&body); err != nil {
		return with(http.StatusBadRequest, object.Invalid, `the body must be a JSON object with the lists "create", "update" and "delete", or some of them: %v`, err.Error())
	}
	if dec.More() {
		return with(http.StatusBadRequest, object.Invalid, "something follows the JSON object of the body")
	}
	switch n := len(body.Create) + len(body.Update) + len(body.Delete); {
	case n == 0:
		return with(http.StatusBadRequest, object.Invalid, `nothing is asked for; the body has rows in "create", "update" or "delete"`)
	case n > maxBulk:
		return with(http.StatusRequestEntityTooLarge, object.Invalid, "%d rows are more than a request may write, which is %d; send several, or an import", n, maxBulk)
	}
	var created []int64
	var updated int
	err = rs.site.engine.StoreOf(rs.o).Tx(r.Context(), func(ctx context.Context) (err error) {
		if len(body.Delete) > 0 {
			if err := rs.bulkDelete(ctx, body.Delete); err != nil {
				return err
			}
		}
		if len(body.Update) > 0 {
			if updated, err = rs.bulkUpdate(ctx, body.Update); err != nil {
				return err
			}
		}
		if len(body.Create) > 0 {
			created, err = rs.bulkCreate(ctx, body.Create)
		}
		return err
	})
	if err != nil {
		return record.Failed(err)
	}
	answer := append(make([]byte, 0, 64+len(created)*8), `{"created":[`...)
	for i, id := range created {
		if i > 0 {
			answer = append(answer, ',')
		}
		answer = strconv.AppendInt(answer, id, 10)
	}
	return writeJSON(w, http.StatusOK, fmt.Appendf(answer, `],"updated":%d,"deleted":%d}`, updated, len(body.Delete)))
}

func (rs *resource) bulkCreate(ctx context.Context, items []json.RawMessage) (ids []int64, err error) {
	err = rs.site.engine.With(ctx, rs.o, object.Create, func(p *record.Plan, a *record.Access) error {
		rows, set := make([]any, len(items)), make([]record.Mask, len(items))
		for i, item := range items {
			rows[i] = p.NewRow()
			read, err := p.DecodeJSON(item, rows[i], record.ForCreate)
			if err != nil {
				return within("create", i, err)
			}
			set[i] = read.Set
		}
		errs, err := p.CreateEachSet(ctx, a, rows, set)
		if err != nil {
			return err
		}
		for i, err := range errs {
			if err != nil {
				return within("create", i, err)
			}
			ids = append(ids, p.ID(rows[i]))
		}
		return nil
	})
	return ids, err
}

func (rs *resource) bulkUpdate(ctx context.Context, items []json.RawMessage) (n int, err error) {
	keys, bodies := make([]bulkKey, len(items)), make([][]byte, len(items))
	ids := make([]int64, len(items))
	for i, item := range items {
		if bodies[i], err = splitID(item, &keys[i]); err != nil {
			return 0, within("update", i, err)
		}
		ids[i] = keys[i].ID
	}
	if err := distinct("update", ids); err != nil {
		return 0, err
	}
	err = rs.site.engine.With(ctx, rs.o, object.Update, func(p *record.Plan, a *record.Access) error {
		done, err := p.UpdateEachSet(ctx, a, ids, func(i int, row any) (record.Mask, error) {
			was := p.Version(row)
			read, err := p.DecodeJSON(bodies[i], row, record.ForPatch)
			if err == nil && read.Version != 0 && read.Version != was {
				err = changed(read.Version, was)
			}
			return read.Set, err
		})
		if err != nil {
			return err
		}
		for i := range done {
			if done[i].Err != nil {
				return within("update", i, done[i].Err)
			}
			n++
		}
		return nil
	})
	return n, err
}

func (rs *resource) bulkDelete(ctx context.Context, items []json.RawMessage) error {
	ids, keys := make([]int64, len(items)), make([]bulkKey, len(items))
	for i, item := range items {
		var err error
		if item[0] != '{' {
			err = json.Unmarshal(item, &keys[i].ID)
		} else {
			dec := json.NewDecoder(bytes.NewReader(item))
			dec.DisallowUnknownFields()
			err = dec.Decode(&keys[i])
		}
		if err != nil || keys[i].ID <= 0 {
			return within("delete", i, object.Errorf(object.Invalid, `is neither an id nor an object with an "id" and perhaps a "version"`))
		}
		ids[i] = keys[i].ID
	}
	if err := distinct("delete", ids); err != nil {
		return err
	}
	return rs.site.engine.With(ctx, rs.o, object.Delete, func(p *record.Plan, a *record.Access) error {
		for i, key := range keys {
			if err := p.Delete(ctx, a, key.ID, key.Version); err != nil {
				return within("delete", i, err)
			}
		}
		return nil
	})
}

// splitID takes the id out of an object; the rest is a patch.
func splitID(item []byte, key *bulkKey) ([]byte, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(item, &fields); err != nil {
		return nil, object.Errorf(object.Invalid, "is no JSON object")
	}
	if err := json.Unmarshal(fields["id"], &key.ID); err != nil || key.ID <= 0 {
		return nil, &object.Error{Code: object.Invalid, Text: "some fields are not valid", Fields: []object.FieldError{
			{Field: "id", Rule: "required", Message: "must be the id of the row"},
		}}
	}
	delete(fields, "id")
	return json.Marshal(fields)
}

// distinct refuses a row that is named twice: which of both counts, nobody would know.
func distinct(list string, ids []int64) error {
	first := make(map[int64]int, len(ids))
	for i, id := range ids {
		if at, twice := first[id]; twice {
			return within(list, i, &object.Error{Code: object.Invalid, Text: "some fields are not valid", Fields: []object.FieldError{
				{Field: "id", Rule: "duplicate", Message: fmt.Sprintf("%d is named before, by %s[%d]", id, list, at)},
			}})
		}
		first[id] = i
	}
	return nil
}

// within names the place in a bulk in the fields of an error, as "update[3].email".
func within(list string, i int, err error) error {
	var known *object.Error
	if !errors.As(err, &known) {
		return err
	}
	e := *known
	place := fmt.Sprintf("%s[%d]", list, i)
	e.Fields = append([]object.FieldError(nil), e.Fields...)
	for j := range e.Fields {
		e.Fields[j].Field = place + "." + e.Fields[j].Field
	}
	if len(e.Fields) == 0 {
		e.Fields = []object.FieldError{{Field: place, Rule: string(e.Code), Message: e.Public()}}
	}
	return &e
}
